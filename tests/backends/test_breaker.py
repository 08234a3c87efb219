"""When a server is asked, and when nobody is let through to it."""

from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.breaker import FIRST_PAUSE_S, IN_A_ROW, LONGEST_PAUSE_S, Breaker, Open
from polarity.types import Failure

from .helpers import Clock

REFUSED = Failure(reason="connection", detail="refused")


def passes(breaker: Breaker) -> bool | None:
    """Try to pass: None where that may not be, else whether it is as the probe."""
    try:
        return breaker.enter()
    except Open:
        return None


def failed(breaker: Breaker, times: int = IN_A_ROW, *, lasts: bool = False) -> None:
    """Let so many requests fail."""
    for _ in range(times):
        breaker.failed(REFUSED, is_probe=breaker.enter(), lasts=lasts)


def test_failures_in_a_row_open_it() -> None:
    """One fewer does not, and an answer in between begins the row anew."""
    breaker = Breaker(clock=Clock())
    failed(breaker, IN_A_ROW - 1)
    breaker.enter()
    breaker.answered()
    failed(breaker, IN_A_ROW - 1)
    assert passes(breaker) is False
    failed(breaker, 1)
    assert passes(breaker) is None
    assert ("open", REFUSED, FIRST_PAUSE_S) == breaker.circuit[:3]


def test_one_probe_passes_after_the_pause() -> None:
    """Not earlier, and nobody beside it."""
    clock = Clock()
    breaker = Breaker(clock=clock)
    failed(breaker)
    clock.now = FIRST_PAUSE_S * 0.99
    assert passes(breaker) is None
    clock.now = FIRST_PAUSE_S
    assert [True, None, None] == [passes(breaker) for _ in range(3)]
    assert "half_open" == breaker.circuit.state
    breaker.answered()
    assert passes(breaker) is False


def test_the_pause_grows_while_probes_fail() -> None:
    """It doubles up to its longest, and is short again once the server has answered."""
    clock = Clock()
    breaker = Breaker(clock=clock)
    failed(breaker)
    pauses = []
    for _ in range(8):
        pauses.append(breaker.circuit.probe_in_s)
        clock.now += pauses[-1]
        breaker.failed(REFUSED, is_probe=breaker.enter())
    assert [1, 2, 4, 8, 16, 32, 60, 60] == pauses
    clock.now += LONGEST_PAUSE_S
    breaker.enter()
    breaker.answered()
    failed(breaker)
    assert FIRST_PAUSE_S == breaker.circuit.probe_in_s


def test_what_lasts_opens_it_at_once() -> None:
    """One refused key is enough, and is tried again after the longest pause."""
    breaker = Breaker(clock=Clock())
    failed(breaker, 1, lasts=True)
    assert ("open", LONGEST_PAUSE_S, True) == (
        breaker.circuit.state,
        breaker.circuit.probe_in_s,
        breaker.circuit.lasts,
    )


def test_a_probe_that_nobody_waits_for_lets_another_pass() -> None:
    """A caller who leaves says nothing about the server."""
    clock = Clock()
    breaker = Breaker(clock=clock)
    failed(breaker)
    clock.now = FIRST_PAUSE_S
    breaker.left(is_probe=breaker.enter())
    assert passes(breaker) is True


def test_what_was_under_way_when_it_opened_is_no_probe() -> None:
    """Its failure makes no pause longer; its answer shows that the server is there."""
    breaker = Breaker(clock=Clock())
    breaker.enter()
    failed(breaker)
    breaker.failed(Failure(reason="timeout"), is_probe=False)
    assert ("open", REFUSED, FIRST_PAUSE_S) == breaker.circuit[:3]
    breaker.answered()
    assert "closed" == breaker.circuit.state


EVENTS = st.lists(st.sampled_from(["enter", "answered", "failed", "lasts", "left", "wait"]), max_size=60)


@given(EVENTS)
def test_at_most_one_probe_whatever_happens(events: list[str]) -> None:
    """While it is not closed at most one request is under way that was let through since it opened."""
    clock = Clock()
    breaker = Breaker(in_a_row=2, clock=clock)
    under_way: list[bool] = []
    for event in events:
        if event == "wait":
            clock.now += LONGEST_PAUSE_S
        elif event == "enter":
            was_open = breaker.circuit.state != "closed"
            is_probe = passes(breaker)
            assert is_probe is None or is_probe == was_open
            under_way += [] if is_probe is None else [is_probe]
        elif under_way:
            is_probe = under_way.pop()
            if event == "answered":
                breaker.answered()
            elif event == "left":
                breaker.left(is_probe=is_probe)
            else:
                breaker.failed(REFUSED, is_probe=is_probe, lasts=event == "lasts")
        probes = sum(under_way)
        assert breaker.circuit.state == "closed" or (breaker.circuit.state == "half_open") >= (probes > 1)
