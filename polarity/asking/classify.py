"""Texts in, labels out, in one line: for scripts and notebooks."""

import asyncio
from collections.abc import Coroutine, Sequence
from threading import Lock, Thread
from typing import Any, TypeVar, overload

from polarity.asking.pace import Unanswered, ask, paces
from polarity.asking.questions import Question, Said, first_answers, questions
from polarity.classifier import Classifier, build_classifier, replay
from polarity.errors import RecordError
from polarity.records import Record, text_problem
from polarity.settings import Settings, load_settings
from polarity.types import RawOutput, Result

Made = TypeVar("Made")


@overload
def classify(  # type: ignore[overload-overlap]  # one text is a sequence of texts, too
    texts: str, settings: Settings | None = None
) -> Result: ...
@overload
def classify(texts: Sequence[str], settings: Settings | None = None) -> list[Result]: ...
def classify(texts: str | Sequence[str], settings: Settings | None = None) -> Result | list[Result]:
    """Label one text, or each of several in order; a text without a label is an `Undecided` that says why.

    It waits for the answer, also inside a running event loop, as in a notebook. The models stay loaded
    for the next call with the same settings; by default these are from the environment and polarity.toml.

    >>> classify("I love it").label
    'POSITIVE'
    >>> [result.label for result in classify(["I love it", "It broke twice"])]
    ['POSITIVE', 'NEGATIVE']

    Raises:
        RecordError: a text is blank, or no text.
        PolarityError: what the settings name cannot be used.
    """
    several = [texts] if isinstance(texts, str) else list(texts)
    for at, text in enumerate(several, start=1):
        if problem := text_problem(text):
            raise RecordError(f"text {at} {problem}: {text!r}")
    results = _loaded.results(several, settings or load_settings())
    return results[0] if isinstance(texts, str) else results


class _Loaded:
    """The backends of the last settings, on an event loop in a thread of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._settings: Settings | None = None
        self._classifier: Classifier | None = None

    def results(self, texts: Sequence[str], settings: Settings) -> list[Result]:
        """Label the texts; one caller after the other, since all share the backends."""
        with self._lock:
            return self._run(_results(self._loaded(settings), texts, settings))

    def _loaded(self, settings: Settings) -> Classifier:
        if self._classifier is None or self._settings != settings:
            self._close()
            self._classifier, self._settings = build_classifier(settings, patient=True), settings
        return self._classifier

    def _run(self, work: Coroutine[Any, Any, Made]) -> Made:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            Thread(target=self._loop.run_forever, name="polarity.classify", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _close(self) -> None:
        if self._classifier:
            classifier, self._classifier = self._classifier, None
            self._run(classifier.aclose())


_loaded = _Loaded()


async def _results(classifier: Classifier, texts: Sequence[str], settings: Settings) -> list[Result]:
    said: list[dict[Question, RawOutput | None]] = [{} for _ in texts]

    def keep(answers: Sequence[tuple[int, Said]]) -> None:
        for at, own in answers:
            said[at].update(own)

    asked, sparing = questions(settings.asked), settings.backend == "both"
    rows = [Unanswered(at, Record(text=text, id=str(at), line=at), asked) for at, text in enumerate(texts)]
    await ask(classifier, rows, paces(settings), keep, sparing=sparing)
    return [replay(settings.backend, first_answers(own), classifier.contract) for own in said]
