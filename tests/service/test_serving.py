"""Building a classifier, and what becomes of one that nobody waits for any more."""

import asyncio
import threading

import pytest

from polarity.classifier import Classifier
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
