"""Answers that stand in a column of the input: labels, words or probabilities of any other system.

They go through the contract like whatever a backend says, so that anything can be compared with anything.
"""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeGuard

from polarity.classifier import read_answer
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.records import DEFAULT_COLUMNS, Columns, GoldLabels, Record, found_name, json_value
from polarity.types import Answer, Completion, Failure, Scores

NO_VALUE = Failure(reason="no_value")
WHOLE = range(-(2**53), 2**53 + 1)  # what a float holds exactly; no probability is near either end
REMEMBERED = 10_000  # different words of which the reading is kept: labels are few


def value_of(record: Record, name: str) -> Any:
    """Give what stands in a column, whose name may differ in case and in blanks at its edges.

    >>> value_of(Record(text="Fine.", id="1", line=1, extra={" Prod": "good"}), "prod")
    'good'

    Raises:
        RecordError: there is no such column, or there are several; names those that there are.
    """
    if name in record.extra:
        return record.extra[name]
    found = found_name(name, record.extra)
    if found is None:
        there = ", ".join(map(repr, record.extra)) or "none"
        raise RecordError(f"no column {name!r}; found {there}", path=record.path, line=record.line)
    return record.extra[found]


class Column:
    """One column as a side of a comparison; `name` is the column's.

    A label's name by `columns.labels` is that label's word; every other text is read as a completion. A
    mapping of labels, or of names of theirs, in any case, to probabilities is read as a classifier's scores;
    in CSV it is written as JSON. No value is no answer, nor is a blank one: CSV cannot tell them apart.
    """

    def __init__(self, name: str, contract: Contract, columns: Columns = DEFAULT_COLUMNS) -> None:
        self.name = name
        self._contract = contract
        self._labels = GoldLabels(columns, contract)
        self._names = {label: bound for bound, label in contract.file.binding.items()}
        self._bound = {
            name.casefold(): bound
            for bound, label in contract.file.binding.items()
            for name in (bound, label)
        }
        self._read = lru_cache(REMEMBERED)(self._completion)

    def answer(self, record: Record) -> Answer:
        """Read what stands in the column.

        Raises:
            RecordError: there is no such column, or what stands there is neither text, a label's name nor
                probabilities.
        """
        value = value_of(record, self.name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return Answer(NO_VALUE, NO_VALUE)
        if _is_shares(shares := _object(value) if isinstance(value, str) else value):
            return self._scores(shares, record)
        is_name = isinstance(value, (int, float)) and self._labels.said(str(value)) is not None
        if is_name or isinstance(value, str):
            return self._read(str(value))
        hint = (
            f"; if it is a label, {self._labels.way_out(str(value))}"
            if isinstance(value, (int, float))
            else ""
        )
        problem = f"column {self.name!r} holds neither text nor probabilities: {value!r}{hint}"
        raise RecordError(problem, path=record.path, line=record.line)

    def _completion(self, text: str) -> Answer:
        label = self._labels.said(text)
        said = text if label is None else self._contract.file.answer_words[label]
        return read_answer(Completion(text=said), self._contract)

    def _scores(self, value: Mapping[str, float], record: Record) -> Answer:
        said = {name: self._names[label] for name in value if (label := self._labels.said(name))}
        named = dict.fromkeys(self._names.values(), 0.0) if said.keys() == value.keys() else {}
        bounds = {name: said.get(name) or self._bound.get(name.casefold(), name) for name in value}
        counts = Counter(bounds.values())
        for name, share in value.items():
            bound = bounds[name]
            if counts[bound] > 1 and name not in said:
                problem = f"column {self.name!r} names {bound!r} twice: {value!r}"
                raise RecordError(problem, path=record.path, line=record.line)
            named[bound] = named.get(bound, 0.0) + float(share)
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
