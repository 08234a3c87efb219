"""Is the agreement good enough? One judgement, which the headline, every format and the exit status share."""

from collections.abc import Iterator, Sequence

from polarity.comparison import Summary
from polarity.statistics.gates import (
    CORRELATION,
    SHARE,
    Bound,
    Judgement,
    Measure,
    Range,
    check_known,
    held,
    judged,
    too_many_failures,
)

DECISION = "decision"
SHARES = ("agreement", "disagreement", "opposite")
BEYOND_CHANCE = ("kappa", "kappa_linear", "ac1", "alpha")
OF_A_SIDE = ("unmapped",)
AGAINST_GOLD = ("accuracy", "macro_f1")


def measure_ranges(sides: Sequence[str]) -> dict[str, Range]:
    """List what a report can be gated on, each with its least and greatest value; `sides` are named.

    >>> list(measure_ranges(["bert", "llm"]))[7:11]
    ['unmapped.bert', 'unmapped.llm', 'accuracy.bert', 'accuracy.llm']
    """
    unmapped = [f"{kind}.{side}" for kind in OF_A_SIDE for side in sides]
    graded = [f"{kind}.{who}" for kind in AGAINST_GOLD for who in (*sides, *_deciding(sides))]
    beyond_chance = dict.fromkeys(BEYOND_CHANCE, CORRELATION)
    return dict.fromkeys(SHARES, SHARE) | beyond_chance | dict.fromkeys([*unmapped, *graded], SHARE)


def _deciding(sides: Sequence[str]) -> tuple[str, ...]:
    """Nobody decides but between BERT and the LLM."""
    return (DECISION,) if {*sides} == {"bert", "llm"} else ()


def check_bounds(bounds: Sequence[Bound], sides: Sequence[str]) -> None:
    """Make sure that every bound is on one of the measures of two sides, and within its range.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, measure_ranges(sides))


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
    failed = f"{summary.failures:,} of {summary.n:,} messages got no answer from one side or both"
    return failed if summary.n else "nothing was compared"
