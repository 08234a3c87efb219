"""What an engine's worker holds: loaded backends, asked about one block of texts after the other.

**The same bits as a file's.** A score's last bits hang on what else is in the batch (`backends.bert`). The
rows of a file are asked in groups, by their numbers; those of a block in the same groups, counted from its
first row. So blocks that begin at a file's row 1, 257, 513 and so on give the very scores of the file.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress

from polarity.asking.fingerprint import models_of
from polarity.asking.labelling import as_read
from polarity.asking.pace import CHUNK, Unanswered, ask, paces, rows_ahead
from polarity.asking.questions import Question, Said, first_answers, questions
from polarity.asking.settling import settled
from polarity.asking.waiting import Waiting
from polarity.backends.budgets import Spending
from polarity.classifier import build_classifier, replay
from polarity.contract import load_contract
from polarity.records import Record
from polarity.settings import Settings
from polarity.types import RawOutput, Result, Undecided

GROUP = CHUNK  # rows: blocks of a multiple of it are asked about as a file is


class Answering:
    """The backends that the settings name. Every one of them must answer: none stands in for another.

    Raises:
        PolarityError: what the settings name cannot be used.
    """

    def __init__(self, settings: Settings, budgets: Spending | None = None) -> None:
        contract = load_contract(settings.contract)
        self._settings = settings = settled(settings, contract)
        self.contract = as_read(contract, settings)
        self.models = models_of(settings, contract, settings.asked)
        self._waiting = Waiting()
        try:
            self._classifier = build_classifier(settings, contract=contract, patient=True, budgets=budgets)
        except BaseException:
            self._waiting.close()
            raise

    def results(
        self,
        texts: Sequence[str],
        problems: Sequence[str | None],
        *,
        ask_all: bool = False,
        only: Collection[int] | None = None,
    ) -> list[Result]:
        """Label each text, in order; one that has a problem is undecided for it, and nobody is asked.

        With `only`, those texts are labelled, by their places. BERT reads the others as well, so that all it
        says has the same bits, but the LLM is not asked about them.

        Raises:
            BackendError: a backend is unusable.
        """
        wanted = range(len(texts)) if only is None else sorted(only)
        said = self._waiting.run(self._said(texts, problems, ask_all=ask_all, wanted=frozenset(wanted)))
        return [self._result(said[at], problems[at]) for at in wanted]

    def _result(self, said: Said, problem: str | None) -> Result:
        if problem is not None:
            return Undecided(reason="no_text", detail=problem)
        return replay(self._settings.backend, first_answers(said), self.contract)

    async def _said(
        self,
        texts: Sequence[str],
        problems: Sequence[str | None],
        *,
        ask_all: bool,
        wanted: frozenset[int],
    ) -> list[dict[Question, RawOutput | None]]:
        said: list[dict[Question, RawOutput | None]] = [{} for _ in texts]

        def keep(answers: Sequence[tuple[int, Said]]) -> None:
            for at, own in answers:
                said[at].update(own)

        asked, pace = questions(self._settings.asked), paces(self._settings)
        beside = tuple(question for question in asked if question.backend == "bert")
        sparing = self._settings.backend == "both" and not ask_all
        size = rows_ahead(self._classifier.backends, pace)
        for first in range(0, len(texts), size):
            places = [at for at in range(first, min(first + size, len(texts))) if problems[at] is None]
            if wanted.isdisjoint(places):
                continue
            rows = [
                Unanswered(at, Record(text=texts[at], id=str(at), line=at), asked if at in wanted else beside)
                for at in places
            ]
            await ask(self._classifier, rows, pace, keep, sparing=sparing)
        return said

    def close(self) -> None:
        """Close the backends."""
        with suppress(RuntimeError):  # at Python's end the loop's thread may be gone
            self._waiting.run(self._classifier.aclose())
            self._waiting.close()
