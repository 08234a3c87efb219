"""Gates: a measure held against a bound, and whether enough is known to hold it.

A gate passes, fails, or is inconclusive: where too little is known, nothing is shown either way.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from polarity.errors import SettingsError

FEWEST = 100  # texts to judge a share by: with fewer, its 95 % interval may be wider than 19 points
Side = Literal["under", "over"]
GateStatus = Literal["passed", "failed", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """Whether something is good enough, and why in one sentence."""

    status: GateStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A measure by name, the value it is held against, and the side on which it fails."""

    measure: str
    value: float
    fails: Side

    def is_kept(self, found: float) -> bool:
        """Say whether `found` is on the right side; the value itself is."""
        return found >= self.value if self.fails == "under" else found <= self.value


def parsed(text: str, fails: Side) -> Bound:
    """Read `METRIC=VALUE`.

    >>> parsed("accuracy=0.9", "under")
    Bound(measure='accuracy', value=0.9, fails='under')

    Raises:
        SettingsError: it has another form.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"--fail-{fails} {text!r} is not METRIC=VALUE")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SettingsError(f"--fail-{fails} {text!r} has no number behind the =")
    return Bound(name.strip(), number, fails)


def check_known(bounds: Sequence[Bound], known: Sequence[str]) -> None:
    """Make sure that every bound is on a measure there is: before any model is asked, not after.

    Raises:
        SettingsError: one is not; names those there are.
    """
    for bound in bounds:
        if bound.measure not in known:
            problem = f"no measure {bound.measure!r}; known: {', '.join(known)}"
            raise SettingsError(f"--fail-{bound.fails}: {problem}")


def too_many_failures(n: int, failed: int) -> bool:
    """Say whether too little is known to judge: there are no rows, or more than half of `n` failed.

    Every gate asks this first; a run for which it holds is inconclusive.

    >>> too_many_failures(0, 0), too_many_failures(10, 5), too_many_failures(10, 6)
    (True, False, True)
    """
    return not n or 2 * failed > n
