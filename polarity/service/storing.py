"""Answers -> the store, where one is wanted: noted in the callers' way, written behind their backs."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from polarity.asking.fingerprint import fingerprint_hash, models_of
from polarity.classifier import Classifier
from polarity.errors import BackendError, PolarityError
from polarity.service.faults import CODES
from polarity.service.seen import request_id, seen_now
from polarity.settings import LlmSettings, Settings, StoreSettings
from polarity.statistics.cost import added, cost
from polarity.stored import usage_of
from polarity.types import NO_TOKENS, Model, Result, Undecided

if TYPE_CHECKING:
    from polarity.store import Recorder, Setup

CLOSING_S: Final = 5.0


class Asked(NamedTuple):
    """One request that is being answered: its id, its texts, and when they were there, by `perf_counter`."""

    id: str
    texts: Sequence[str]
    began: float


def asked(texts: Sequence[str]) -> Asked:
    """Note the texts of the request that is being seen, from now on."""
    if seen := seen_now():
        seen.texts = len(texts)
    return Asked(request_id(), texts, time.perf_counter())


class Answering(NamedTuple):
    """Who answers: by these settings, with these models as far as they are known: a store's `setup`."""

    settings: Settings
    models: Mapping[str, Model]
    setup: "Setup | None"


class Storing:
    """Hands what is decided to a recorder, if the settings want a store; else does nothing."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self.recorder: Recorder | None = None

    @property
    def url(self) -> str:
        """Where it is kept, also after a reload: the section is read at the start only."""
        return self._settings.url.get_secret_value()

    def start(self) -> None:
        """Begin to record. A store that cannot be opened now is opened when it can be.

        Raises:
            StoreError: the settings name no store.
            PackageMissing: the packages are not installed that a store needs.
        """
        if self._settings.enabled:
            from polarity.store import Recorder, store_at

            opening = store_at(self.url)
            self.recorder = Recorder(opening, queue=self._settings.queue, texts=self._settings.texts)

    def answering(self, settings: Settings, classifier: Classifier) -> Answering:
        """Say who answers by these settings. May read the weights, for their hashes."""
        models = models_behind(settings, classifier)
        if self.recorder is None:
            return Answering(settings, models, None)
        from polarity.store import Setup

        setup = Setup(
            backend=settings.backend,
            contract=classifier.contract.ref,
            models=models,
            polarity_version=version("polarity"),
            fingerprint=fingerprint_behind(settings, classifier),
        )
        return Answering(settings, models, setup)

    def note(self, kind: str, details: Mapping[str, Any]) -> None:
        """Note that something happened to the service."""
        if self.recorder is not None:
            self.recorder.note_event(kind, details)

    def decided(self, request: Asked, results: Sequence[Result], by: Answering) -> None:
        """Note what became of each text of a request; costs the caller next to nothing."""
        latency_ms = 1000 * (time.perf_counter() - request.began)
        for index, (text, result) in enumerate(zip(request.texts, results, strict=True)):
            self.record(request.id, index, text, result, by, latency_ms=latency_ms)

    def failed(self, request: Asked, error: BackendError, by: Answering) -> None:
        """Note that no backend could answer any text of a request."""
        self.decided(request, [Undecided(reason="unavailable", detail=str(error))] * len(request.texts), by)

    def record(
        self,
        request_id: str,
        index: int,
        text: str,
        result: Result,
        by: Answering,
        *,
        latency_ms: float,
        side: str | None = None,
    ) -> None:
        """Note what became of one text, which was asked of the primary, or of the candidate named `side`."""
        if self.recorder is None or by.setup is None:
            return
        from polarity.store import PRIMARY, DecisionEntry

        entry = DecisionEntry(
            request_id=request_id,
            index=index,
            side=side or PRIMARY,
            answered_at=datetime.now(UTC),
            text=text,
            result=result,
            error=CODES[result.reason] if isinstance(result, Undecided) else None,
            latency_ms=latency_ms,
            cost=llm_cost(result, by.settings.llm),
            setup=by.setup,
        )
        self.recorder.record(entry)

    def close(self) -> None:
        """Write what waits, for a few seconds."""
        if self.recorder is not None:
            self.recorder.close(CLOSING_S)


def llm_cost(result: Result, settings: LlmSettings) -> float | None:
    """Price what the language model read and wrote of one text; None where there are no prices."""
    said = [answer.raw for name, answer in result.answers.items() if name == "llm"]
    return cost(
        reduce(added, map(usage_of, said), NO_TOKENS), settings.prompt_price, settings.completion_price
    )


def models_behind(settings: Settings, classifier: Classifier) -> dict[str, Model]:
    """Name what answers, with the sha256 of its weights where they lie here.

    Weights are known of what the settings describe: of a classifier that somebody handed in, or whose files
    cannot be read, the names only.
    """
    names, known = _names(classifier), _known(settings, classifier)
    return {
        name: known[name] if name in known and known[name].name == said else Model(str(said or name))
        for name, said in names.items()
    }


def fingerprint_behind(settings: Settings, classifier: Classifier) -> str | None:
    """Give the sha256 of all that the answers depend on; None where the settings do not say all of it."""
    names, known = _names(classifier), _known(settings, classifier)
    if any(name not in known or known[name].name != said for name, said in names.items()):
        return None
    return fingerprint_hash(settings, classifier.contract, tuple(names))


def _names(classifier: Classifier) -> dict[str, str | None]:
    return {name: getattr(backend, "model", None) for name, backend in classifier.backends.items()}


def _known(settings: Settings, classifier: Classifier) -> Mapping[str, Model]:
    try:
        return models_of(settings, classifier.contract, tuple(classifier.backends))
    except PolarityError:
        return {}
