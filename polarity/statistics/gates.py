"""Gates: a measure held against a bound, and whether enough is known to hold it.

A gate passes, fails, or is inconclusive: where too little is known, nothing is shown either way.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from polarity.errors import SettingsError

FEWEST = 100  # texts to judge a share by: with fewer, its 95 % interval may be wider than 19 points
Side = Literal["under", "over"]
GateStatus = Literal["passed", "failed", "inconclusive"]
WORST_FIRST: tuple[GateStatus, ...] = ("failed", "inconclusive")
Range = tuple[float, float]
SHARE: Range = (0.0, 1.0)
CORRELATION: Range = (-1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Bound:
    """A measure by name, the value it is held against, and the side on which it fails."""

    measure: str
    value: float
    fails: Side

    def is_kept(self, found: float) -> bool:
        """Say whether `found` is on the right side; the value itself is."""
        return found >= self.value if self.fails == "under" else found <= self.value


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
    """What all gates come to. `reason` says in one line why.

    `too_little` says why nothing at all can be judged, whatever the gates found; None where something can.
    """

    status: GateStatus
    reason: str
    gates: tuple[Gate, ...] = ()
    too_little: str | None = None

    @property
    def sentence(self) -> str | None:
        """Say it to a reader; None where there was nothing to judge, and nothing that forbids to."""
        if not self.gates:
            return f"Inconclusive: {self.reason}." if self.status == "inconclusive" else None
        return f"Gate{'' if len(self.gates) == 1 else 's'} {self.status}: {self.reason}."

    def as_json(self) -> dict[str, Any]:
        """Give it, and each of its gates, as plain values."""
        gates = [
            {
                **asdict(gate.bound),
                "found": gate.found.value,
                "n": gate.found.n,
                "status": gate.status,
                "reason": gate.reason,
            }
            for gate in self.gates
        ]
        return {"status": self.status, "reason": self.reason, "gates": gates}


def parsed(text: str, fails: Side) -> Bound:
    """Read `METRIC=VALUE`.

    >>> parsed("accuracy=0.9", "under")
    Bound(measure='accuracy', value=0.9, fails='under')

    Raises:
        SettingsError: it has another form.
    """
    name, equals, value = text.rpartition("=")
    if not equals:
        raise SettingsError(f"--fail-{fails} {text!r} is not METRIC=VALUE")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SettingsError(f"--fail-{fails} {text!r} has no number behind the =")
    return Bound(name.strip(), number, fails)


def parsed_all(under: Iterable[str], over: Iterable[str]) -> list[Bound]:
    """Read what --fail-under and --fail-over were given.

    >>> [bound.fails for bound in parsed_all(["accuracy=0.9"], ["ece=0.1"])]
    ['under', 'over']

    Raises:
        SettingsError: one has another form than `METRIC=VALUE`.
    """
    return [*(parsed(text, "under") for text in under), *(parsed(text, "over") for text in over)]


def check_known(bounds: Sequence[Bound], known: Mapping[str, Range]) -> None:
    """Make sure that every bound is on a measure there is, and in its range: before any model is asked.

    `known` gives the least and the greatest value of each measure.

    Raises:
        SettingsError: one is not; names those there are.
    """
    for bound in bounds:
        option = f"--fail-{bound.fails}"
        if bound.measure not in known:
            raise SettingsError(f"{option}: no measure {bound.measure!r}; known: {', '.join(known)}")
        low, high = known[bound.measure]
        if not low <= bound.value <= high:
            between = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
            raise SettingsError(f"{option} {bound.measure}={bound.value:g}: {bound.measure} is {between}")


def held(bound: Bound, found: Measure, *, rows: str, fewest: int = FEWEST) -> Gate:
    """Hold what was found against a bound; `rows` is what `n` counts, as "messages".

    Inconclusive where it is undefined, or rests on fewer than `fewest` rows.

    >>> held(Bound("accuracy", 0.9, "under"), Measure(0.85, 200), rows="messages").reason
    'accuracy 0.8500 is under 0.9000'
    """
    name, value = bound.measure, found.value
    status: GateStatus = "inconclusive"
    if value is None:
        reason = f"{name} is undefined for these {rows}"
    elif found.n < fewest:
        reason = f"{name} rests on {found.n:,} {rows}, fewer than {fewest}"
    else:
        kept = bound.is_kept(value)
        status = "passed" if kept else "failed"
        reason = f"{name} {value:.4f} is {'within' if kept else bound.fails} {bound.value:.4f}"
    return Gate(bound=bound, found=found, status=status, reason=reason)


def judged(gates: Sequence[Gate], too_little: str | None = None) -> Judgement:
    """Put gates together, all of which must be kept.

    `too_little` goes before everything: where it says that nothing can be judged, nothing is. Then one
    failed gate is a failure, whatever else is not known; what is not known passes nothing. The reason
    names every gate that did not pass, or, where all did, each of them.
    """
    if too_little:
        return Judgement(status="inconclusive", reason=too_little, gates=tuple(gates), too_little=too_little)
    found = {gate.status for gate in gates}
    status: GateStatus = next((worst for worst in WORST_FIRST if worst in found), "passed")
    open_ones = [gate.reason for worst in WORST_FIRST for gate in gates if gate.status == worst]
    kept = [gate.reason for gate in gates if gate.status == "passed"]
    return Judgement(
        status=status, reason="; ".join(open_ones or kept) or "no gate was set", gates=tuple(gates)
    )


def too_many_failures(n: int, failed: int) -> bool:
    """Say whether too little is known to judge: there are no rows, or more than half of `n` failed.

    Every gate asks this first; a run for which it holds is inconclusive.

    >>> too_many_failures(0, 0), too_many_failures(10, 5), too_many_failures(10, 6)
    (True, False, True)
    """
    return not n or 2 * failed > n
