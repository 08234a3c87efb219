"""What a running service holds: the classifier once loaded, and what its requests come to."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from polarity.asking.fingerprint import hash_weights, models_of
from polarity.classifier import Classifier
from polarity.contract import Contract
from polarity.contract.calibrations import calibration_mismatch
from polarity.contract.fitted_models import policy_mismatch
from polarity.errors import PolarityError
from polarity.service.counting import Counts
from polarity.service.problems import ProblemError
from polarity.service.storing import Storing, models_behind
from polarity.settings import Settings

log = logging.getLogger(__name__)

ClassifierFactory = Callable[[Settings], Classifier]

LOADING_RETRY_S = 2
OVERLOADED_RETRY_S = 1
FAILED_RETRY_S = 60


class Runtime:
    """Loads the classifier beside the event loop and admits requests to it.

    `settled` is set once loading has ended, well or badly; `failure` then says how badly. `warnings` say why
    decisions may be worse than the contract's policy promises: what is held against it are the models.
    `storing` knows these with their weights' hashes, and keeps what is decided.
    """

    def __init__(self, settings: Settings, factory: ClassifierFactory) -> None:
        self.settings = settings
        self.settled = asyncio.Event()
        self.failure: Exception | None = None
        self.warnings: list[str] = []
        self.storing = Storing(settings)
        self.in_flight = 0
        self.counts = Counts()
        self._factory = factory
        self._classifier: Classifier | None = None

    async def load(self) -> None:
        """Build the classifier in a thread. Never raises: `failure` keeps what went wrong."""
        try:
            self.storing.start()
            classifier, _ = await asyncio.gather(
                asyncio.to_thread(self._factory, self.settings), asyncio.to_thread(_hash, self.settings)
            )
            self._classifier = classifier
            models = await asyncio.to_thread(models_behind, self.settings, classifier)
            self.storing.answers_by(classifier, models)
            self.warnings = await asyncio.to_thread(_warnings, self.settings, classifier.contract)
        except Exception as error:  # noqa: BLE001 - whatever it is, /readyz must say so and serve() raises it
            self.failure = error
            log.error("the classifier cannot be loaded: %s", error)  # noqa: TRY400 - serve() raises it
        finally:
            self.settled.set()

    @property
    def loaded(self) -> Classifier | None:
        """The classifier; None while there is none."""
        return self._classifier

    def classifier(self) -> Classifier:
        """Hand out the classifier.

        Raises:
            ProblemError: it is still loading, or could not be loaded.
        """
        if self._classifier is not None:
            return self._classifier
        if self.failure is not None:
            raise ProblemError(
                "unavailable", "the classifier could not be loaded", retry_after=FAILED_RETRY_S
            )
        raise ProblemError("loading", "ask again when /readyz answers 200", retry_after=LOADING_RETRY_S)

    def check_room(self) -> None:
        """Let a request pass if there is room for one.

        Raises:
            ProblemError: as many as the settings allow are under way.
        """
        limit = self.settings.most_in_flight
        if self.in_flight >= limit:
            raise ProblemError(
                "overloaded", f"{limit} requests are already under way", retry_after=OVERLOADED_RETRY_S
            )

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Count one request as under way.

        Raises:
            ProblemError: as many as the settings allow already are.
        """
        self.check_room()
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    async def aclose(self) -> None:
        """Close the classifier, if there is one, and write what was decided."""
        if self._classifier is not None:
            await self._classifier.aclose()
        await asyncio.to_thread(self.storing.close)


def _hash(settings: Settings) -> None:
    """Hash the weights while they are being loaded. What is wrong with them, loading says."""
    with suppress(PolarityError):
        hash_weights(settings)


def _warnings(settings: Settings, contract: Contract) -> list[str]:
    """Hold the models against those that the contract's numbers were fitted on; log what differs."""
    fitted = contract.policy.fitted
    decides = settings.backend == "both" and fitted is not None and fitted.models is not None
    reads = "llm" in settings.asked and bool(contract.prompt.calibration)
    if not decides and not reads:
        return []  # nothing to hash gigabytes for
    try:
        models = models_of(settings, contract, settings.asked)
    except PolarityError as error:
        warnings = [f"whether the contract's numbers were fitted on these models is unknown: {error}"]
    else:
        warnings = calibration_mismatch(contract, models["llm"]) if reads else []
        warnings += policy_mismatch(contract, models) if decides else []
    for sentence in warnings:
        log.warning("%s", sentence)
    return warnings
