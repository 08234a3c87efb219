"""A record, and what backends said about its text -> a pair."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.classifier import read_answer, replay
from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.records import Record
from polarity.report.columns import Column
from polarity.types import Answer, RawOutput

Source = str | Column  # of a side: a backend by its name, or a column of the input


class Question(NamedTuple):
    """What is asked about a text: a backend by its name, for the first time (0) or again."""

    backend: str
    attempt: int = 0


Said = Mapping[Question, RawOutput]


def questions(sides: tuple[Source, Source], repeat: int = 1) -> tuple[Question, ...]:
    """List what is asked about every text: each backend, and the right one `repeat` times in all.

    >>> [tuple(question) for question in questions(("bert", "llm"), 2)]
    [('bert', 0), ('llm', 0), ('llm', 1)]
    """
    first = [Question(side) for side in sides if isinstance(side, str)]
    again = [
        Question(side, attempt) for side in sides[1:] if isinstance(side, str) for attempt in range(1, repeat)
    ]
    return (*first, *again)


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
    left, right = sides
    if isinstance(left, str) and isinstance(right, str):
        result = replay("both", {side: said[Question(side)] for side in (left, right)}, contract)
        answers = (result.answers[left], result.answers[right])
    else:
        result = None
        answers = (_answer(left, record, said, contract), _answer(right, record, said, contract))
    return Pair(
        id=record.id,
        text=record.text,
        gold=record.label,
        left=answers[0],
        right=answers[1],
        result=result,
        repeats=tuple(read_answer(raw, contract) for question, raw in said.items() if question.attempt),
        columns={name: record.extra[name] for name in columns},
        place=_place(record),
    )


def _place(record: Record) -> str:
    """Name a text's file with its folder, which tells files of one name apart, and its line."""
    return "" if record.path is None else f"{Path(*record.path.parts[-2:])}:{record.line}"


def _answer(side: Source, record: Record, said: Said, contract: Contract) -> Answer:
    if isinstance(side, Column):
        return side.answer(record)
    return read_answer(said[Question(side)], contract)
