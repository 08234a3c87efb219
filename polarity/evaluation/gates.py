"""Gates on an assessment, as `accuracy=0.9` or `f1.NEGATIVE=0.7`, and on churn, as `accuracy.new=0.9`."""

from collections.abc import Sequence

from polarity.evaluation.assessment import Assessment, measured
from polarity.evaluation.churn import Churn
from polarity.statistics.counted import counted
from polarity.statistics.enough import FOR_A_GATE, FOR_A_PART, too_many_failures
from polarity.statistics.gates import (
    DIFFERENCE,
    Bound,
    Gate,
    Judgement,
    Measure,
    Measured,
    check_known,
    held,
    judged,
)

OF_CHURN = (
    Measured("churn"),
    Measured("accuracy", sides=("old", "new")),
    Measured("accuracy_drop", DIFFERENCE),
)


def check_bounds(bounds: Sequence[Bound], labels: Sequence[str]) -> None:
    """Make sure that every bound is on a measure of a contract's labels, and within its range.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, measured(labels))


def judge(found: Assessment, bounds: Sequence[Bound]) -> Judgement:
    """Hold an assessment against bounds, all of which must be kept.

    Inconclusive, before anything else, where more than half of the rows got no answer. A bound is
    inconclusive on fewer than 100 rows, or where it is one label's, on fewer than 30 of its own.
    """
    n, failures = found.evaluation.n, found.evaluation.failures
    failed = f"{failures:,} of {counted(n, 'texts')} got no answer"
    too_little = failed if too_many_failures(n, failures) else None
    return judged([held(bound, _measure(found, bound.measure), rows="rows") for bound in bounds], too_little)


def _measure(found: Assessment, name: str) -> Measure:
    value, n = found.measure(name), found.evaluation.n
    if n < FOR_A_GATE:
        return Measure(value, n)
    return Measure(value, found.rows(name), FOR_A_PART if "." in name else FOR_A_GATE)


def check_churn_bounds(bounds: Sequence[Bound]) -> None:
    """Make sure that every bound is on a measure of two checkpoints, and within its range.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, OF_CHURN)


def judge_churn(found: Churn, bounds: Sequence[Bound]) -> Judgement:
    """Hold what changed between two checkpoints against bounds, all of which must be kept.

    Inconclusive, before anything else, where there is no text, or more than half of them got no label
    from one side or both. A bound is inconclusive on fewer than 100 texts, for accuracy with gold. Where
    none has failed and the new checkpoint has collapsed, nothing is passed.
    """
    gates = [_churn_gate(found, bound) for bound in bounds]
    too_little = None
    if too_many_failures(found.n, found.failures):
        too_little = f"{found.failures:,} of {counted(found.n, 'texts')} got no label from one side or both"
    elif "new" in found.collapsed and not any(gate.status == "failed" for gate in gates):
        who = "both checkpoints have" if "old" in found.collapsed else "the new checkpoint has"
        too_little = f"{who} collapsed: the new one {found.collapsed['new']}"
    return judged(gates, too_little)


def _churn_gate(found: Churn, bound: Bound) -> Gate:
    if bound.measure == "churn":
        return held(bound, Measure(found.churn.value if found.churn else None, found.n), rows="texts")
    accuracy = found.accuracy
    if accuracy is None:
        return held(bound, Measure(None, 0), rows="texts, none of which has gold")
    values = {
        "accuracy.old": accuracy.old,
        "accuracy.new": accuracy.new,
        "accuracy_drop": -accuracy.difference.value,
    }
    return held(bound, Measure(values[bound.measure], accuracy.n), rows="texts with gold")
