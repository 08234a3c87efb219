"""Gates on an assessment: `accuracy=0.9` as a floor, `ece=0.03` as a ceiling."""

from collections.abc import Sequence

from polarity.evaluation.assessment import Assessment, measure_ranges
from polarity.statistics.gates import (
    FEWEST,
    Bound,
    Gate,
    Judgement,
    Measure,
    check_known,
    held,
    judged,
    too_many_failures,
)

# Rows for a measure of one label: with fewer, the interval of a share may be wider than 34 points. Less
# than is asked of the others, since a rare label's rows are dear: a hundred of them may take thousands.
FEWEST_OF_A_LABEL = 30


def check_bounds(bounds: Sequence[Bound], labels: Sequence[str]) -> None:
    """Make sure that every bound is on a measure of a contract's labels, and within its range.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, measure_ranges(labels))


def judge(found: Assessment, bounds: Sequence[Bound]) -> Judgement:
    """Hold an assessment against bounds, all of which must be kept.

    Inconclusive, before anything else, where more than half of the rows got no answer. A bound is
    inconclusive on fewer than 100 rows, or where it is one label's, on fewer than 30 of its own.
    """
    n, failures = found.evaluation.n, found.evaluation.failures
    too_little = f"{failures:,} of {n:,} texts got no answer" if too_many_failures(n, failures) else None
    return judged([_gate(found, bound) for bound in bounds], too_little)


def _gate(found: Assessment, bound: Bound) -> Gate:
    value, n = found.measure(bound.measure), found.evaluation.n
    if n < FEWEST:
        return held(bound, Measure(value, n), rows="rows")
    fewest = FEWEST_OF_A_LABEL if "." in bound.measure else FEWEST
    return held(bound, Measure(value, found.rows(bound.measure)), rows="rows", fewest=fewest)
