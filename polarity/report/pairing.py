"""A record, and what backends said about its text -> a pair."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from polarity.asking.pace import CHUNK, Pace, Unanswered, ask, chunks
from polarity.asking.questions import Question, Said, questions
from polarity.classifier import Classifier, read_answer, replay
from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.errors import SettingsError
from polarity.records import Record, check_gold
from polarity.report.columns import Column
from polarity.types import Answer, RawOutput, Result

DECIDED = ("bert", "llm")  # between whom the policy decides
Source = str | Column  # of a side: a backend by its name, or a column of the input


def pair_of(
    record: Record,
    said: Said,
    sides: tuple[Source, Source],
    contract: Contract,
    columns: Sequence[str] = (),
) -> Pair:
    """Read by the contract what was said about a record's text, and what stands in its columns.

    Where both sides are backends, the contract's policy decides between them; between others nobody
    does. `columns` of the input are kept with the pair.

    >>> from polarity.contract import load_contract
    >>> from polarity.types import Completion
    >>> record = Record(text="Fine.", id="1", line=1, extra={"old": "negative"})
    >>> contract = load_contract()
    >>> said = {Question("llm"): Completion(text="Positive.")}
    >>> pair_of(record, said, (Column("old", contract), "llm"), contract).right.outcome.label
    'POSITIVE'

    Raises:
        RecordError: a column holds what cannot be read.
    """
    raws = {question.backend: raw for question, raw in said.items() if not question.attempt}
    result, answers = read_all(raws, contract)
    left, right = (side.answer(record) if isinstance(side, Column) else answers[side] for side in sides)
    return Pair(
        id=record.id,
        text=record.text,
        gold=record.label,
        left=left,
        right=right,
        result=result,
        repeats=tuple(read_answer(raw, contract) for question, raw in said.items() if question.attempt),
        columns={name: record.extra[name] for name in columns},
        place=_place(record),
    )


def read_all(raws: Mapping[str, RawOutput], contract: Contract) -> tuple[Result | None, Mapping[str, Answer]]:
    """Read what was said, by the names of who said it; between BERT and the LLM, and nobody else, decide.

    >>> from polarity.contract import load_contract
    >>> from polarity.types import Completion
    >>> read_all({"prod": Completion(text="Positive.")}, load_contract())[0] is None
    True
    """
    if raws.keys() == set(DECIDED):
        result = replay("both", raws, contract)
        return result, result.answers
    return None, {name: read_answer(raw, contract) for name, raw in raws.items()}


def _place(record: Record) -> str:
    return "" if record.path is None else f"{_named(record.path)}:{record.line}"


@lru_cache
def _named(path: Path) -> str:
    """Name a file with its folder, which tells files of one name apart."""
    return str(Path(*path.parts[-2:]))


async def compare_file(
    classifier: Classifier,
    records: Iterable[Record],
    *,
    paces: Mapping[str, Pace],
    chunk: int = CHUNK,
    on_chunk: Callable[[Sequence[Pair]], None] | None = None,
) -> list[Pair]:
    """Ask both backends about every record; left is the classifier's first backend.

    At most `chunk` texts are under way at once, and no more records than that are read ahead.
    After each chunk, `on_chunk` gets the pairs it added.

    Raises:
        SettingsError: the classifier has not exactly two backends.
        RecordError: a record cannot be read, or its gold label is not one of the contract's.
        BackendError: a backend is unusable.
    """
    sides, contract = _two_names(classifier), classifier.contract
    pairs: list[Pair] = []
    for batch in chunks(records, chunk):
        for record in batch:
            check_gold(record.label, contract.labels, path=record.path, line=record.line)
        found = await _compared(classifier, batch, sides, paces)
        pairs += found
        if on_chunk:
            on_chunk(found)
    return pairs


async def _compared(
    classifier: Classifier, batch: Sequence[Record], sides: tuple[str, str], paces: Mapping[str, Pace]
) -> list[Pair]:
    said: list[dict[Question, RawOutput]] = [{} for _ in batch]

    def keep(answers: Sequence[tuple[int, Said]]) -> None:
        for at, own in answers:
            said[at].update(own)

    rows = [Unanswered(at, record, questions(sides)) for at, record in enumerate(batch)]
    await ask(classifier, rows, paces, keep)
    return [pair_of(record, own, sides, classifier.contract) for record, own in zip(batch, said, strict=True)]


def _two_names(classifier: Classifier) -> tuple[str, str]:
    match tuple(classifier.backends):
        case (left, right):
            return left, right
        case found:
            raise SettingsError(f"a comparison needs two backends, found {', '.join(found) or 'none'}")
