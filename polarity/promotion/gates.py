"""Gates on shadow pairs: shown to be kept, shown to be broken, or not yet shown either way.

A gate passes where its measure is shown to be on the right side of its bound at the level, and fails where it
is shown to be on the wrong side. Both hold however often one looks (`statistics.betting`). All gates must
pass, and each does at the full level: that one which is broken passes with the others is no likelier (Berger
1982, "Multiparameter hypothesis testing and acceptance sampling"). One that fails is enough, so each may only
at its share of the level (Bonferroni).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from polarity.comparison.pairs import FAILED
from polarity.errors import SettingsError
from polarity.promotion.measures import Found, measure
from polarity.promotion.pairs import Tally
from polarity.settings.pair_measures import measured
from polarity.statistics import gates
from polarity.statistics.betting import LEVEL
from polarity.statistics.cost import money
from polarity.statistics.enough import FOR_A_GATE, FOR_A_PART, too_many_failures
from polarity.statistics.gates import Bound, Gate, GateStatus, Judgement, judged, ranges_of

OF_A_PART = ("accuracy", "accuracy_drop", "macro_f1", "churn", "excess")  # rows of these are dear


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGate(Gate):
    """A gate on shadow pairs. `rows` says what was counted; `low` and `high` hold the true value.

    `more` is how many more such rows would show it, if they are as those that were seen; None where it is
    shown, or where that cannot be told.
    """

    rows: str
    low: float | None
    high: float | None
    more: int | None


def check_bounds(bounds: Sequence[Bound], labels: Sequence[str]) -> None:
    """Make sure that every bound is on a measure of pairs, in its range, and can be shown to be kept.

    Raises:
        SettingsError: there is none, or one is not.
    """
    if not bounds:
        raise SettingsError(
            "no gate is declared: name some in [promotion] of the settings, as "
            'fail_under = ["agreement=0.85"] and fail_over = ["failures.candidate=0.02"], '
            "or by --fail-under and --fail-over"
        )
    known = measured(labels)
    gates.check_known(bounds, known)
    ranges = ranges_of(known)
    for bound in bounds:
        low, high = ranges[bound.measure]
        if bound.value == (high if bound.fails == "under" else low):
            raise SettingsError(
                f"--fail-{bound.fails} {bound.measure}={bound.value:g}: no number of pairs can show that "
                "nothing is ever otherwise; name a bound that leaves room"
            )
        if bound.value == (low if bound.fails == "under" else high):
            raise SettingsError(
                f"--fail-{bound.fails} {bound.measure}={bound.value:g}: nothing could ever break it; name a "
                "bound that leaves room"
            )


def judge(tally: Tally, bounds: Sequence[Bound], *, level: float = LEVEL) -> Judgement:
    """Hold pairs against bounds, all of which must be kept: each is a `ShownGate`.

    Inconclusive, before anything else, where there are no pairs, or where one side or the other gave no
    answer to more than half of the texts.
    """
    found = tuple(_held(tally, bound, level, len(bounds)) for bound in bounds)
    failed = sum(n for said, n in tally.answers.items() if FAILED in said)
    if not tally.texts:
        return judged(found, "there are no pairs")
    if too_many_failures(tally.texts, failed):
        return judged(found, f"{failed:,} of {tally.texts:,} texts got no answer from one side or both")
    return judged(found)


def _held(tally: Tally, bound: Bound, level: float, gates_in_all: int) -> ShownGate:
    found = measure(tally, bound.measure)
    good = bound.fails == "under"
    fewest = FOR_A_PART if bound.measure.partition(".")[0] in OF_A_PART else FOR_A_GATE
    status: GateStatus = "inconclusive"
    if found.found.n >= fewest:
        if found.is_shown(bound.value, level / gates_in_all, above=not good):
            status = "failed"
        elif found.is_shown(bound.value, level, above=good):
            status = "passed"
    more = None
    if status == "inconclusive" and found.found.value is not None:
        kept = bound.is_kept(found.found.value)
        share = level if kept else level / gates_in_all
        more = found.more(bound.value, share, above=good == kept)
        more = None if more is None else max(more, fewest - found.found.n)
    return ShownGate(
        bound=bound,
        found=gates.Measure(found.found.value, found.found.n, fewest),
        status=status,
        reason=_reason(bound, found.found, status, more),
        rows=found.found.rows,
        low=found.found.low,
        high=found.found.high,
        more=more,
    )


def _reason(bound: Bound, found: Found, status: GateStatus, more: int | None) -> str:
    name = bound.measure
    if found.value is None:
        return f"{name} is undefined: there are no {found.rows}"
    limit = shown(name, bound.value)
    seen = f"{name} is {shown(name, found.value)} over {found.n:,} {found.rows}"
    if status == "inconclusive":
        how_many = (
            "too near to say how many more it takes" if more is None else f"about {more:,} more would show it"
        )
        return f"{seen}: on which side of {limit} is not shown yet, {how_many}"
    side = ("at least" if bound.fails == "under" else "at most") if status == "passed" else bound.fails
    return f"{seen}: shown to be {side} {limit}"


def shown(name: str, value: float) -> str:
    """Spell a measure's value, by its name.

    >>> shown("agreement", 0.9), shown("latency_p95.candidate", 1234.5), shown("cost_thousand.primary", 0.25)
    ('0.9000', '1,234 ms', '0.25')
    """
    word = name.partition(".")[0]
    if word == "latency_p95":
        return f"{value:,.0f} ms"
    return money(value) if word == "cost_thousand" else f"{value:.4f}"
