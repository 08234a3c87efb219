"""May one contract follow another? What changed, as declared and over stored answers, and what that needs.

Stored answers are mapped again, by both contracts; no model is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from polarity.contract import Contract, mapper
from polarity.contract.calibrations import calibrated
from polarity.contract.review.changes import Change, changes
from polarity.contract.review.levels import Level, version_problem
from polarity.replay.stored_answers import StoredAnswer
from polarity.types import Abstention, ContractRef, Outcome, RawOutput, Unmapped, Verdict


class Remapped(NamedTuple):
    """A raw output whose outcome is another one now, and the version which that needs."""

    id: str
    raw: RawOutput
    before: Outcome
    after: Outcome
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """A contract and the one that is to follow it.

    `remapped` are those of `answers` stored answers that have another outcome under the new one.
    """

    old: ContractRef
    new: ContractRef
    changes: Sequence[Change]
    remapped: Sequence[Remapped]
    answers: int

    @property
    def needed(self) -> Level:
        """The part of the version that must rise at least: the most that any change needs."""
        declared = [change.level for change in self.changes]
        return max([Level.PATCH, *declared, *(found.level for found in self.remapped)])

    @property
    def problem(self) -> str | None:
        """Why the new id and version do not do, or None if they do."""
        return version_problem(self.old, self.new, self.needed)


def succession(old: Contract, new: Contract, stored: Sequence[StoredAnswer] = ()) -> Succession:
    """Hold two contracts against each other, and both against stored raw outputs.

    >>> from polarity.contract import load_contract
    >>> from polarity.types import Completion
    >>> old = load_contract()
    >>> new = Contract.parse(old.source.replace('"no good"', '"no good", "so so"').encode())
    >>> found = succession(old, new, [StoredAnswer("1", Completion(text="So so."))])
    >>> str(found.needed), found.remapped[0].after.label
    ('minor', 'NEGATIVE')
    """
    return Succession(
        old=old.ref,
        new=new.ref,
        changes=changes(old, new),
        remapped=list(_remapped(stored, old, new)),
        answers=len(stored),
    )


def _remapped(stored: Sequence[StoredAnswer], old: Contract, new: Contract) -> Iterator[Remapped]:
    # Each kept once: what a contract compiles it keeps.
    read = {by: (calibrated(old, by), calibrated(new, by)) for by in {one.by for one in stored} if by}
    for one in stored:
        before, after = (
            mapper.map(one.raw, contract) for contract in (read[one.by] if one.by else (old, new))
        )
        if _content(before) != _content(after):
            yield Remapped(one.id, one.raw, before, after, _level(before, after))


def _content(outcome: Outcome) -> tuple[object, ...]:
    """Give what a decision or a report reads of an outcome; rule and span only say how it was reached."""
    match outcome:
        case Verdict():
            return ("verdict", outcome.label, outcome.scores, outcome.coverage)
        case Abstention():
            return ("abstention", outcome.coverage)
        case Unmapped():
            return ("unmapped", outcome.reason, outcome.coverage)
        case _:
            return ("failure", outcome.reason)


def _level(before: Outcome, after: Outcome) -> Level:
    """A verdict that is lost, or is of another label, breaks what somebody may have stored."""
    if not isinstance(before, Verdict):
        return Level.MINOR
    return Level.MINOR if isinstance(after, Verdict) and after.label == before.label else Level.MAJOR
