"""What PostgreSQL alone can do to us: be stopped under load, and come again."""

import pytest

from polarity.store import Recorder, open_store
from polarity.store import recording as module
from tests.postgres import Postgres
from tests.store.helpers import entry, wait_until

pytestmark = pytest.mark.slow


def test_restarted_under_load(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decided while it is away is written when it is back: nothing is lost, nothing stands twice."""
    monkeypatch.setattr(module, "GATHERING_S", 0.01)
    url = postgres.new_url()
    with open_store(url) as store:
        recorder = Recorder(store)
        for at in range(300):
            recorder.record(entry(at))
        wait_until(lambda: recorder.written > 0)
        postgres.stop()
        for at in range(300, 600):
            recorder.record(entry(at))
        wait_until(lambda: recorder.failure is not None)
        postgres.start()
        wait_until(lambda: recorder.waiting == 0)
        recorder.close(30)
        assert (600, 0, None) == (recorder.written, recorder.lost, recorder.failure)
        assert [f"pol-{at}" for at in range(600)] == [one.request_id for one in store.decisions()]


def test_not_there_at_the_start(postgres: Postgres) -> None:
    """A service that is up before its database records all the same."""
    url = postgres.new_url()
    postgres.stop()
    try:
        recorder = Recorder(lambda: open_store(url))
        recorder.record(entry(0))
        wait_until(lambda: recorder.failure is not None)
    finally:
        postgres.start()
    wait_until(lambda: recorder.written == 1)
    recorder.close(30)
    assert 0 == recorder.lost
