"""Gates on pass rates: `bert=0.8` on the whole suite, `llm.negation=0.7` on a part of it."""

from collections.abc import Iterator, Sequence

from polarity.checklist.findings import LEVELS, Findings, Part
from polarity.checklist.suite import Suite
from polarity.errors import SettingsError
from polarity.gates import FEWEST, Bound, GateResult, too_many_failures

# A test or a capability has fewer cases than the suite: as few as an evaluation wants of a single label.
FEWEST_OF_A_PART = 30


def check_bounds(bounds: Sequence[Bound], suite: Suite, sides: Sequence[str]) -> None:
    """Make sure that every bound is on a side and a part there are: before any model is asked.

    Raises:
        SettingsError: one is not; names those there are.
    """
    parts = list(dict.fromkeys(name_of(test) for name_of in LEVELS.values() for test in suite.tests))
    for bound in bounds:
        side, dot, part = bound.measure.partition(".")
        if side not in sides:
            raise SettingsError(f"--fail-under: nobody is {side!r}; known: {', '.join(sides)}")
        if dot and part not in parts:
            raise SettingsError(
                f"--fail-under: no kind, capability or test {part!r}; known: {', '.join(parts)}"
            )


def judge(found: Findings, bounds: Sequence[Bound]) -> GateResult:
    """Hold pass rates against bounds, all of which must be kept.

    Inconclusive, before anything else, where too little is known: a side that gave no answer in more
    than half of the cases, or a bound on fewer than 100 cases of the suite, or 30 of a part of it.
    """
    little = [*_silent(found), *_thin(found, bounds)]
    if little:
        return GateResult(status="inconclusive", reason="; ".join(little))
    broken = [
        f"{bound.measure} {value:.4f} is {bound.fails} {bound.value:.4f}"
        for bound in bounds
        if not bound.is_kept(value := _share(found, bound))
    ]
    return GateResult(
        status="failed" if broken else "passed", reason="; ".join(broken) or "all bounds are kept"
    )


def _silent(found: Findings) -> Iterator[str]:
    for side, rate in found.whole.rates.items():
        if too_many_failures(found.whole.n, rate.unanswered):
            yield f"{side} gave no answer in {rate.unanswered} of {found.whole.n} cases"


def _thin(found: Findings, bounds: Sequence[Bound]) -> Iterator[str]:
    for bound in bounds:
        part = _part(found, bound)
        fewest = FEWEST if part is found.whole else FEWEST_OF_A_PART
        if part.n < fewest:
            yield f"{bound.measure}: {part.n} cases are fewer than {fewest}"


def _share(found: Findings, bound: Bound) -> float:
    return _part(found, bound).rates[bound.measure.partition(".")[0]].share.value


def _part(found: Findings, bound: Bound) -> Part:
    name = bound.measure.partition(".")[2]
    return next(part for part in found.parts if part.name == name) if name else found.whole
