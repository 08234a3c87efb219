"""What ways of asking are worth as a page, in each format, and as tables for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from polarity.pages.page import Page
from polarity.pages.tables import Sheet
from polarity.statistics.gates import Judgement
from polarity.statistics.intervals import Interval
from polarity.tuning.prompt_worth import FORMS, Calibrated, Flips, PromptWorth, Spread

SPEED = "Texts a second while nobody else asks are for orientation."
CALIBRATED = "Behind a calibration stand accuracy and macro-F1 after it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """On what it was tried, and when: `sample` rows of each file, None for all, `calibrate` others."""

    files: Sequence[str]
    created: datetime
    sample: int | None
    calibrate: int
    seed: int

    @property
    def sentence(self) -> str:
        """Say it to a reader."""
        rows = "all rows" if self.sample is None else f"{self.sample:,} rows a file, seed {self.seed}"
        others = f"{self.calibrate:,} others to calibrate by"
        when = f"{', '.join(self.files)}, {self.created:%Y-%m-%d %H:%M %Z}"
        return f"{when}; {rows}, {others}; polarity {version('polarity')}."

    @property
    def drawn(self) -> dict[str, int | None]:
        """What the rows depend on besides the files."""
        return {"sample": self.sample, "calibrate": self.calibrate, "seed": self.seed}

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        made = {"created": self.created.isoformat(), "version": version("polarity")}
        return {"files": list(self.files), **self.drawn, **made}


def prompt_page(
    measured: Sequence[PromptWorth],
    spreads: Sequence[Spread],
    flips: Sequence[Flips],
    tried: Tried,
    judgement: Judgement,
) -> Page:
    """Put what was measured on a page."""
    best = max(measured, key=lambda row: row.accuracy.value)
    return Page(
        kind="Prompts tried",
        about=", ".join(tried.files),
        headline=f"{best.asked} is right on {best.accuracy.value:.1%} of {best.n:,} texts of {best.data}.",
        origin=tried.sentence,
        version=version("polarity"),
        judgement=judgement.sentence,
        data={
            "about": tried.as_json(),
            "judgement": judgement.as_json(),
            "measured": [row.as_json() for row in measured],
            "spreads": [row.as_json() for row in spreads],
            "flips": [row.as_json() for row in flips],
        },
        sheets=prompt_sheets(measured, spreads, flips),
    )


def prompt_sheets(
    measured: Sequence[PromptWorth], spreads: Sequence[Spread], flips: Sequence[Flips]
) -> list[Sheet]:
    """Give the ways of asking, how far apart they are, and what the order does; what is empty is left out."""
    sheets = [
        _ways(measured),
        Sheet(
            "Spread over the ways of asking",
            ("file", "best", "worst", "spread"),
            [(row.data, str(row.best), str(row.worst), f"{row.difference:.4f}") for row in spreads],
            note="The best accuracy less the worst, without a calibration.",
        ),
        Sheet(
            "Examples in the reverse order",
            ("what is asked", "file", "n", "labels that flip (95 %)"),
            [(str(row.asked), row.data, f"{row.n:,}", _interval(row.share)) for row in flips],
        ),
    ]
    return [sheet for sheet in sheets if sheet.rows]


def _ways(measured: Sequence[PromptWorth]) -> Sheet:
    forms = [form for form in FORMS if any(row.after(form) for row in measured)]
    header = (
        "what is asked",
        "file",
        "n",
        "accuracy (95 %)",
        "macro-F1",
        "two-class",
        "verdicts",
        "coverage",
        "label bias",
        "prompt tokens",
        "texts/s",
        *forms,
    )
    rows = [(*_cells(row), *(_after(row.after(form)) for form in forms)) for row in measured]
    return Sheet("Ways of asking", header, rows, note=f"{SPEED} {CALIBRATED}" if forms else SPEED)


def _cells(row: PromptWorth) -> tuple[str, ...]:
    return (
        str(row.asked),
        row.data,
        f"{row.n:,}",
        _interval(row.accuracy),
        f"{row.macro_f1:.4f}",
        _or_dash(row.two_class_accuracy, ".4f"),
        f"{row.verdict_rate:.1%}",
        _or_dash(row.coverage, ".3f"),
        f"{row.label_bias.label} {row.label_bias.difference:+.3f}",
        _or_dash(row.prompt_tokens, ",.0f"),
        _or_dash(row.texts_per_s, ",.2f"),
    )


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _after(found: Calibrated | None) -> str:
    return f"{found.accuracy:.4f} / {found.macro_f1:.4f}" if found else "-"


def _interval(found: Interval) -> str:
    return f"{found.value:.4f} ({found.low:.4f} to {found.high:.4f})"
