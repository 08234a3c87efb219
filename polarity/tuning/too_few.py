"""When labelled texts, or what backends said of them, are too little to fit a policy on."""

from collections.abc import Sequence

from polarity.statistics.counted import counted
from polarity.statistics.enough import FOR_A_POLICY, FOR_A_POLICYS_LABEL, too_many_failures
from polarity.tuning.policy_worth import GoldPair
from polarity.types import Failure


def too_few_labelled(golds: Sequence[str], labels: Sequence[str]) -> str | None:
    """Say why texts of these gold labels are too few to fit on, or None if they are enough.

    >>> too_few_labelled([], ["NEGATIVE", "POSITIVE"])
    '0 labelled texts, at least 200 are needed'
    """
    if len(golds) < FOR_A_POLICY:
        return f"{counted(len(golds), 'labelled texts')}, at least {FOR_A_POLICY} are needed"
    for label in labels:
        if (count := golds.count(label)) < FOR_A_POLICYS_LABEL:
            return f"{counted(count, f'texts of {label}')}, at least {FOR_A_POLICYS_LABEL} are needed"
    return None


def too_few_answered(pairs: Sequence[GoldPair]) -> str | None:
    """Say which backend gave too few answers to fit on, or None if both gave enough."""
    for name in ("bert", "llm"):
        failed = sum(isinstance(getattr(pair, name).outcome, Failure) for pair in pairs)
        if too_many_failures(len(pairs), failed):
            return f"{name} gave no answer to {failed} of {len(pairs)} texts"
    return None
