"""Gates on pass rates: `bert=0.8` on the whole suite, `llm.negation=0.7` on a part of it."""

from collections.abc import Sequence

from polarity.checklist.findings import LEVELS, Findings
from polarity.checklist.suite import Suite
from polarity.errors import SettingsError
from polarity.statistics.gates import (
    FEWEST,
    SHARE,
    Bound,
    Gate,
    Judgement,
    Measure,
    check_known,
    held,
    judged,
    too_many_failures,
)

# A test or a capability has fewer cases than the suite: as few as an evaluation wants of a single label.
FEWEST_OF_A_PART = 30


def check_bounds(bounds: Sequence[Bound], suite: Suite, sides: Sequence[str]) -> None:
    """Make sure that every bound is on a side and a part there are, and a share: before any model is asked.

    Raises:
        SettingsError: one is not; names those there are.
    """
    parts = list(dict.fromkeys(name_of(test) for name_of in LEVELS.values() for test in suite.tests))
    for bound in bounds:
        side, dot, part = bound.measure.partition(".")
        option = f"--fail-{bound.fails}"
        if side not in sides:
            raise SettingsError(f"{option}: nobody is {side!r}; known: {', '.join(sides)}")
        if dot and part not in parts:
            raise SettingsError(f"{option}: no kind, capability or test {part!r}; known: {', '.join(parts)}")
    check_known(bounds, {bound.measure: SHARE for bound in bounds})


def judge(found: Findings, bounds: Sequence[Bound]) -> Judgement:
    """Hold pass rates against bounds, all of which must be kept.

    Inconclusive, before anything else, where a side gave no answer in more than half of the cases. A
    bound is inconclusive on fewer than 100 cases of the suite, or 30 of a part of it, and where its side
    gave no answer in more than half of that part.
    """
    silent = [
        f"{side} gave no answer in {rate.unanswered:,} of {found.whole.n:,} cases"
        for side, rate in found.whole.rates.items()
        if too_many_failures(found.whole.n, rate.unanswered)
    ]
    return judged([_gate(found, bound) for bound in bounds], "; ".join(silent) or None)


def _gate(found: Findings, bound: Bound) -> Gate:
    side, _, name = bound.measure.partition(".")
    part = next(part for part in found.parts if part.name == name) if name else found.whole
    rate = part.rates[side]
    if too_many_failures(part.n, rate.unanswered):
        reason = f"{bound.measure}: {rate.unanswered:,} of {part.n:,} cases got no answer"
        return Gate(bound=bound, found=Measure(None, part.n), status="inconclusive", reason=reason)
    fewest = FEWEST if part is found.whole else FEWEST_OF_A_PART
    return held(bound, Measure(rate.share.value, part.n), rows="cases", fewest=fewest)
