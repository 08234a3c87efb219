"""One request to a server until it is answered: retries, places, budgets, the circuit and the deadline.

All of it has one owner, here. What is asked, and what an answer is, is the caller's business; the vendor's
client asks once and says by a `Fault` why there is no answer.

**Two kinds of callers.** Where somebody waits, an answer that cannot come in time is refused at once: while
the circuit is open, while the server asked to be left alone, where a budget leaves no room. Over a file
nobody waits (`patient`): a server that is gone, or has too much to do, is waited for up to `PATIENCE_S`, and
what is waited before a request is sent does not count; what waiting cannot mend ends the run, which is kept.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from polarity.backends.breaker import Breaker, Circuit, Condition, Open
from polarity.backends.budgets import Spending
from polarity.backends.completer import Fault
from polarity.backends.concurrency import AdaptiveLimit, Places
from polarity.errors import BackendReason, BackendRejected, BackendUnavailable, BudgetSpent
from polarity.settings import MOST_MEASURED_S
from polarity.types import NO_TOKENS, Completion, Failure, FailureReason, Scores, Usage

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0
LONGEST_HOLD_S = 60.0  # that a server may ask all of us to leave it alone for
PATIENCE_S = 300.0  # a server with large weights is back by then
MEASURED_TIMES = 8  # texts are longer than the one measured, wait for each other, and machines are busy
LEAST_MEASURED_S = 0.2
LOOK_AGAIN_S = 0.25  # while somebody else's probe is under way
SLOW = 0.5  # of the deadline: answers that come near it will soon come too late
DOWN: frozenset[FailureReason] = frozenset({"connection", "server_error", "timeout"})
Answer = Completion | Scores
Ask = Callable[[], Awaitable[Answer]]


class Late(Fault):
    """There is no time left: another attempt would come even later."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.passing = False


@dataclass
class _Text:
    """What is asked about one text, and how far it is. `held_s` was waited since the server had too much."""

    ask: Ask
    estimate: Usage
    deadline: float
    failed: int = 0
    pause_s: float = FIRST_PAUSE_S
    held_s: float = 0.0


class Attempts:
    """Asks one server. Deadlines are on the clock of the event loop, in seconds."""

    def __init__(
        self,
        *,
        deadline_s: float,
        retries: int,
        at_once: int,
        budgets: Spending,
        breaker: Breaker,
        patient: bool = False,
    ) -> None:
        self._deadline_s = deadline_s
        self._retries = retries
        self._places = Places(AdaptiveLimit(at_once, clock=_now))
        self._budgets = budgets
        self._breaker = breaker
        self._patient = patient
        self._held_until = 0.0
        self._rejected_for: BackendReason = "unavailable"

    @property
    def condition(self) -> Condition:
        """How it goes now."""
        places = self._places
        return Condition(self._breaker.circuit, places.taken, places.limit.value, self._budgets.used)

    async def answer(self, ask: Ask, estimate: Usage, deadline: float) -> Answer:
        """Ask until there is an answer, or none can come by the deadline, which covers all attempts.

        Raises:
            Fault: there is no answer.
            BackendRejected: the server refuses the credentials or the model, or did a moment ago.
            BackendUnavailable, BudgetSpent: to patient callers only: the server does not come back, or the
                money is spent.
        """
        text = _Text(ask, estimate, deadline)
        while True:
            try:
                return await self._attempt(text)
            except Open as refusal:
                await asyncio.sleep(self._wait_s(refusal.circuit))
                text.deadline = _now() + self._deadline_s  # it counts from when somebody can be asked
            except Fault as fault:
                await asyncio.sleep(self._pause_s(text, fault))

    def _wait_s(self, circuit: Circuit) -> float:
        """Say how long to wait for an open circuit, if that is to be done."""
        if circuit.lasts:
            raise BackendRejected(str(circuit), reason=self._rejected_for)
        if not self._patient:
            raise Fault("unavailable", str(circuit))
        if not self._breaker.has_answered or circuit.open_s >= PATIENCE_S:
            raise BackendUnavailable(f"the LLM server is {circuit}")
        return max(circuit.probe_in_s, LOOK_AGAIN_S)

    def _pause_s(self, text: _Text, fault: Fault) -> float:
        """Say how long to wait before the next attempt, where there is to be one; else raise the fault."""
        wait_s = text.pause_s if fault.retry_after_s is None else fault.retry_after_s
        text.pause_s = min(2 * text.pause_s, LONGEST_PAUSE_S)
        if self._patient and fault.failure.reason == "rate_limited":
            text.held_s += wait_s
            if text.held_s > PATIENCE_S:
                raise BackendUnavailable(f"the LLM server has too much to do: {fault.failure.detail}")
            text.deadline += wait_s
            return wait_s
        text.failed += 1
        if not fault.passing or text.failed > self._retries:
            raise fault
        if _now() + wait_s >= text.deadline:
            detail = f"the next attempt would come after the deadline; the last one: {fault}"
            raise Fault("timeout", detail) from fault
        return wait_s

    async def _attempt(self, text: _Text) -> Answer:
        """Ask once. A place is held for one attempt only: who waits to ask again is in nobody's way."""
        async with self._place(text):
            await self._until_allowed(text)
            is_probe = self._breaker.enter()
            began = _now()
            self._budgets.take(text.estimate)
            try:
                answer = await self._asked(text)
            except Fault as fault:
                self._note_fault(fault, text.estimate, began, is_probe=is_probe)
                raise
            except BackendRejected as error:
                self._rejected_for = error.reason
                refused = Failure(reason=error.reason, detail=str(error))
                self._breaker.failed(refused, is_probe=is_probe, lasts=True)
                self._budgets.settle(text.estimate, NO_TOKENS)
                raise
            except BaseException:  # nobody waits any more
                self._breaker.left(is_probe=is_probe)
                self._budgets.settle(text.estimate, text.estimate)
                raise
            self._note_answer(answer, text.estimate, began)
            return answer

    @asynccontextmanager
    async def _place(self, text: _Text) -> AsyncIterator[None]:
        began = _now()
        try:
            async with asyncio.timeout_at(None if self._patient else text.deadline):
                await self._places.take()
        except TimeoutError:
            raise Late("timeout", f"no answer within {self._limit}: all places were taken") from None
        try:
            if self._patient:
                text.deadline += _now() - began
            yield
        finally:
            self._places.leave()

    async def _until_allowed(self, text: _Text) -> None:
        """Wait until the server may be asked again, and the minute's budgets leave room."""
        self._afford(text.estimate)
        while (wait_s := max(self._held_until - _now(), self._budgets.wait_s(text.estimate))) > 0:
            if self._patient:
                text.deadline += wait_s
            elif _now() + wait_s >= text.deadline:
                held = self._held_until > _now()
                who = "the server asked to be left alone" if held else "the budget is used up for now"
                raise Late("rate_limited", f"{who}: not asked, since that would be after the deadline")
            await asyncio.sleep(wait_s)
            self._afford(text.estimate)

    def _afford(self, estimate: Usage) -> None:
        try:
            self._budgets.check(estimate)
        except BudgetSpent as error:
            if self._patient:
                raise
            raise Fault("budget_spent", str(error)) from None

    async def _asked(self, text: _Text) -> Answer:
        try:
            async with asyncio.timeout_at(text.deadline):
                return await text.ask()
        except TimeoutError:
            raise Late("timeout", f"no answer within {self._limit}") from None

    @property
    def _limit(self) -> str:
        return f"{self._deadline_s * 1000:.0f} ms"

    def _note_answer(self, answer: Answer, estimate: Usage, began: float) -> None:
        self._breaker.answered()
        self._budgets.settle(estimate, answer.usage if any(answer.usage) else estimate)
        if self._is_slow(began):
            self._places.limit.bad(began=began)
        else:
            self._places.limit.good()

    def _note_fault(self, fault: Fault, estimate: Usage, began: float, *, is_probe: bool) -> None:
        """Learn from a fault: of the server as a whole, of its load, or of one text."""
        reason, is_late = fault.failure.reason, isinstance(fault, Late)
        # What was under way when the line went dead may have been answered, and is paid for.
        self._budgets.settle(estimate, estimate if is_late or reason == "connection" else NO_TOKENS)
        if reason == "rate_limited":
            self._held_until = _now() + min(fault.retry_after_s or 0.0, LONGEST_HOLD_S)
        if reason == "rate_limited" or is_late:
            self._places.limit.bad(began=began)
        if is_late and not is_probe and not self._is_slow(began):
            self._breaker.left(is_probe=is_probe)  # it waited for its place, and hardly for the server
        elif reason in DOWN:
            self._breaker.failed(fault.failure, is_probe=is_probe)
        else:
            self._breaker.answered()

    def _is_slow(self, began: float) -> bool:
        return _now() - began > SLOW * self._deadline_s


def enough_s(took_s: float) -> float:
    """Give the deadline for a server that took so long for one text, both in seconds.

    >>> enough_s(0.5), enough_s(0.001)
    (4.0, 0.2)
    """
    return min(max(LEAST_MEASURED_S, MEASURED_TIMES * took_s), MOST_MEASURED_S)


def _now() -> float:
    return asyncio.get_running_loop().time()
