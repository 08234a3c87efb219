"""Gates on pass rates: `pass_rate.bert=0.8` on the whole suite, `pass_rate.llm.negation=0.7` on a part."""

from collections.abc import Sequence

from polarity.checklist.findings import LEVELS, Findings
from polarity.checklist.suite import Suite
from polarity.statistics.enough import FOR_A_GATE, FOR_A_PART, too_many_failures
from polarity.statistics.gates import Bound, Gate, Judgement, Measure, Measured, check_known, held, judged


def check_bounds(bounds: Sequence[Bound], suite: Suite, sides: Sequence[str]) -> None:
    """Make sure that every bound is on a side and a part there are, and a share: before any model is asked.

    A part is a kind, a capability or a test.

    Raises:
        SettingsError: one is not; names those there are.
    """
    parts = dict.fromkeys(name_of(test) for name_of in LEVELS.values() for test in suite.tests)
    check_known(bounds, [Measured("pass_rate", sides=tuple(sides), parts=tuple(parts))])


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
    _, side, *name = bound.measure.split(".")
    part = next(part for part in found.parts if [part.name] == name) if name else found.whole
    rate = part.rates[side]
    if too_many_failures(part.n, rate.unanswered):
        reason = f"{bound.measure}: {rate.unanswered:,} of {part.n:,} cases got no answer"
        return Gate(bound=bound, found=Measure(None, part.n), status="inconclusive", reason=reason)
    fewest = FOR_A_GATE if part is found.whole else FOR_A_PART
    return held(bound, Measure(rate.share.value, part.n, fewest), rows="cases")
