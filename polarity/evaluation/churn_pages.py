"""One checkpoint after another as a page, in each format, and as tables for a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from polarity.evaluation.churn import Accuracy, Churn, Flip
from polarity.pages.page import Page, Provenance
from polarity.pages.tables import Sheet
from polarity.statistics.counted import counted
from polarity.statistics.gates import Judgement

FLIPS = 20  # listed, the surest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Provenance):
    """What was compared: the data's name, the old and the new checkpoint; what the gates came to."""

    source: str
    old: str
    new: str
    judgement: Judgement

    def as_json(self) -> dict[str, Any]:
        """Give all but the judgement as plain values."""
        return {
            "source": self.source,
            "old": self.old,
            "new": self.new,
            **self.made_by(),
        }


def churn_page(found: Churn, about: Compared, *, flips: int) -> Page:
    """Put what changed on a page, with the `flips` surest flips; its JSON has all of them."""
    return Page(
        kind="Checkpoints compared",
        about=about.source,
        headline=_headline(found),
        origin=about.sentence(about.source, f"{about.old} before, {about.new} after"),
        version=about.version,
        judgement=about.judgement.sentence,
        data={"about": about.as_json(), "judgement": about.judgement.as_json(), **found.as_json()},
        sheets=churn_sheets(found, flips=flips),
    )


def churn_sheets(found: Churn, *, flips: int) -> list[Sheet]:
    """Give the figures, the directions and the `flips` surest flips as tables; what is empty is left out."""
    sheets = [
        Sheet("Old against new", ("what", "value"), list(_figures(found))),
        Sheet(
            "Directions",
            ("old", "new", "texts"),
            [(old, new, f"{n:,}") for (old, new), n in found.directions.items()],
        ),
        Sheet(
            "The surest flips",
            ("id", "text", "gold", "old", "new"),
            [_flip(flip) for flip in found.flips[:flips]],
            foreign=("id", "text"),
        ),
    ]
    return [sheet for sheet in sheets if sheet.rows]


def _headline(found: Churn) -> str:
    if found.churn is None:
        return "There was nothing to compare."
    share, accuracy = found.churn, found.accuracy
    within = f"(95 %: {share.low:.1%} to {share.high:.1%})"
    changed = f"{share.value:.1%} of {counted(found.n, 'labels')} change {within}"
    if accuracy is None:
        return f"{changed}."
    return f"{changed}; accuracy goes from {accuracy.old:.1%} to {accuracy.new:.1%}."


def _figures(found: Churn) -> Iterator[tuple[str, str]]:
    share = found.churn
    yield "texts", f"{found.n:,}"
    yield (
        "labels that change",
        f"{share.value:.2%} ({share.low:.2%} to {share.high:.2%})" if share else "undefined",
    )
    if found.failures:
        yield "texts without a label", f"{found.failures:,}"
    for side, problem in found.collapsed.items():
        yield f"the {side} one has collapsed", f"it {problem}"
    if found.accuracy:
        yield from _accuracy(found.accuracy)


def _accuracy(found: Accuracy) -> Iterator[tuple[str, str]]:
    change = found.difference
    yield "texts with gold", f"{found.n:,}"
    yield "accuracy", f"{found.old:.4f} -> {found.new:.4f}"
    yield "difference (95 %)", f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f})"
    yield "fixed and broken", f"{found.fixed:,} and {found.broken:,}"
    yield "McNemar's p", f"{found.p:.4f}"


def _flip(flip: Flip) -> tuple[str, ...]:
    return flip.id, flip.text, flip.gold or "", flip.old, flip.new
