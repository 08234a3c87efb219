"""Decisions are written behind the caller's back: none twice, none half, and what is lost is counted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from polarity.errors import StoreError
from polarity.store import Recorder, Store, open_store
from polarity.store import recording as module
from tests.store.helpers import NOON, entry, recorded, wait_until


class Gate:
    """Opens a store, but only as long as it is not shut."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_shut = threading.Event()
        self.tries = 0

    def __call__(self) -> Store:
        """Open it, or fail."""
        self.tries += 1
        if self.is_shut.is_set():
            raise StoreError("the disk is gone")
        return open_store(self.url)


@contextmanager
def _recording(*args: Any, **options: Any) -> Iterator[Recorder]:
    recorder = Recorder(*args, **options)
    try:
        yield recorder
    finally:
        recorder.close(30)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHERING_S", 0.001)
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.01)


def test_what_is_recorded_is_in_the_store(store: Store) -> None:
    """Soon, in order, and before the recorder is closed."""
    with _recording(store) as recorder:
        for at in range(1200):
            recorder.record(entry(at))
        wait_until(lambda: recorder.written == 1200)
        assert [f"pol-{at}" for at in range(1200)] == [one.request_id for one in store.decisions()]
    assert (0, 0) == (recorder.waiting, recorder.lost)


def test_a_store_that_is_away_is_waited_for(url: str) -> None:
    """What was decided meanwhile is written when it is there, and the recorder says how it stands."""
    gate = Gate(url)
    gate.is_shut.set()
    with _recording(gate) as recorder:
        recorder.record(entry(0))
        wait_until(lambda: gate.tries > 3)
        assert "the disk is gone" == str(recorder.failure)
        recorder.record(entry(1))
        gate.is_shut.clear()
        wait_until(lambda: recorder.written == 2)
        assert recorder.failure is None
    with open_store(url) as store:
        assert ["pol-0", "pol-1"] == [one.request_id for one in store.decisions()]


def test_a_store_that_says_nothing_is_away(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that neither takes what is written nor refuses it is not called well."""
    monkeypatch.setattr(module, "SILENT_S", 0.01)
    may_open = threading.Event()

    def silent() -> Store:
        assert may_open.wait(60)
        return open_store(url)

    with _recording(silent) as recorder:
        recorder.record(entry(0))
        wait_until(lambda: recorder.failure is not None)
        assert "the store has not answered for more than 0.01 s" == str(recorder.failure)
        may_open.set()
        wait_until(lambda: recorder.written == 1 and recorder.failure is None)


def test_what_does_not_fit_is_lost_and_counted(url: str) -> None:
    """No more wait than may; how many were lost is written, once the store is there again."""
    gate = Gate(url)
    gate.is_shut.set()
    with _recording(gate, queue=5) as recorder:
        for at in range(8):
            recorder.record(entry(at))
        wait_until(lambda: gate.tries > 1)
        assert (5, 3) == (recorder.waiting, recorder.lost)
        gate.is_shut.clear()
        wait_until(lambda: recorder.waiting == 0)
    with open_store(url) as store:
        assert [f"pol-{at}" for at in range(5)] == [one.request_id for one in store.decisions()]
        assert [("lost", {"decisions": 3})] == [(event.kind, event.details) for event in store.events()]


def test_nobody_waits_for_the_end_of_a_store_that_is_away(url: str) -> None:
    """Closing takes no longer than it may; what was never written counts as lost."""
    gate = Gate(url)
    gate.is_shut.set()
    recorder = Recorder(gate)
    recorder.record(entry(0))
    recorder.close(0.05)
    recorder.record(entry(1))
    assert (0, 2) == (recorder.written, recorder.lost)


def test_a_row_that_no_store_takes_costs_itself_alone(store: Store) -> None:
    """The others of its batch are written; it is lost, and the recorder lives on."""
    with _recording(store) as recorder:
        for at in range(4):
            recorder.record(entry(at, **({"latency_ms": None} if at == 2 else {})))
        wait_until(lambda: recorder.written + recorder.lost == 4)
        recorder.record(entry(4))
    assert ["pol-0", "pol-1", "pol-3", "pol-4"] == [one.request_id for one in store.decisions()]
    assert (4, 1) == (recorder.written, recorder.lost)


def test_what_is_written_singly_still_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of a batch that cannot be written as one is held until it is written: no more are taken in."""
    monkeypatch.setattr(module, "GATHERING_S", 60)
    waiting: list[int] = []
    with _recording(store, queue=8) as recorder:
        sa.event.listen(store.engine, "begin", lambda _: waiting.append(recorder.waiting))
        for at in range(4):  # half a queue is a batch
            recorder.record(entry(at, **({"latency_ms": None} if at == 2 else {})))
        wait_until(lambda: recorder.written + recorder.lost == 4)
    assert [4, 4, 3, 2, 1] == waiting
    assert 0 == recorder.waiting


def test_what_nobody_expected_costs_one_decision(store: Store) -> None:
    """Something that cannot even be spelled is lost, and the recorder lives on."""
    with _recording(store) as recorder:
        recorder.record(entry(0, result=None))
        recorder.record(entry(1))
    assert ["pol-1"] == [one.request_id for one in store.decisions()]
    assert (1, 1) == (recorder.written, recorder.lost)


def test_what_was_written_beside_an_error_is_written_again(store: Store) -> None:
    """A number that no database has undoes its transaction, and with it the setup that the next one needs."""
    with _recording(store) as recorder:
        recorder.record(entry(0, index=2**70))
        recorder.record(entry(1))
    assert ["pol-1"] == [one.request_id for one in store.decisions()]
    assert (1, 1) == (recorder.written, recorder.lost)


class Late(threading.Event):
    """The end, which comes as it is asked for; and just before it, one more decision."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder, self._is_over = recorder, False

    def is_set(self) -> bool:
        """Let the decision in, and set it."""
        if threading.current_thread().name == "recorder" and not self._is_over:
            self._is_over = True
            self._recorder.record(entry(1))
            self.set()
        return super().is_set()


def test_what_comes_in_the_last_moment_is_written(store: Store) -> None:
    """A decision that was taken in before the end is not lost, however near it came."""
    recorder = Recorder(store)
    recorder._ending = end = Late(recorder)
    recorder.record(entry(0))
    wait_until(end.is_set)
    recorder.close(30)
    assert (2, 0) == (recorder.written, recorder.lost)


def test_events_come_in_their_place(store: Store) -> None:
    """What happens to the service is written by the same thread, with its time."""
    with _recording(store) as recorder:
        recorder.note_event("started", {"backend": "bert"})
        recorder.record(entry(0))
    assert [("started", {"backend": "bert"})] == [(event.kind, event.details) for event in store.events()]


def test_what_was_written_all_the_same_is_there_once(store: Store) -> None:
    """A batch whose answer was lost is tried again: nothing of it stands twice."""
    recorded(store, *(entry(at) for at in range(3)))
    recorded(store, *(entry(at) for at in range(4)))
    assert [f"pol-{at}" for at in range(4)] == [one.request_id for one in store.decisions()]


def test_a_clock_that_is_set_back_loses_nothing(store: Store) -> None:
    """The order is that of the writing; a time range has what was answered in it, by the clock of then."""
    hours = (3, 4, 1, 2, 3)
    recorded(store, *(entry(at, answered_at=NOON + timedelta(hours=hour)) for at, hour in enumerate(hours)))
    assert [f"pol-{at}" for at in range(5)] == [one.request_id for one in store.decisions()]
    since, until = NOON + timedelta(hours=2), NOON + timedelta(hours=4)
    found = [one.request_id for one in store.decisions(since=since, until=until)]
    assert ["pol-0", "pol-3", "pol-4"] == found
