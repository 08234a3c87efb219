"""The statistics in words that need no statistics: what both the page and the Markdown report say of them."""

from collections.abc import Mapping
from typing import NamedTuple

from polarity.comparison import AgainstGold, Estimate, Gap, Noise, Oracle, Slice, Summary
from polarity.report.wording import start
from polarity.statistics.enough import FOR_A_DIRECTION

SIGNIFICANT = 0.05


class Figure(NamedTuple):
    """A measure for a reader: its name, its value with interval, and what it means in one sentence."""

    name: str
    value: str
    meaning: str


ESTIMATES = {
    "agreement": ("Agreement", "The share of the compared messages with the same answer."),
    "kappa": (
        "Cohen's kappa",
        "Agreement beyond luck: 1 is perfect, 0 is what two guessers with the same habits would reach.",
    ),
    "kappa_linear": (
        "Cohen's kappa, linear",
        "The same over messages with two labels, where a near miss counts less than the opposite label.",
    ),
    "ac1": (
        "Gwet's AC1",
        "Agreement beyond luck again, but steady where nearly all messages are of one label.",
    ),
    "alpha": (
        "Krippendorff's alpha",
        "Agreement beyond luck as content analysts report it: from 0.80 on one relies on such labels.",
    ),
}


def estimates(summary: Summary) -> list[Figure]:
    """Say every coefficient of agreement."""
    return [
        Figure(name, interval_of(summary.estimates[key]), meaning)
        for key, (name, meaning) in ESTIMATES.items()
    ]


def interval_of(found: Estimate) -> str:
    """Spell a value with its 95 % interval, or why there is none.

    >>> interval_of(Estimate(n=9, value=0.5, low=0.25, high=0.75))
    '0.50 (0.25 to 0.75)'
    >>> interval_of(Estimate(n=0, undefined="nothing was compared"))
    'undefined: nothing was compared'
    """
    if found.value is None:
        return f"undefined: {found.undefined}"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def lean(summary: Summary, left: str, right: str) -> list[str]:
    """Say in which direction the two sides' labels differ, and whether that is more than luck.

    The tests are by chi-square, which is far from exact where few texts differ: of those nothing is said.
    """
    shifts = summary.model_disagreements - summary.opposite
    sentences = []
    if summary.model_disagreements:
        sentences.append(
            f"Of the model disagreements, {summary.opposite:,} are opposite labels and {shifts:,} are shifts "
            "to or from the middle."
        )
    if summary.model_disagreements < FOR_A_DIRECTION:
        return sentences
    if (p := summary.marginal_shift.p) is not None:
        habit = "lean to different labels" if p < SIGNIFICANT else "are not shown to lean to different labels"
        sentences.append(f"{start(left)} and {right} {habit} (Stuart-Maxwell, {p_value(p)}).")
    if (p := summary.asymmetry.p) is not None:
        way = "goes one way more than the other" if p < SIGNIFICANT else "is not shown to go one way"
        sentences.append(f"What divides their labels {way} (Bowker, {p_value(p)}).")
    return sentences


def p_value(p: float) -> str:
    """Spell a p.

    >>> p_value(0.0421), p_value(1e-9)
    ('p = 0.042', 'p < 0.001')
    """
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"  # noqa: PLR2004 - three digits


def worst_slices(summary: Summary) -> list[Slice]:
    """Give the slices in which the two differ more than elsewhere, beyond luck; the worst first."""
    if summary.disagreement is None:
        return []
    return [
        part
        for part in summary.slices
        if part.p is not None and part.p < SIGNIFICANT and part.disagreement.value > summary.disagreement
    ]


def differences(found: AgainstGold, names: Mapping[str, str]) -> list[str]:
    """Say who is right more often, by how much, and whether that is more than luck."""
    return [_difference(part, names[part.first], names[part.second]) for part in found.differences]


def _difference(part: Gap, first: str, second: str) -> str:
    gap = part.accuracy
    luck = "more than luck" if part.p < SIGNIFICANT else "no more than luck may bring"
    return (
        f"{start(first)} less {second}: {100 * gap.value:+.1f} points of accuracy ({100 * gap.low:+.1f} to "
        f"{100 * gap.high:+.1f}), {luck} (McNemar, {p_value(part.p)}: {part.only_first:,} right only here, "
        f"{part.only_second:,} only there). {_detectable(part)}"
    )


def _detectable(part: Gap) -> str:
    if part.detectable is None:
        return "So few messages could show no difference at all."
    points = f"{100 * part.detectable:.1f} points"
    return f"With so many messages that differ so often, {points} would be found four times of five."


def oracle(found: Oracle, left: str, right: str) -> list[tuple[str, int]]:
    """Say who was right, in five counts."""
    return [
        ("both are right", found.both_right),
        (f"only {left} is right", found.only_left),
        (f"only {right} is right", found.only_right),
        ("both are wrong, alike", found.wrong_alike),
        ("both are wrong, differently", found.wrong_differently),
    ]


def noise(found: Noise, right: str) -> str:
    """Say how much of the disagreement is one side's own mood."""
    itself, between, excess = (
        f"{100 * part.value:.1f} %" for part in (found.itself, found.between, found.excess)
    )
    return (
        f"Asked {found.askings} times, {right} differs from itself in {itself} of comparisons, and from "
        f"the other side in {between}. {excess} ({100 * found.excess.low:.1f} to "
        f"{100 * found.excess.high:.1f}) is disagreement that its own mood does not explain."
    )
