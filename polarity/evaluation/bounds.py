"""Gates on an assessment: `accuracy=0.9` as a floor, `ece=0.03` as a ceiling."""

from collections.abc import Sequence

from polarity.evaluation.assessment import Assessment, measure_names
from polarity.gates import FEWEST, Bound, GateResult, check_known, too_many_failures

# Rows for a measure of one label: with fewer, the interval of a share may be wider than 34 points. Less
# than is asked of the others, since a rare label's rows are dear: a hundred of them may take thousands.
FEWEST_OF_A_LABEL = 30


def check_bounds(bounds: Sequence[Bound], labels: Sequence[str]) -> None:
    """Make sure that every bound is on one of the `measure_names` of a contract's labels.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, measure_names(labels))


def judge(found: Assessment, bounds: Sequence[Bound]) -> GateResult:
    """Hold an assessment against bounds, all of which must be kept.

    Inconclusive, before anything else, where too little is known: fewer than 100 rows, more than half of
    them without an answer, or a measure that is undefined or rests on too few rows: 100, or 30 where it
    is one label's.
    """
    values = {bound.measure: found.measure(bound.measure) for bound in bounds}
    n, failures = found.evaluation.n, found.evaluation.failures
    if too_many_failures(n, failures):
        return GateResult(status="inconclusive", reason=f"{failures} of {n} texts got no answer")
    if n < FEWEST and bounds:
        names = ", ".join(values)
        return GateResult(status="inconclusive", reason=f"{names}: {n} rows are fewer than {FEWEST}")
    undefined = [name for name, value in values.items() if value is None]
    if undefined:
        return GateResult(status="inconclusive", reason=f"{', '.join(undefined)} is undefined for these rows")
    thin = [problem for name in values if (problem := _too_thin(found, name))]
    if thin:
        return GateResult(status="inconclusive", reason="; ".join(thin))
    broken = [
        f"{bound.measure} {value:.4f} is {bound.fails} {bound.value:.4f}"
        for bound in bounds
        if (value := values[bound.measure]) is not None and not bound.is_kept(value)
    ]
    return GateResult(
        status="failed" if broken else "passed", reason="; ".join(broken) or "all bounds are kept"
    )


def _too_thin(found: Assessment, measure: str) -> str | None:
    """Say of a measure that rests on too few rows, say recall where one row has the label, that it does."""
    rows, fewest = found.rows(measure), FEWEST_OF_A_LABEL if "." in measure else FEWEST
    return f"{measure} rests on {rows} rows, fewer than {fewest}" if rows < fewest else None
