"""Building a classifier, and what becomes of one that nobody waits for any more."""

import asyncio
import gc
import threading

import pytest

from polarity.classifier import Classifier
from polarity.errors import CheckpointError
from polarity.service.serving import Serving, built
from polarity.service.storing import Storing
from polarity.settings import Settings
from tests.cautious import cautious_contract
from tests.store.helpers import wait_until

from .helpers import Scripted, says


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Weights are being hashed until this is set."""
    event = threading.Event()
    monkeypatch.setattr("polarity.service.serving.hash_weights", lambda _: event.wait(30))
    return event


async def _begun(backend: Scripted) -> "asyncio.Task[Serving]":
    """Have a classifier built: it is made already, and its weights are still being hashed."""
    made, classifier, settings = threading.Event(), Classifier(cautious_contract(), [backend]), Settings()

    def factory(_: Settings) -> Classifier:
        made.set()
        return classifier

    building = asyncio.create_task(built(settings, factory, Storing(settings.store)))
    await asyncio.to_thread(made.wait, 30)
    await asyncio.sleep(0.05)  # so that it is handed over, most likely
    return building


def test_one_whose_building_is_cancelled_is_closed(hashed: threading.Event) -> None:
    """Also where it was made already, and its weights were still being hashed."""
    backend = Scripted("bert", says("positive"))

    async def cancelled() -> None:
        building = await _begun(backend)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building
        hashed.set()
        await asyncio.to_thread(wait_until, lambda: backend.closed == 1, limit_s=10)

    asyncio.run(cancelled())


def test_one_whose_building_is_cancelled_twice_is_closed_to_the_end(hashed: threading.Event) -> None:
    """A backend closes its engine first and its process then, and neither is left over."""
    go_on, steps = threading.Event(), list[str]()

    class Slow(Scripted):
        async def aclose(self) -> None:
            """Close in two steps."""
            steps.append("engine")
            await asyncio.to_thread(go_on.wait, 30)
            steps.append("process")

    async def cancelled() -> None:
        building = await _begun(Slow("bert", says("positive")))
        building.cancel()
        await asyncio.to_thread(wait_until, lambda: steps == ["engine"], limit_s=10)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building
        go_on.set()
        hashed.set()
        await asyncio.to_thread(wait_until, lambda: steps == ["engine", "process"], limit_s=10)

    asyncio.run(cancelled())


def test_weights_that_cannot_be_hashed_are_not_said_beside_why_they_cannot_be_loaded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One error is enough, and the other one is nobody's to hear of."""
    failed = threading.Event()

    def factory(_: Settings) -> Classifier:
        raise CheckpointError("no such folder")

    def cannot(_: Settings) -> None:
        assert failed.wait(30)
        raise PermissionError("it may not be read")

    async def refused() -> None:
        settings = Settings()
        with pytest.raises(CheckpointError):
            await built(settings, factory, Storing(settings.store))
        failed.set()
        await asyncio.sleep(0.2)  # while the loop is there it is told of the error

    monkeypatch.setattr("polarity.service.serving.hash_weights", cannot)
    asyncio.run(refused())
    gc.collect()
    assert [] == caplog.records
