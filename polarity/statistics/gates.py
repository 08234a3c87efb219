"""Gates: a measure held against a bound, and whether enough is known to hold it.

Every command spells them alike: `--fail-under` or `--fail-over` with `MEASURE[.SIDE][.PART]=VALUE`. A
side is who or what is measured, where there are several: a backend, the decision, the old checkpoint. A
part is a label, a capability, a data file. Which there are, each room says in its own `gates`.

A gate passes, fails, or is inconclusive: where too little is known, nothing is shown either way.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from polarity.errors import SettingsError
from polarity.statistics.counted import counted
from polarity.statistics.enough import FOR_A_GATE

FORM = "MEASURE[.SIDE][.PART]=VALUE"
Fails = Literal["under", "over"]
GateStatus = Literal["passed", "failed", "inconclusive"]
WORST_FIRST: tuple[GateStatus, ...] = ("failed", "inconclusive")
Range = tuple[float, float]
SHARE: Range = (0.0, 1.0)
CORRELATION: Range = (-1.0, 1.0)
DIFFERENCE: Range = (-1.0, 1.0)  # of two shares
CALIBRATION: Mapping[str, Range] = {"ece": SHARE, "brier": (0.0, 2.0), "nll": (0.0, math.inf)}


@dataclass(frozen=True, slots=True)
class Measured:
    """What can be gated on: a measure by name, its least and greatest value, of whom and of what.

    Where there are `sides`, one must be named. One of the `parts` may be; it must, where the measure is
    not also one of the `whole`.
    """

    name: str
    range: Range = SHARE
    sides: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    whole: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Spell every measure of this name.

        >>> Measured("pass_rate", sides=("bert", "llm"), parts=("negation",)).names
        ('pass_rate.bert', 'pass_rate.bert.negation', 'pass_rate.llm', 'pass_rate.llm.negation')
        """
        return tuple(map(".".join, self.spelled))

    @property
    def spelled(self) -> tuple[tuple[str, ...], ...]:
        """Give each name as its one to three words, which may hold dots themselves."""
        heads: Sequence[tuple[str, ...]] = [(side,) for side in self.sides] or [()]
        tails = [*([()] if self.whole else []), *((part,) for part in self.parts)]
        return tuple((self.name, *head, *tail) for head in heads for tail in tails)

    @property
    def form(self) -> str:
        """Spell all of them at once.

        >>> Measured("pass_rate", sides=("bert", "llm"), parts=("negation", "names")).form
        'pass_rate.(bert|llm)[.(negation|names)]'
        """
        sides, parts = (f".({'|'.join(names)})" if names else "" for names in (self.sides, self.parts))
        return f"{self.name}{sides}{f'[{parts}]' if parts and self.whole else parts}"


@dataclass(frozen=True, slots=True)
class Bound:
    """A measure by its dotted name, the value it is held against, and where it fails: under or over it."""

    measure: str
    value: float
    fails: Fails

    def is_kept(self, found: float) -> bool:
        """Say whether `found` is on the right side; the value itself is."""
        return found >= self.value if self.fails == "under" else found <= self.value


class Measure(NamedTuple):
    """A value, None where it is undefined, and the number of rows it rests on.

    With fewer rows than `fewest` it says nothing.
    """

    value: float | None
    n: int
    fewest: int = FOR_A_GATE


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


def parsed(text: str, fails: Fails) -> Bound:
    """Read `MEASURE[.SIDE][.PART]=VALUE`.

    >>> parsed("accuracy=0.9", "under")
    Bound(measure='accuracy', value=0.9, fails='under')

    Raises:
        SettingsError: it has another form.
    """
    name, equals, value = text.rpartition("=")
    if not equals:
        raise SettingsError(f"--fail-{fails} {text!r} is not {FORM}")
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
        SettingsError: one has another form than `MEASURE[.SIDE][.PART]=VALUE`.
    """
    return [*(parsed(text, "under") for text in under), *(parsed(text, "over") for text in over)]


def ranges_of(measured: Iterable[Measured]) -> dict[str, Range]:
    """Give every dotted name with its least and greatest value.

    >>> ranges_of([Measured("kappa", CORRELATION), Measured("f1", parts=("POSITIVE",), whole=False)])
    {'kappa': (-1.0, 1.0), 'f1.POSITIVE': (0.0, 1.0)}
    """
    return {name: each.range for each in measured for name in each.names}


def check_known(bounds: Sequence[Bound], measured: Sequence[Measured]) -> None:
    """Make sure that every bound is on a measure there is, and in its range: before any model is asked.

    Raises:
        SettingsError: one is not; names those there are, or the one that was meant.
    """
    known = ranges_of(measured)
    for bound in bounds:
        option = f"--fail-{bound.fails}"
        if bound.measure not in known:
            raise SettingsError(f"{option}: no measure {bound.measure!r}; {_meant(bound.measure, measured)}")
        low, high = known[bound.measure]
        if not low <= bound.value <= high:
            between = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
            raise SettingsError(f"{option} {bound.measure}={bound.value:g}: {bound.measure} is {between}")


def _meant(name: str, measured: Sequence[Measured]) -> str:
    """Name the measures with all words of a name that there is not, in whatever order; or else all."""
    words = set(name.split("."))
    spelled = [known for each in measured for known in each.spelled]
    close = [known for known in spelled if words <= set(".".join(known).split("."))]
    if close:
        shortest = min(map(len, close))
        return f"it is {' or '.join('.'.join(known) for known in close if len(known) == shortest)}"
    alike = [each for each in measured if each.name == name.partition(".")[0]]
    return f"known: {', '.join(each.form for each in alike or measured)}"


def held(bound: Bound, found: Measure, *, rows: str) -> Gate:
    """Hold what was found against a bound; `rows` is what `n` counts, as "messages".

    Inconclusive where it is undefined, or rests on too few rows.

    >>> held(Bound("accuracy", 0.9, "under"), Measure(0.85, 200), rows="messages").reason
    'accuracy 0.8500 is under 0.9000'
    """
    name, value = bound.measure, found.value
    status: GateStatus = "inconclusive"
    if value is None:
        reason = f"{name} is undefined for these {rows}"
    elif found.n < found.fewest:
        reason = f"{name} rests on {counted(found.n, rows)}, fewer than {found.fewest}"
    else:
        kept = bound.is_kept(value)
        status = "passed" if kept else "failed"
        said, at = _apart(value, bound.value)
        reason = f"{name} {said} is {'within' if kept else bound.fails} {at}"
    return Gate(bound=bound, found=found, status=status, reason=reason)


def _apart(value: float, bound: float) -> tuple[str, str]:
    """Write both with four digits, or, of up to eight, as many as show the bound, and on which side one is.

    >>> _apart(0.85, 0.9), _apart(-0.00001, 0.01), _apart(0.04541, 0.0454)
    (('0.8500', '0.9000'), ('0.0000', '0.0100'), ('0.04541', '0.04540'))
    """
    for digits in range(4, 9):
        said, at = f"{value:z.{digits}f}", f"{bound:z.{digits}f}"
        if float(at) == bound and (said != at or value == bound):
            return said, at
    return f"{value:z.4f}", f"{bound:z.4f}"


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
