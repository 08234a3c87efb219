"""Is the agreement good enough? One judgement, which the headline, every format and the exit status share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from polarity.comparison import Summary
from polarity.gates import FEWEST, Bound, GateStatus, check_known, too_many_failures

DECISION = "decision"
OF_ALL = ("agreement", "disagreement", "opposite", "kappa", "kappa_linear", "ac1", "alpha")
OF_A_SIDE = ("unmapped",)
AGAINST_GOLD = ("accuracy", "macro_f1")
WORST_FIRST: tuple[GateStatus, ...] = ("inconclusive", "failed", "passed")


class Measure(NamedTuple):
    """A value and the number of texts it rests on; None where it is undefined."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One bound, what was found, and what follows."""

    bound: Bound
    found: Measure
    status: GateStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What all gates come to. `reason` says in one line why."""

    status: GateStatus
    reason: str
    gates: tuple[Gate, ...]


def measure_names(sides: Sequence[str]) -> list[str]:
    """List what a report can be gated on; `sides` are the backends' names, left and right.

    >>> measure_names(["bert", "llm"])[7:11]
    ['unmapped.bert', 'unmapped.llm', 'accuracy.bert', 'accuracy.llm']
    """
    unmapped = [f"{kind}.{side}" for kind in OF_A_SIDE for side in sides]
    graded = [f"{kind}.{who}" for kind in AGAINST_GOLD for who in (*sides, DECISION)]
    return [*OF_ALL, *unmapped, *graded]


def check_bounds(bounds: Sequence[Bound], sides: Sequence[str]) -> None:
    """Make sure that every bound is on one of the `measure_names` of two sides.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, measure_names(sides))


def measures(summary: Summary, sides: tuple[str, str]) -> dict[str, Measure]:
    """Gather every one of the `measure_names`."""
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

    Inconclusive, before anything else, where too little is known: nothing was compared, more than half
    of the texts got no answer from one side or both, or a bound is on a measure that is undefined or
    rests on fewer than 100 texts.

    >>> from polarity.comparison import summarise
    >>> judge(summarise([], ["NEGATIVE", "POSITIVE"]), [], ("bert", "llm")).reason
    'nothing was compared'
    """
    found = measures(summary, sides)
    gates = tuple(_gate(bound, found[bound.measure]) for bound in bounds)
    if too_many_failures(summary.n, summary.failures):
        failed = f"{summary.failures} of {summary.n} messages got no answer from one side or both"
        return Judgement(
            status="inconclusive", reason=failed if summary.n else "nothing was compared", gates=gates
        )
    return _together(gates)


def _gate(bound: Bound, found: Measure) -> Gate:
    name, value = bound.measure, found.value
    if value is None:
        return Gate(
            bound=bound, found=found, status="inconclusive", reason=f"{name} is undefined for these messages"
        )
    if found.n < FEWEST:
        few = f"{name} rests on {found.n} messages, fewer than {FEWEST}"
        return Gate(bound=bound, found=found, status="inconclusive", reason=few)
    kept = bound.is_kept(value)
    relation = "is within" if kept else f"is {bound.fails}"
    return Gate(
        bound=bound,
        found=found,
        status="passed" if kept else "failed",
        reason=f"{name} {value:.4f} {relation} {bound.value:.4f}",
    )


def _together(gates: Sequence[Gate]) -> Judgement:
    found = {gate.status for gate in gates}
    worst: GateStatus = next((status for status in WORST_FIRST if status in found), "passed")
    reasons = [gate.reason for gate in gates if gate.status == worst]
    return Judgement(status=worst, reason="; ".join(reasons) or "no gate was set", gates=tuple(gates))
