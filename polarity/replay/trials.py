"""What further lines of a contract would change over stored answers, each mapped again; no model is asked."""

from collections.abc import Sequence
from typing import NamedTuple

from polarity.contract import Contract, mapper
from polarity.contract.calibrations import calibrated
from polarity.contract.review.corpus import ABSTAIN, described, label_of
from polarity.replay.stored_answers import StoredAnswer
from polarity.types import Abstention, Failure, Outcome, Verdict


class Broken(NamedTuple):
    """An answer that was read as its row says, and no longer is; both in words."""

    id: str
    text: str
    expected: str
    outcome: str


class Effect(NamedTuple):
    """The ids of stored answers whose outcome is another one.

    `gained` had neither a label nor an abstention; `changed` had another one; `lost` has none any more.
    `broken` are those that are no longer read as their row says: written traps, and what a reader found.
    """

    gained: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    broken: tuple[Broken, ...] = ()


def outcomes(answers: Sequence[StoredAnswer], contract: Contract) -> list[Outcome]:
    """Map stored answers, the scores of each language model by its calibration."""
    read = {by: calibrated(contract, by) if by else contract for by in {one.by for one in answers}}
    return [mapper.map(one.raw, read[one.by]) for one in answers]


def effect(answers: Sequence[StoredAnswer], before: Sequence[Outcome], after: Sequence[Outcome]) -> Effect:
    """Hold the outcomes of stored answers under two contracts against each other.

    >>> from polarity.contract import load_contract
    >>> from polarity.contract.review.amending import Line, tried
    >>> from polarity.types import Completion
    >>> contract = load_contract()
    >>> more = tried(contract, [Line("rules.phrases.NEGATIVE", "so so")])
    >>> answers = [StoredAnswer("1", Completion(text="So so.")), StoredAnswer("2", Completion(text="Hm."))]
    >>> effect(answers, outcomes(answers, contract), outcomes(answers, more)).gained
    ('1',)
    """
    gained: list[str] = []
    changed: list[str] = []
    lost: list[str] = []
    for one, old, new in zip(answers, before, after, strict=True):
        was, now = _said(old), _said(new)
        if was != now:
            (changed if was and now else gained if now else lost).append(one.id)
    broken = map(_broken, answers, before, after)
    return Effect(tuple(gained), tuple(changed), tuple(lost), tuple(filter(None, broken)))


def _said(outcome: Outcome) -> str | None:
    return ABSTAIN if isinstance(outcome, Abstention) else label_of(outcome)


def _broken(one: StoredAnswer, old: Outcome, new: Outcome) -> Broken | None:
    """Say what a row says, if only the old outcome bears it out."""
    if isinstance(old, Failure) or isinstance(new, Failure):
        return None
    text = getattr(one.raw, "text", "")
    if one.expect and one.expect == described(old) != described(new):
        return Broken(one.id, text, _in_words(old), _in_words(new))
    if one.says and not _is_wrong(old, one.says) and _is_wrong(new, one.says):
        return Broken(one.id, text, f"a reader found {one.says}", _in_words(new))
    return None


def _is_wrong(outcome: Outcome, says: str) -> bool:
    """Say whether an outcome is none that a reader would have: no outcome at all is never wrong."""
    said = _said(outcome)
    return said is not None and said != says


def _in_words(outcome: Outcome) -> str:
    """Write an outcome as a corpus fixes it.

    >>> from polarity.types import ContractRef, Unmapped
    >>> _in_words(Unmapped(reason="negated", contract=ContractRef("a", "1.0.0", "00")))
    'unmapped negated'
    """
    return " ".join(filter(None, described(outcome).model_dump().values()))


def reads(outcome: Outcome, label: str | None) -> bool:
    """Say whether an outcome is a label - that one, where it is known - or an abstention."""
    if isinstance(outcome, Verdict):
        return label in (None, outcome.label)
    return isinstance(outcome, Abstention) and label in (None, ABSTAIN)
