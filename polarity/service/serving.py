"""A classifier that answers: how it is built, beside the event loop, and what is doubtful about it."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from polarity.asking.fingerprint import hash_weights, models_of
from polarity.backends.runtimes.choice import choose
from polarity.classifier import Classifier, close_now
from polarity.contract import Contract
from polarity.contract.calibrations import calibration_mismatch
from polarity.contract.fitted_models import policy_mismatch
from polarity.errors import PolarityError
from polarity.service.daemons import on_daemon
from polarity.service.storing import Answering, Storing
from polarity.settings import Settings

log = logging.getLogger(__name__)

ClassifierFactory = Callable[[Settings], Classifier]


class Serving:
    """A classifier that answers, by what settings and models, and why it may do worse than promised.

    `users` counts who is at it now. One that is `retired` is closed when the last of them leaves.
    """

    def __init__(self, classifier: Classifier, by: Answering, warnings: list[str]) -> None:
        self.classifier, self.by, self.warnings = classifier, by, warnings
        self.settings = by.settings
        self.users = 0
        self.is_retired = False


async def built(settings: Settings, factory: ClassifierFactory, storing: Storing) -> Serving:
    """Build the classifier that the settings describe, in a thread.

    Raises:
        PolarityError: what is named cannot be used.
    """
    hashing = asyncio.create_task(asyncio.to_thread(_hash, settings))
    try:
        classifier = await on_daemon(partial(factory, settings), unwanted=close_now)
    except BaseException:
        hashing.cancel()
        raise
    try:
        await hashing
        by = await asyncio.to_thread(storing.answering, settings, classifier)
        warnings = await asyncio.to_thread(_warnings, settings, classifier.contract)
    except BaseException:  # closed to the end, also where the one who waits here is cancelled again
        await on_daemon(partial(close_now, classifier), unwanted=lambda _: None)
        raise
    return Serving(classifier, by, warnings)


def _hash(settings: Settings) -> None:
    """Hash the weights while they are being loaded. What is wrong with them, loading says."""
    with suppress(PolarityError):
        hash_weights(settings)


def _warnings(settings: Settings, contract: Contract) -> list[str]:
    warnings = _about_models(settings, contract)
    for sentence in warnings:
        log.warning("%s", sentence)
    return [*_about_runtime(settings), *warnings]


def _about_runtime(settings: Settings) -> list[str]:
    """Say where another runtime answers than is asked for, which was logged when it was loaded."""
    if "bert" not in settings.asked:
        return []
    try:
        choice = choose(settings.bert)
    except PolarityError:  # the factory takes no such settings, or it would have said so
        return []
    return [f"BERT runs by {choice.sentence}"] if choice.is_second else []


def _about_models(settings: Settings, contract: Contract) -> list[str]:
    """Hold the models against those that the contract's numbers were fitted on."""
    fitted = contract.policy.fitted
    decides = settings.backend == "both" and fitted is not None and fitted.models is not None
    reads = "llm" in settings.asked and bool(contract.prompt.calibration)
    if not decides and not reads:
        return []  # nothing to hash gigabytes for
    try:
        models = models_of(settings, contract, settings.asked)
    except PolarityError as error:
        return [f"whether the contract's numbers were fitted on these models is unknown: {error}"]
    warnings = calibration_mismatch(contract, models["llm"]) if reads else []
    return warnings + (policy_mismatch(contract, models) if decides else [])
