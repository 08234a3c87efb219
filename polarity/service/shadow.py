"""Shadow: a candidate is asked behind the service's answers, for a sample of the texts.

No caller ever waits for it or hears of it: a text is put into a queue once its answer is known, and where
there is no room, no budget or no time, it is left out and counted. What the candidate says goes to the store,
beside what the caller got. Its threads and processes are of lower priority: where both compute here, the
callers' work goes first.
"""

import asyncio
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from polarity.backends.priority import stepping_back
from polarity.classifier import Classifier, close_now
from polarity.errors import CallRefused, StoreError
from polarity.service.budget import DayBudget, Spent, estimate_of, spent_today
from polarity.service.connection import Seldom
from polarity.service.daemons import on_daemon
from polarity.service.probing import limit_of
from polarity.service.storing import Answering, Asked, Storing, llm_cost
from polarity.settings import Settings, candidate_settings
from polarity.types import Decision, Result, Undecided

log = logging.getLogger(__name__)

Factory = Callable[[Settings], Classifier]
State = Literal["loading", "ready", "failed", "closed"]
LeftOut = Literal["loading", "failed", "busy", "full", "budget"]
LOOK_AGAIN_S: Final = 0.05  # while callers' work goes first
READ_AGAIN_S: Final = 5.0  # where the store does not say what was spent today
SALT: Final = b"polarity shadow "


class Waiting(NamedTuple):
    """One text that waits for the candidate, and the label that its caller got."""

    request_id: str
    place: int
    text: str
    label: str | None


@dataclass(slots=True)
class ShadowCounts:
    """What became of the texts of the sample. All only grow, but for `state` and `waiting`.

    `failed` counts those of `asked` without a label; `agreed` those with the caller's. `seconds` and
    `cost` are what the candidate took and cost, `cost` in the money of its prices.
    """

    candidate: str
    state: State = "loading"
    waiting: int = 0
    asked: int = 0
    failed: int = 0
    agreed: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    left_out: Counter[LeftOut] = field(default_factory=Counter)


def is_sampled(text: str, share: float) -> bool:
    """Say whether a text is in the sample: by its hash, so that the same text always is or never is.

    >>> is_sampled("fine", 1.0), is_sampled("fine", 1e-9)
    (True, False)
    """
    digest = hashlib.sha256(SALT + text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


class Shadow:
    """Asks one candidate. `is_busy` says whether callers' work is to go first.

    What is offered before the candidate has loaded is left out; one that cannot be loaded is asked nothing.
    The one `before` it, if it is of the same name, hands on its counts and what it has spent today.
    """

    def __init__(
        self,
        settings: Settings,
        storing: Storing,
        factory: Factory,
        *,
        is_busy: Callable[[], bool],
        before: "Shadow | None" = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        assert settings.shadow.name is not None, "somebody is in the shadow"  # noqa: S101
        self._name, self._wanted = settings.shadow.name, settings.shadow
        self._settings = candidate_settings(settings, self._name)
        self._storing, self._factory, self._is_busy, self._now = storing, factory, is_busy, now
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(self._wanted.queue)
        self._tasks: list[asyncio.Task[None]] = []
        self._classifier: Classifier | None = None
        self.budget: DayBudget | None = None
        self._seldom = Seldom()
        self._counts = ShadowCounts(self._name)
        if before is not None and before.counts.candidate == self._name:
            self.budget = before.budget
            self._counts = replace(before.counts, state="loading", waiting=0)

    @property
    def counts(self) -> ShadowCounts:
        """What became of the texts up to now."""
        self._counts.waiting = self._queue.qsize()
        return self._counts

    def start(self) -> None:
        """Begin to load the candidate, beside the event loop."""
        self._begin(self._load())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it in no request's context: a reload is asked for in one."""
        self._tasks.append(asyncio.create_task(work, context=Context()))

    def offer(self, request: Asked, results: Sequence[Result]) -> int:
        """Take the texts of an answered request that are in the sample; say how many. Never raises."""
        taken = 0
        for index, (text, result) in enumerate(zip(request.texts, results, strict=True)):
            if not is_sampled(text, self._wanted.share):
                continue
            if (why := self._why_not()) is not None:
                self._leave_out(why)
                continue
            label = result.label if isinstance(result, Decision) else None
            self._queue.put_nowait(Waiting(request.id, index, text, label))
            taken += 1
        return taken

    def _why_not(self) -> LeftOut | None:
        if self._counts.state != "ready":
            return "loading" if self._counts.state == "loading" else "failed"
        if self._is_busy():
            return "busy"
        return "full" if self._queue.full() else None

    def _leave_out(self, why: LeftOut) -> None:
        self._counts.left_out[why] += 1

    async def aclose(self) -> None:
        """Ask no more, and close the candidate, now or once it has loaded; what waits is left out."""
        self._counts.state = "closed"
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._classifier is not None:
            await self._classifier.aclose()

    async def _load(self) -> None:
        """Build the candidate; whatever goes wrong, callers are answered as ever."""
        try:
            self._classifier = await on_daemon(self._built, unwanted=close_now)
            by, budget = await self._known_at_last()
        except Exception as error:  # noqa: BLE001 - whatever it is, the service goes on without
            self._counts.state = "failed"
            log.warning("candidate %s is not asked: %s", self._name, error)
            return
        self._counts.state, self.budget = "ready", budget
        llm = self._settings.llm
        at_once = llm.concurrency if "llm" in self._settings.asked and llm.server == "remote" else 1
        for _ in range(at_once):
            self._begin(self._work(self._classifier, by, budget))

    async def _known_at_last(self) -> tuple[Answering, DayBudget]:
        """Find out what it takes to ask; where the store cannot be read, once it can be."""
        while True:
            try:
                return await on_daemon(self._known, unwanted=lambda _: None)
            except StoreError as error:
                if self._seldom():
                    log.warning("candidate %s is not asked yet: %s", self._name, error)
                await asyncio.sleep(READ_AGAIN_S)

    def _built(self) -> Classifier:
        with stepping_back():
            return self._factory(self._settings)

    def _known(self) -> tuple[Answering, DayBudget]:
        """Find out what the models are, and what was spent today: it takes reading files and the store."""
        assert self._classifier is not None  # noqa: S101
        return self._storing.answering(self._settings, self._classifier), self._day_budget()

    def _day_budget(self) -> DayBudget:
        """Find out what was spent today: a start must not begin the day anew."""
        if self._wanted.requests_per_day is None and self._wanted.money_per_day is None:
            return DayBudget(self._wanted, now=self._now)
        from polarity.store import open_store

        with open_store(self._storing.url) as store:
            spent = spent_today(store, self._name, self._now())
        if self.budget is not None:  # what the store was not told yet
            known = self.budget.spent
            spent = Spent(max(spent.texts, known.texts), max(spent.money, known.money))
        return DayBudget(self._wanted, now=self._now, spent=spent)

    async def _work(self, classifier: Classifier, by: Answering, budget: DayBudget) -> None:
        """Ask about one text after another, as long as callers' work leaves room."""
        while True:
            waiting = await self._queue.get()
            while self._is_busy():  # noqa: ASYNC110 - nobody tells when callers' work is done
                await asyncio.sleep(LOOK_AGAIN_S)
            estimate = estimate_of(waiting.text, classifier.contract, self._settings.llm)
            if not budget.takes(estimate):
                self._leave_out("budget")
                continue
            began = time.perf_counter()
            result = await self._asked(classifier, waiting.text)
            if result is None:
                budget.settle(estimate, 0.0)
                self._leave_out("busy")
                continue
            seconds = time.perf_counter() - began
            spent = llm_cost(result, self._settings.llm) or 0.0
            # Nobody knows what an answer cost that did not come: its estimate.
            budget.settle(estimate, spent if isinstance(result, Decision) else max(spent, estimate))
            self._count(result, waiting.label, seconds, spent)
            self._storing.record(*waiting[:3], result, by, latency_ms=1000 * seconds, side=self._name)

    async def _asked(self, classifier: Classifier, text: str) -> Result | None:
        """Ask about one text; None where the candidate itself is too busy."""
        try:
            async with asyncio.timeout(limit_of(self._settings)):
                (result,) = await classifier.classify([text])
        except CallRefused:
            return None
        except TimeoutError:
            return Undecided(reason="timeout", detail="no answer within the deadline")
        except Exception as error:  # noqa: BLE001 - a candidate may be as broken as it likes
            if self._seldom():
                log.warning("candidate %s does not answer: %s", self._name, error)
            return Undecided(reason="unavailable", detail=str(error))
        return result

    def _count(self, result: Result, label: str | None, seconds: float, spent: float) -> None:
        counts = self._counts
        counts.asked += 1
        counts.seconds += seconds
        counts.cost += spent
        if isinstance(result, Decision):
            counts.agreed += result.label == label
        else:
            counts.failed += 1


def behind(shadow: Shadow | None, request: Asked, results: Sequence[Result]) -> dict[str, str]:
    """Offer an answered request to the candidate, if there is one; give the header that says so."""
    if shadow is None:
        return {}
    began = time.perf_counter()
    taken = shadow.offer(request, results)
    took_ms = 1000 * (time.perf_counter() - began)
    return {"Server-Timing": f'shadow;dur={took_ms:.3f};desc="{taken} of {len(results)} texts"'}
