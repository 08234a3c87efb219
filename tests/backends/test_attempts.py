"""How a server is asked over hours: a clock that jumps, and servers that are a function of the time."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.attempts import Attempts
from polarity.backends.breaker import IN_A_ROW, LONGEST_PAUSE_S, Breaker
from polarity.backends.budgets import Budgets
from polarity.backends.completer import Fault
from polarity.errors import BackendRejected, BackendUnavailable, BudgetSpent
from polarity.settings import LlmSettings
from polarity.types import Completion, Usage
from tests.properties import examples

from .jumping import jumping, now

GOOD = Completion(text="positive", usage=Usage(100, 1))
ESTIMATE = Usage(100, 10)
Script = Callable[[], Coroutine[Any, Any, Completion]]


class Server:
    """Asked by `Attempts`, it does what a script does; remembers when it was asked, and the most at once."""

    def __init__(
        self,
        script: Script,
        *,
        deadline_s: float = 10.0,
        retries: int = 1,
        at_once: int = 4,
        patient: bool = False,
        **llm: Any,
    ) -> None:
        chosen = {"server": "remote", "base_url": "http://127.0.0.1:9", **llm}
        self.attempts = Attempts(
            deadline_s=deadline_s,
            retries=retries,
            at_once=at_once,
            budgets=Budgets(LlmSettings.model_validate(chosen), clock=now),
            breaker=Breaker(clock=now),
            patient=patient,
        )
        self.asked_at: list[float] = []
        self.most_at_once = 0
        self.under_way = 0
        self._deadline_s = deadline_s
        self._script = script

    async def __call__(self) -> Completion:
        """Answer once."""
        self.asked_at.append(now())
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            return await self._script()
        finally:
            self.under_way -= 1

    async def answer(self) -> str:
        """Ask for one text; give "answered", or why not."""
        try:
            await self.attempts.answer(self, ESTIMATE, now() + self._deadline_s)
        except Fault as fault:
            return fault.failure.reason
        return "answered"

    async def file(self, texts: int, calls: int = 4) -> list[str]:
        """Ask about a file, so many texts at once."""
        waiting, found = iter(range(texts)), []

        async def work() -> None:
            for _ in waiting:
                found.append(await self.answer())  # noqa: PERF401 - one after the other

        async with asyncio.TaskGroup() as group:
            for _ in range(calls):
                group.create_task(work())
        return found


async def good(after_s: float = 0.1) -> Completion:
    """Answer after a while."""
    await asyncio.sleep(after_s)
    return GOOD


async def refused() -> Completion:
    """Refuse the connection."""
    raise Fault("connection", "refused")


def gone(*, until: float, script: Script = refused) -> Script:
    """Be away for so many seconds, then answer."""
    return lambda: script() if now() < until else good()


async def hanging() -> Completion:
    """Never answer."""
    await asyncio.sleep(math.inf)
    return GOOD


def test_a_hanging_server_costs_a_few_deadlines() -> None:
    """Of two hundred texts one after the other, five wait for their deadline, the others for nothing."""

    async def run() -> tuple[list[str], float]:
        server = Server(hanging, deadline_s=10)
        found = [await server.answer() for _ in range(200)]
        return found, now()

    found, took = jumping(run())
    assert ["timeout"] * IN_A_ROW + ["unavailable"] * (200 - IN_A_ROW) == found
    assert pytest.approx(IN_A_ROW * 10) == took


def test_a_failure_names_the_cause_and_the_next_probe() -> None:
    """Whoever reads it knows why nobody was asked, and when somebody will be."""

    async def run() -> str:
        server = Server(refused, retries=0)
        for _ in range(IN_A_ROW):
            await server.answer()
        with pytest.raises(Fault) as caught:
            await server.attempts.answer(server, ESTIMATE, now() + 10)
        return caught.value.failure.detail

    cause = "the server failed again and again (connection: refused)"
    assert f"not asked, since {cause}; the next probe comes in 1 s" == jumping(run())


def test_a_probe_finds_that_the_server_is_back() -> None:
    """While it is away it is asked ever more rarely; once it is back, everybody is answered."""

    async def run() -> tuple[Server, list[str]]:
        server = Server(gone(until=100), retries=0)
        found = []
        for _ in range(1300):
            found.append(await server.answer())
            await asyncio.sleep(0.1)
        return server, found

    server, found = jumping(run())
    away = [at for at in server.asked_at if at < 100]
    assert IN_A_ROW + len([1, 2, 4, 8, 16, 32]) == len(away)
    assert {"answered"} == set(found[-20:])
    assert "closed" == server.attempts.condition.circuit.state


def test_over_a_file_a_server_that_comes_back_is_waited_for() -> None:
    """A restart of two minutes costs the texts that were under way, and those that found that it lasts."""

    async def run() -> tuple[Server, list[str]]:
        up_then_away: Script = lambda: refused() if 5 <= now() < 125 else good()  # noqa: E731
        server = Server(up_then_away, patient=True)
        return server, await server.file(1000)

    server, found = jumping(run())
    assert 1000 - found.count("answered") <= IN_A_ROW + len([1, 2, 4, 8, 16, 32, 60])
    assert len(server.asked_at) < 1000 + 4 * IN_A_ROW


def test_over_a_file_a_server_that_never_answered_ends_the_run() -> None:
    """At once, by an error that says why: somebody named a wrong address."""
    with pytest.raises(ExceptionGroup) as caught:
        jumping(Server(refused, patient=True, retries=0).file(100))
    error = caught.value.exceptions[0]
    assert isinstance(error, BackendUnavailable)
    assert "the server failed again and again (connection: refused)" in str(error)


def test_over_a_file_a_server_that_does_not_come_back_ends_the_run() -> None:
    """After some minutes, and not with thousands of failures."""

    async def run() -> float:
        away: Script = lambda: refused() if now() >= 5 else good()  # noqa: E731
        with pytest.raises(ExceptionGroup) as caught:
            await Server(away, patient=True).file(1000)
        assert isinstance(caught.value.exceptions[0], BackendUnavailable)
        return now()

    assert 300 < jumping(run()) < 400


@pytest.mark.parametrize("patient", [True, False])
def test_a_refusal_is_asked_for_once(patient: bool) -> None:
    """A refused key concerns every text: one request, then nobody is asked for the longest pause."""

    async def reject() -> Completion:
        raise BackendRejected("no such key", reason="unauthorized")

    async def run() -> Server:
        server = Server(reject, patient=patient)
        for _ in range(50):
            with pytest.raises(BackendRejected, match="no such key") as caught:
                await server.answer()
            assert "unauthorized" == caught.value.reason
        await asyncio.sleep(LONGEST_PAUSE_S)
        with pytest.raises(BackendRejected, match="no such key"):
            await server.answer()
        return server

    assert [0, LONGEST_PAUSE_S] == jumping(run()).asked_at


def rate_limited(most: int) -> Callable[[list[Server]], Script]:
    """Answer so many requests at once, and ask for fewer where there are more."""

    def script(servers: list[Server]) -> Script:
        async def answer() -> Completion:
            if servers[0].under_way > most:
                raise Fault("rate_limited", "slow down")
            return await good()

        return answer

    return script


@pytest.mark.parametrize("most", [1, 2, 3, 7, 20])
def test_a_storm_of_429_is_ridden_out(most: int) -> None:
    """Over a file every text is answered, and the server is kept as busy as it lets us."""

    async def run() -> tuple[Server, list[str], float]:
        servers: list[Server] = []
        servers.append(Server(rate_limited(most)(servers), at_once=16, patient=True, deadline_s=120))
        found = await servers[0].file(400, calls=16)
        return servers[0], found, now()

    server, found, took = jumping(run())
    assert {"answered"} == set(found)
    assert took < 1.8 * 400 * 0.1 / min(most, 16)
    assert len(server.asked_at) < 2.5 * 400


def test_nobody_is_asked_before_the_server_wants_it() -> None:
    """Retry-After after a 429 is for all of us: who cannot wait that long is told so without a request."""

    async def run() -> tuple[Server, list[str]]:
        async def busy() -> Completion:
            if now() < 30:
                raise Fault("rate_limited", "slow down", 30.0)
            return await good()

        server = Server(busy, deadline_s=10)
        found = [await server.answer() for _ in range(20)]
        await asyncio.sleep(30)
        return server, [*found, await server.answer()]

    server, found = jumping(run())
    assert ["timeout", *["rate_limited"] * 19, "answered"] == found
    assert 2 == len(server.asked_at)


def test_slow_answers_make_it_fewer_at_once() -> None:
    """A server that is the slower the more it is given is given what it answers in time."""

    async def run() -> tuple[int, list[str]]:
        servers: list[Server] = []

        async def loaded() -> Completion:
            return await good(0.5 * servers[0].under_way)

        servers.append(Server(loaded, deadline_s=3, at_once=32, patient=True))
        found = await servers[0].file(400, calls=32)
        return servers[0].attempts.condition.at_once, found

    at_once, found = jumping(run())
    assert at_once < 8
    assert {"answered"} == set(found[-300:])


def test_a_text_that_waited_for_its_place_says_nothing_about_the_server() -> None:
    """Of a crowd that is too large for its deadline many are late; the server is there all the same."""

    async def run() -> tuple[list[str], str]:
        server = Server(lambda: good(0.6), deadline_s=1, at_once=12)
        found = await asyncio.gather(*(server.answer() for _ in range(24)))
        return found, server.attempts.condition.circuit.state

    found, state = jumping(run())
    assert (12, 12, "closed") == (found.count("answered"), found.count("timeout"), state)


def test_the_embedded_kind_is_never_spared() -> None:
    """Without a breaker a server that is slow is asked again and again."""

    async def run() -> int:
        server = Server(hanging, deadline_s=1)
        server.attempts._breaker = Breaker(in_a_row=math.inf)
        return len([await server.answer() for _ in range(20)])

    assert 20 == jumping(run())


@pytest.mark.parametrize("texts", [1, 30])
def test_requests_a_minute(texts: int) -> None:
    """In no minute are more sent than the budget allows, and over a file none is lost."""

    async def run() -> tuple[Server, list[str]]:
        server = Server(good, deadline_s=2, patient=True, requests_per_minute=10)
        return server, await server.file(texts)

    server, found = jumping(run())
    assert ["answered"] * texts == found
    assert all(sum(at <= one < at + 60 for one in server.asked_at) <= 10 for at in server.asked_at)


def test_a_minute_that_is_used_up_is_said_at_once() -> None:
    """Who cannot wait for the next one gets a failure that says so, without a request."""

    async def run() -> tuple[list[str], float]:
        server = Server(good, deadline_s=1, tokens_per_minute=1100)
        return [await server.answer() for _ in range(3)], now()

    found, took = jumping(run())
    assert ["answered", "rate_limited", "rate_limited"] == found
    assert took < 1


MONEY: Any = {"prompt_price": 1.0, "completion_price": 1.0, "max_spend": 0.001}


def test_spent_money_is_a_failure_where_somebody_waits() -> None:
    """Nine answers of 101 tokens fit into a thousand; the tenth could cost too much."""

    async def run() -> list[str]:
        server = Server(good, **MONEY)
        return [await server.answer() for _ in range(12)]

    assert ["answered"] * 9 + ["budget_spent"] * 3 == jumping(run())


def test_spent_money_ends_the_run_over_a_file() -> None:
    """What is under way is counted before it is answered, so nothing is overspent."""

    async def run() -> Usage:
        server = Server(good, patient=True, **MONEY)
        with pytest.raises(ExceptionGroup) as caught:
            await server.file(50)
        assert isinstance(caught.value.exceptions[0], BudgetSpent)
        return server.attempts.condition.used

    assert 0.0006 < sum(jumping(run())) / 1e6 <= 0.001


TOOK_S = {"good": 0.1, "slow": 3.0, "hang": math.inf}
FAULTS = ("connection", "server_error", "rate_limited", "rejected", "timeout", "bad_response")


@examples(60)
@given(
    st.lists(st.sampled_from([*TOOK_S, *FAULTS]), min_size=1, max_size=60),
    st.integers(0, 3),
    st.integers(1, 5),
)
def test_every_text_ends_by_its_deadline(moods: list[Any], retries: int, at_once: int) -> None:
    """Whatever the server does, nobody waits longer, and no place and no cost stays taken."""

    async def run() -> None:
        turns = iter(moods)

        async def moody() -> Completion:
            mood: Any = next(turns, "good")
            if mood in TOOK_S:
                return await good(TOOK_S[mood])
            raise Fault(mood, "scripted")

        server = Server(moody, retries=retries, at_once=at_once, deadline_s=5)

        async def timed() -> float:
            began = now()
            await server.answer()
            return now() - began

        for _ in range(3):
            assert all(took <= 5.001 for took in await asyncio.gather(*(timed() for _ in range(20))))
            await asyncio.sleep(1)
        assert (0, 0) == (server.attempts.condition.under_way, server.under_way)
        budgets = server.attempts._budgets
        assert isinstance(budgets, Budgets)
        assert Usage(0, 0) == budgets._under_way

    jumping(run())
