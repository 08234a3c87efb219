"""Is the agreement good enough? `disagreement=0.1`, `accuracy.llm=0.85` and others, held against a summary.

One judgement, which the headline, every format and the exit status share.
"""

from collections.abc import Iterator, Sequence

from polarity.comparison import Summary
from polarity.statistics.counted import counted
from polarity.statistics.enough import too_many_failures
from polarity.statistics.gates import (
    CORRELATION,
    Bound,
    Judgement,
    Measure,
    Measured,
    check_known,
    held,
    judged,
)

DECISION = "decision"
SHARES = ("agreement", "disagreement", "opposite")
BEYOND_CHANCE = ("kappa", "kappa_linear", "ac1", "alpha")
OF_A_SIDE = ("unmapped",)
AGAINST_GOLD = ("accuracy", "macro_f1")


def measured(sides: Sequence[str], *, is_decided: bool) -> list[Measured]:
    """List what a report can be gated on; `sides` are named. Nobody decides but between BERT and the LLM.

    >>> [each.form for each in measured(["bert", "llm"], is_decided=True)][7:9]
    ['unmapped.(bert|llm)', 'accuracy.(bert|llm|decision)']
    """
    graded = (*sides, DECISION) if is_decided else tuple(sides)
    return [
        *(Measured(name) for name in SHARES),
        *(Measured(name, CORRELATION) for name in BEYOND_CHANCE),
        *(Measured(name, sides=tuple(sides)) for name in OF_A_SIDE),
        *(Measured(name, sides=graded) for name in AGAINST_GOLD),
    ]


def check_bounds(bounds: Sequence[Bound], sides: Sequence[str], *, is_decided: bool) -> None:
    """Make sure that every bound is on one of the measures of two sides, and within its range.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, measured(sides, is_decided=is_decided))


def measures(summary: Summary, sides: tuple[str, str]) -> dict[str, Measure]:
    """Gather every one of the measures."""
    n = summary.compared
    found = {name: Measure(estimate.value, estimate.n) for name, estimate in summary.estimates.items()}
    found["disagreement"] = Measure(summary.disagreement, n)
    found["opposite"] = Measure(summary.opposite / n if n else None, n)
    counts = (summary.left_unmapped, summary.right_unmapped)
    failures = (summary.left_failures, summary.right_failures)
    for side, unmapped, failed in zip(sides, counts, failures, strict=True):
        answered = summary.n - failed
        share = sum(unmapped.values()) / answered if answered else None
        found[f"unmapped.{side}"] = Measure(share, answered)
    return found | dict(_graded(summary, sides))


def _graded(summary: Summary, sides: tuple[str, str]) -> Iterator[tuple[str, Measure]]:
    names = dict(zip(("left", "right", DECISION), (*sides, DECISION), strict=True))
    for place, who in names.items():
        for kind in AGAINST_GOLD:
            graded = summary.gold and summary.gold.graded.get(place)
            value = getattr(graded, kind).value if graded else None
            yield f"{kind}.{who}", Measure(value, summary.gold.n if summary.gold else 0)


def judge(summary: Summary, bounds: Sequence[Bound], sides: tuple[str, str]) -> Judgement:
    """Hold a summary against bounds, all of which must be kept.

    Inconclusive, before anything else, where nothing was compared, or more than half of the texts got no
    answer from one side or both.

    >>> from polarity.comparison import summarise
    >>> judge(summarise([], ["NEGATIVE", "POSITIVE"]), [], ("bert", "llm")).reason
    'nothing was compared'
    """
    found = measures(summary, sides)
    gates = [held(bound, found[bound.measure], rows="messages") for bound in bounds]
    return judged(gates, _too_little(summary))


def _too_little(summary: Summary) -> str | None:
    if not too_many_failures(summary.n, summary.failures):
        return None
    failed = f"{summary.failures:,} of {counted(summary.n, 'messages')} got no answer from one side or both"
    return failed if summary.n else "nothing was compared"
