"""A corpus of completions held against a contract: is the mapper right, and how much does it read?

A row of a corpus is a completion and what a reader found in it. `says` is what the completion itself
says to a careful reader: a label, "abstain" or "none". `expect` is stricter, for rows written to
test a rule: the outcome's kind, label, rule family and reason. A row may have either, or none yet.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from polarity.contract import Contract, mapper
from polarity.contract.quotations import quoted
from polarity.contract.schema import problems_of
from polarity.errors import RecordError
from polarity.places import file_bytes
from polarity.stored import reason_of
from polarity.types import Abstention, Completion, Failure, FinishReason, Outcome, Unmapped, Verdict

ABSTAIN, NONE = "abstain", "none"
HELD = "completions are JSON Lines, one row a line"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Repeated(_Row):
    """A long text, written short."""

    repeat: str
    times: int = Field(ge=1)


class Expected(_Row):
    """An outcome as far as a test fixes it: `rule` is its family."""

    kind: Literal["verdict", "abstention", "unmapped"]
    label: str | None = None
    rule: str | None = None
    reason: str | None = None


class Source(_Row):
    """Where a real completion is from; `asked` is a hash of the text, which is not ours to keep."""

    model: str
    style: str
    temperature: float
    domain: str
    asked: str


class CorpusRow(_Row):
    """One completion, and what is known of it."""

    id: str
    text: str | Repeated
    finish_reason: FinishReason = "stop"
    input: str | None = Field(default=None, description="The text that was asked about, where it is ours.")
    says: str | None = None
    expect: Expected | None = None
    trap: str | None = Field(default=None, description="What a written row is meant to catch.")
    source: Literal["written"] | Source

    @property
    def completion(self) -> Completion:
        """The completion itself."""
        text = self.text if isinstance(self.text, str) else self.text.repeat * self.text.times
        from_input = None if self.input is None else quoted(text, self.input)
        return Completion(text=text, finish_reason=self.finish_reason, quoted=from_input)


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A row whose outcome is not what a reader found: `verdict` is wrong, or a label was `lost`."""

    row: CorpusRow
    outcome: Outcome
    kind: Literal["opposite", "wrong", "lost", "unexpected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """How a contract reads a corpus.

    Of the rows with `says`: `precision` is the share of verdicts that are the label said, `recall`
    the share of labels said that are the verdict; `opposite` counts verdicts at the other end of
    the contract's labels. None where nothing can be counted.
    `expected` of `written` rows have the outcome that their row fixes.
    """

    said: int
    labelled: int
    verdicts: int
    right: int
    opposite: int
    written: int
    expected: int
    misses: Sequence[Miss]

    @property
    def precision(self) -> float | None:
        """Right verdicts out of all verdicts."""
        return self.right / self.verdicts if self.verdicts else None

    @property
    def recall(self) -> float | None:
        """Right verdicts out of all labels said."""
        return self.right / self.labelled if self.labelled else None


def read_corpus(path: Path, contract: Contract) -> list[CorpusRow]:
    """Read a corpus file: JSON Lines, one row each.

    Raises:
        RecordError: the file cannot be read or a row is no corpus row; names the line, key and value.
    """
    try:
        lines = file_bytes(path).decode().split("\n")
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError:
        raise RecordError("is not UTF-8", path=path) from None
    return [_row(line, path, number, contract) for number, line in enumerate(lines, start=1) if line.strip()]


def _row(line: str, path: Path, number: int, contract: Contract) -> CorpusRow:
    try:
        row = CorpusRow.model_validate_json(line)
    except ValidationError as error:
        raise RecordError(_problem(line, error), path=path, line=number) from None
    known = (*contract.labels, ABSTAIN, NONE)
    if row.says is not None and row.says not in known:
        raise RecordError(f"says: {row.says!r} is not one of {', '.join(known)}", path=path, line=number)
    return row


def _problem(line: str, error: ValidationError) -> str:
    try:
        json.loads(line)
    except json.JSONDecodeError as broken:
        return f"not JSON: {reason_of(broken)} at column {broken.colno}; {HELD}"
    except RecursionError:
        return "not JSON that can be read: it is nested too deep"
    return "; ".join(problems_of(error.errors()))


def conform(rows: Iterable[CorpusRow], contract: Contract) -> Conformance:
    """Map each row and hold the outcome against what its row says and expects.

    >>> from polarity.contract import load_contract
    >>> row = CorpusRow(id="1", text="not great", says="NEGATIVE", source="written")
    >>> conform([row], load_contract()).recall
    1.0
    """
    mapped = [(row, mapper.map(row.completion, contract)) for row in rows]
    said = [(row, outcome) for row, outcome in mapped if row.says]
    written = [(row, outcome) for row, outcome in mapped if row.expect]
    misses = [miss for row, outcome in mapped if (miss := _miss(row, outcome, contract.labels))]
    return Conformance(
        said=len(said),
        labelled=sum(row.says in contract.labels for row, _ in said),
        verdicts=sum(isinstance(outcome, Verdict) for _, outcome in said),
        right=sum(row.says == label_of(outcome) for row, outcome in said),
        opposite=sum(_is_opposite(row, outcome, contract.labels) for row, outcome in said),
        written=len(written),
        expected=sum(row.expect == described(outcome) for row, outcome in written),
        misses=misses,
    )


def _miss(row: CorpusRow, outcome: Outcome, labels: Sequence[str]) -> Miss | None:
    if row.expect and row.expect != described(outcome):
        return Miss(row=row, outcome=outcome, kind="unexpected")
    label = label_of(outcome)
    if row.says is None or label == row.says or (label is None and row.says not in labels):
        return None
    if label is None:
        return Miss(row=row, outcome=outcome, kind="lost")
    kind: Literal["opposite", "wrong"] = "opposite" if _is_opposite(row, outcome, labels) else "wrong"
    return Miss(row=row, outcome=outcome, kind=kind)


def _is_opposite(row: CorpusRow, outcome: Outcome, labels: Sequence[str]) -> bool:
    return {label_of(outcome), row.says} == {labels[0], labels[-1]}


def label_of(outcome: Outcome) -> str | None:
    """Take the label of a verdict; None for everything else.

    >>> label_of(Failure(reason="timeout")) is None
    True
    """
    return outcome.label if isinstance(outcome, Verdict) else None


def described(outcome: Outcome) -> Expected:
    """Describe an outcome as far as a corpus fixes it.

    Raises:
        ValueError: it is a failure, which no completion can be.
    """
    match outcome:
        case Verdict(label=label, rule=rule):
            return Expected(kind="verdict", label=label, rule=rule.split("/")[0])
        case Abstention(rule=rule):
            return Expected(kind="abstention", rule=rule.split("/")[0])
        case Unmapped(reason=reason):
            return Expected(kind="unmapped", reason=reason)
        case Failure():
            raise ValueError("a failure is no outcome of a completion")
