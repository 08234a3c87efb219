"""A record, and what backends said about its text -> a pair."""

from collections.abc import Mapping, Sequence

from polarity.asking.questions import Said, first_answers
from polarity.classifier import read_answer, replay
from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.records import Record, row_name
from polarity.report.columns import Column, value_of
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

    >>> from polarity.asking.questions import Question
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
    result, answers = read_all(first_answers(said), contract)
    left, right = (side.answer(record) if isinstance(side, Column) else answers[side] for side in sides)
    return Pair(
        id=record.id,
        text=record.text,
        gold=record.label,
        left=left,
        right=right,
        result=result,
        repeats=tuple(
            read_answer(raw, contract)
            for question, raw in said.items()
            if question.attempt and raw is not None
        ),
        columns={name: value_of(record, name) for name in columns},
        place=row_name(record.path, record.line),
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
