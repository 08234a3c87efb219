"""Building a classifier, and what becomes of one that nobody waits for any more."""

import asyncio
import gc
import threading

import pytest

from polarity.classifier import Classifier
from polarity.errors import CheckpointError
from polarity.service.serving import built
from polarity.service.storing import Storing
from polarity.settings import Settings
from tests.cautious import cautious_contract
from tests.store.helpers import wait_until

from .helpers import Scripted, says


def test_one_whose_building_is_cancelled_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it was made already, and its weights were still being hashed."""
    made, hashed, backend = threading.Event(), threading.Event(), Scripted("bert", says("positive"))
    classifier = Classifier(cautious_contract(), [backend])

    def factory(_: Settings) -> Classifier:
        made.set()
        return classifier

    async def cancelled() -> None:
        settings = Settings()
        building = asyncio.create_task(built(settings, factory, Storing(settings.store)))
        await asyncio.to_thread(made.wait, 30)
        await asyncio.sleep(0.05)  # so that it is handed over, most likely
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building
        hashed.set()
        await asyncio.to_thread(wait_until, lambda: backend.closed == 1, limit_s=10)

    monkeypatch.setattr("polarity.service.serving.hash_weights", lambda _: hashed.wait(30))
    asyncio.run(cancelled())


def test_one_whose_building_is_cancelled_twice_is_closed_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend closes its engine first and its process then, and neither is left over."""
    made, hashed, go_on = threading.Event(), threading.Event(), threading.Event()
    steps: list[str] = []

    class Slow(Scripted):
        async def aclose(self) -> None:
            """Close in two steps."""
            steps.append("engine")
            await asyncio.to_thread(go_on.wait, 30)
            steps.append("process")

    classifier = Classifier(cautious_contract(), [Slow("bert", says("positive"))])

    def factory(_: Settings) -> Classifier:
        made.set()
        return classifier

    async def cancelled() -> None:
        settings = Settings()
        building = asyncio.create_task(built(settings, factory, Storing(settings.store)))
        await asyncio.to_thread(made.wait, 30)
        await asyncio.sleep(0.05)  # so that it is handed over, most likely
        building.cancel()
        await asyncio.to_thread(wait_until, lambda: steps == ["engine"], limit_s=10)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building
        go_on.set()
        hashed.set()
        await asyncio.to_thread(wait_until, lambda: steps == ["engine", "process"], limit_s=10)

    monkeypatch.setattr("polarity.service.serving.hash_weights", lambda _: hashed.wait(30))
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
