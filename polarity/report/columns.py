"""Answers that stand in a column of the input: labels, words or probabilities of any other system.

They go through the contract like whatever a backend says, so that anything can be compared with anything.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeGuard

from polarity.classifier import read_answer
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.records import Record, json_value
from polarity.types import Answer, Completion, Failure, Scores

NO_VALUE = Failure(reason="unavailable", detail="the column has no value here")
WHOLE = range(-(2**53), 2**53 + 1)  # what a float holds exactly; no probability is near either end
REMEMBERED = 10_000  # different words of which the reading is kept: labels are few


def check_columns(record: Record, names: Sequence[str]) -> None:
    """Make sure that a record has the columns that it is asked for.

    Raises:
        RecordError: it has not; names those it has.
    """
    for name in names:
        if name not in record.extra:
            found = ", ".join(map(repr, record.extra)) or "none"
            raise RecordError(f"no column {name!r}; found {found}", path=record.path, line=record.line)


class Column:
    """One column as a side of a comparison; `name` is the column's.

    A text is read as a completion. A mapping of labels, or of the names that the contract binds them to,
    in any case, to probabilities is read as a classifier's scores; in CSV it is written as JSON. No value is
    no answer, and neither is a blank one: CSV cannot tell them apart.
    """

    def __init__(self, name: str, contract: Contract) -> None:
        self.name = name
        self._contract = contract
        self._bound = {
            name.casefold(): bound
            for bound, label in contract.file.binding.items()
            for name in (bound, label)
        }
        self._read = lru_cache(REMEMBERED)(lambda text: read_answer(Completion(text=text), contract))

    def answer(self, record: Record) -> Answer:
        """Read what stands in the column.

        Raises:
            RecordError: there is no such column, or what stands there is neither text nor probabilities.
        """
        check_columns(record, [self.name])
        value = record.extra[self.name]
        if value is None or (isinstance(value, str) and not value.strip()):
            return Answer(NO_VALUE, NO_VALUE)
        if _is_shares(shares := _object(value) if isinstance(value, str) else value):
            return self._scores(shares, record)
        if isinstance(value, str):
            return self._read(value)
        problem = f"column {self.name!r} holds neither text nor probabilities: {value!r}"
        raise RecordError(problem, path=record.path, line=record.line)

    def _scores(self, value: Mapping[str, float], record: Record) -> Answer:
        named: dict[str, float] = {}
        for name, share in value.items():
            bound = self._bound.get(name.casefold(), name)
            if bound in named:
                problem = f"column {self.name!r} names {bound!r} twice: {value!r}"
                raise RecordError(problem, path=record.path, line=record.line)
            named[bound] = float(share)
        answer = read_answer(Scores(probabilities=named, source="softmax"), self._contract)
        if isinstance(answer.outcome, Failure):
            problem = f"column {self.name!r} holds no probabilities: {answer.outcome.detail}: {value!r}"
            raise RecordError(problem, path=record.path, line=record.line)
        return answer


def _object(text: str) -> Any:
    """Read JSON where it is JSON that says one thing; a text that only begins with a brace stays one."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return json_value(text)
    except (ValueError, RecursionError):  # nesting without end is no object of probabilities either
        return text


def _is_shares(value: Any) -> TypeGuard[Mapping[str, float]]:
    """Say whether this is an object of numbers: another object, in a text, is an answer in JSON."""
    return isinstance(value, Mapping) and bool(value) and all(map(_is_number, value.values()))


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or (
        isinstance(value, int) and not isinstance(value, bool) and value in WHOLE
    )
