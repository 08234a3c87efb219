"""Findings in words, the same on a terminal and on every page."""

from collections.abc import Mapping

from polarity.checklist.findings import Findings, Level, Part, Rate
from polarity.checklist.judging import Said
from polarity.checklist.suite import Directional, Invariance, MinimumFunctionality, Test
from polarity.statistics.intervals import Interval

TITLES: Mapping[Level, str] = {
    "all": "All cases",
    "kind": "By kind",
    "capability": "By capability",
    "test": "Each test",
}


def headline(found: Findings) -> str:
    """Say it in one sentence: who passes what share of the cases."""
    shares = [f"{side} passes {rate.share.value:.1%}" for side, rate in found.whole.rates.items()]
    return f"Of {found.whole.n:,} cases, {', '.join(shares)}."


def caution(found: Findings) -> str:
    """Say what the figures do not."""
    known = "Intervals are 95 %, and of these templates only: they say nothing of what other people write."
    silent = [
        f"{side} gave no answer in {rate.unanswered:,} of {found.whole.n:,} cases, all counted as failed."
        for side, rate in found.whole.rates.items()
        if rate.unanswered
    ]
    return " ".join([known, *silent])


def share(rate: Rate) -> str:
    """Spell a pass rate with its interval.

    >>> share(Rate(passed=8, unanswered=0, share=Interval(0.8, 0.49, 0.943)))
    '0.800 (0.490 to 0.943)'
    """
    found = rate.share
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def points(difference: Interval) -> str:
    """Spell a difference of pass rates, in percentage points, with its interval.

    >>> points(Interval(-0.125, -0.2, 0.03125))
    '-12.5 (-20.0 to +3.1)'
    """
    return f"{100 * difference.value:+.1f} ({100 * difference.low:+.1f} to {100 * difference.high:+.1f})"


def header(found: Findings) -> list[str]:
    """Name the columns of a table of parts; see `row`."""
    backends = found.backends
    difference = [f"{backends[1]} less {backends[0]}, points"] if len(backends) > 1 else []
    return ["part", "cases", *found.sides, *difference]


def row(part: Part) -> list[str]:
    """Spell a part: its name, its cases, each side's pass rate and, of two backends, the difference."""
    difference = [points(part.difference)] if part.difference else []
    return [part.name, f"{part.n:,}", *map(share, part.rates.values()), *difference]


def answer(said: Said) -> str:
    """Spell what a side said of a text.

    >>> answer(Said("POSITIVE", confidence=0.912)), answer(Said("UNMAPPED", reason="negated"))
    ('POSITIVE 0.91', 'UNMAPPED (negated)')
    """
    if said.confidence is not None:
        return f"{said.category} {said.confidence:.2f}"
    return f"{said.category} ({said.reason})" if said.reason else said.category


def expected(test: Test) -> str:
    """Say what a test expects.

    >>> expected(Invariance(name="a", capability="b", kind="INV", about="c", pairs=[("d", "e")]))
    'the same label'
    """
    match test:
        case MinimumFunctionality(expect=labels):
            return " or ".join(labels)
        case Directional(expect=direction):
            tolerance = f" by over {direction.tolerance:g}" if direction.tolerance else ""
            return f"{direction.label} never {direction.never}{tolerance}"
        case Invariance():
            return "the same label"
