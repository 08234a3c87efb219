"""Stored answers that no rule reads -> what a contract would have to declare to read them.

Answers are grouped by their form; for each form lines are proposed and tried by the mapper, see
`line_search`. Where all lines that help break what some row says, the first are shown as refused, with
what they break. Nothing is edited: `amended` writes the text of another contract.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from polarity.contract import Contract
from polarity.contract.review.amending import next_major, next_minor, tried, with_lines
from polarity.contract.review.levels import Level
from polarity.contract.review.proposals import Lines
from polarity.errors import ContractError, RecordError, SettingsError
from polarity.records.placing import check_place, replacing
from polarity.replay.contract_diff import succession
from polarity.replay.line_search import LineSearch
from polarity.replay.stored_answers import StoredAnswer, read_answers
from polarity.replay.trials import Effect, effect, outcomes
from polarity.replay.unread import Group, grouped, unread
from polarity.types import Completion, ContractRef

MOST_FORMS = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One form of answers that no rule reads, and the lines that would make a contract read it.

    `lines` are none where none were found; `effect` is what they change over all stored answers.
    """

    number: int
    group: Group
    lines: Lines
    effect: Effect

    @property
    def is_refused(self) -> bool:
        """Whether the lines break what some row says."""
        return bool(self.effect.broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What was suggested for a contract: `found` are the most frequent of `forms`, numbered from 1.

    Of `answers` stored answers `unread` are completions without a label that should have one, and `traps`
    fix their outcome.
    """

    contract: ContractRef
    answers: int
    unread: int
    traps: int
    forms: int
    found: Sequence[Suggestion]


class Amended(NamedTuple):
    """A contract's text with further lines, its version, why that, and what changes over stored answers."""

    text: str
    version: str
    level: Level
    effect: Effect


def completions(sources: Sequence[Path], contract: Contract, limit: int | None = None) -> list[StoredAnswer]:
    """Read the stored answers of some files, of each the first `limit`.

    Raises:
        RecordError: a file cannot be read, or holds no completions.
    """
    found = []
    for path in sources:
        answers = list(islice(read_answers(path, contract), limit))
        if not any(isinstance(one.raw, Completion) for one in answers):
            problem = "holds no completions: scores of labels have no words to read"
            raise RecordError(problem if answers else "holds no answers", path=path)
        found += answers
    return found


def suggest(answers: Sequence[StoredAnswer], contract: Contract, most: int = MOST_FORMS) -> Suggestions:
    """Group the answers that a contract does not read, and suggest lines for the `most` frequent forms.

    >>> from polarity.contract import load_contract
    >>> texts = ["Positive<|stop|>", "Negative<|stop|>"]
    >>> stored = [StoredAnswer(str(at), Completion(text=text)) for at, text in enumerate(texts)]
    >>> (found,) = suggest(stored, load_contract()).found
    >>> found.group.form, found.lines, found.effect.gained
    ('{label}<|stop|>', (Line(key='rules.end_tokens', text='<|stop|>'),), ('0', '1'))
    """
    before = outcomes(answers, contract)
    lost, words = unread(answers, before, contract)
    groups = grouped(lost)
    lines = LineSearch(contract, words, answers, before).best(groups[:most])
    return Suggestions(
        contract=contract.ref,
        answers=len(answers),
        unread=len(lost),
        traps=sum(one.expect is not None for one in answers),
        forms=len(groups),
        found=[
            Suggestion(number, group, *found)
            for number, (group, found) in enumerate(zip(groups, lines, strict=False), start=1)
        ],
    )


def amended(
    found: Suggestions, numbers: Iterable[int], contract: Contract, answers: Sequence[StoredAnswer]
) -> Amended:
    """Put the lines of chosen suggestions into a contract, with the version that `contract diff` asks for.

    Raises:
        SettingsError: a number is none of the suggestions', or that of one without lines or a refused one.
        ContractError: the lines are not valid together, or break together what some row says.
    """
    lines = tuple(dict.fromkeys(line for number in numbers for line in _chosen(found, number).lines))
    new = tried(contract, lines)
    changed = effect(answers, outcomes(answers, contract), outcomes(answers, new))
    if changed.broken:
        raise ContractError(
            [
                f"together they break {one.id!r}: expected {one.expected}, would be {one.outcome}"
                for one in changed.broken
            ]
        )
    level = succession(contract, new, answers).needed
    version = (next_major if level is Level.MAJOR else next_minor)(contract.ref.version)
    return Amended(with_lines(contract, lines, version), version, level, changed)


def _chosen(found: Suggestions, number: int) -> Suggestion:
    if not 1 <= number <= len(found.found):
        there = f"they are 1 to {len(found.found)}" if found.found else "there are none"
        raise SettingsError(f"accept: no suggestion has the number {number}: {there}")
    chosen = found.found[number - 1]
    if not chosen.lines:
        raise SettingsError(f"accept: suggestion {number} has no lines to add")
    if chosen.is_refused:
        broken = chosen.effect.broken[0]
        raise SettingsError(
            f"accept: suggestion {number} is refused: it breaks {broken.id!r}, expected {broken.expected}"
        )
    return chosen


def check_new(path: Path) -> None:
    """Make sure that a new contract can be written, before anything is read.

    Raises:
        RecordError: something is there already, or nothing can be written there.
    """
    if path.exists():
        raise RecordError("is there already; name a new file, none is edited", path=path)
    check_place(path)


def write_contract(path: Path, text: str) -> None:
    """Write a contract's text whole, or not at all.

    Raises:
        RecordError: it cannot be written.
    """
    with replacing(path) as file:
        file.write(text)
