"""Texts in, labels out, in one line: for scripts and notebooks."""

import os
from collections.abc import Sequence
from threading import Lock
from typing import overload

from polarity.asking.pace import Unanswered, ask, paces
from polarity.asking.questions import Question, Said, first_answers, questions
from polarity.asking.waiting import Waiting
from polarity.classifier import Classifier, build_classifier, replay
from polarity.errors import RecordError
from polarity.records import Record, text_problem
from polarity.settings import Settings, load_settings
from polarity.types import RawOutput, Result


@overload
def classify(  # type: ignore[overload-overlap]  # one text is a sequence of texts, too
    texts: str, settings: Settings | None = None
) -> Result: ...
@overload
def classify(texts: Sequence[str], settings: Settings | None = None) -> list[Result]: ...
def classify(texts: str | Sequence[str], settings: Settings | None = None) -> Result | list[Result]:
    """Label one text, or each of several in order; a text without a label is an `Undecided` that says why.

    It waits for the answer, also inside a running event loop, as in a notebook. The models stay loaded
    for the next call with the same settings, also where a file that these name has changed; by default the
    settings are from the environment and polarity.toml.

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
        if problem := text_problem(text) if isinstance(text, str) else "is no text":
            raise RecordError(f"text {at} {problem}: {text!r}")
    results = _loaded.results(several, settings or load_settings())
    return results[0] if isinstance(texts, str) else results


class _Loaded:
    """The backends of the last settings, which stay loaded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: Waiting | None = None
        self._settings: Settings | None = None
        self._classifier: Classifier | None = None

    def results(self, texts: Sequence[str], settings: Settings) -> list[Result]:
        """Label the texts; one caller after the other, since all share the backends."""
        with self._lock:
            waiting = self._waiting = self._waiting or Waiting()
            if self._classifier and self._settings != settings:
                waiting.run(self._classifier.aclose())
                self._classifier = None
            if self._classifier is None:
                self._classifier, self._settings = build_classifier(settings, patient=True), settings
            return waiting.run(_results(self._classifier, texts, settings))

    def forget(self) -> None:
        """Begin anew in a forked process: the thread, and what it loaded, stayed in the other one."""
        self.__init__()  # type: ignore[misc]


_loaded = _Loaded()
os.register_at_fork(after_in_child=_loaded.forget)


async def _results(classifier: Classifier, texts: Sequence[str], settings: Settings) -> list[Result]:
    said: list[dict[Question, RawOutput | None]] = [{} for _ in texts]

    def keep(answers: Sequence[tuple[int, Said]]) -> None:
        for at, own in answers:
            said[at].update(own)

    asked, sparing = questions(settings.asked), settings.backend == "both"
    rows = [Unanswered(at, Record(text=text, id=str(at), line=at), asked) for at, text in enumerate(texts)]
    await ask(classifier, rows, paces(settings), keep, sparing=sparing, lenient=True)
    return [replay(settings.backend, first_answers(own), classifier.contract) for own in said]
