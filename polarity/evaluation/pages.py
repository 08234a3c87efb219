"""An assessment as a page, in each format."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from polarity.evaluation.assessment import Assessment, Mistake, Slice
from polarity.pages.page import WRITERS, Page, Provenance
from polarity.pages.tables import Sheet
from polarity.pages.writing import write_outputs
from polarity.statistics.counted import counted
from polarity.statistics.gates import Judgement
from polarity.statistics.intervals import Interval

LEFT_OUT = 20  # reasons that are listed; JSON has more
NAMES = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "two_class_accuracy": "Two-class accuracy",
    "verdict_rate": "Share with a label",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About(Provenance):
    """What was evaluated: the data's name, the backend, BERT's checkpoint; what the gates came to."""

    source: str
    backend: str
    checkpoint: str
    judgement: Judgement

    def as_json(self) -> dict[str, Any]:
        """Give all but the judgement as plain values."""
        return {
            "source": self.source,
            "backend": self.backend,
            "checkpoint": self.checkpoint,
            **self.made_by(),
        }


def write_assessment(paths: Sequence[Path], found: Assessment, about: About) -> None:
    """Write an assessment as `.html`, `.json` or `.md`: all files whole, or none.

    Raises:
        RecordError: a suffix is unknown or a file cannot be written.
    """
    write_outputs(paths, WRITERS, assessment_page(found, about))


def assessment_page(found: Assessment, about: About) -> Page:
    """Put an assessment on a page."""
    return Page(
        kind="Evaluation",
        about=about.source,
        headline=assessment_headline(found),
        origin=about.sentence(about.source, f"backend {about.backend}, {about.checkpoint}"),
        version=about.version,
        judgement=about.judgement.sentence,
        data={"about": about.as_json(), "judgement": about.judgement.as_json(), **found.as_json()},
        sheets=assessment_sheets(found),
        draw=partial(_pictures, found),
    )


def _pictures(found: Assessment) -> dict[str, str]:
    from polarity.pages.charts import intervals_chart, reliability_chart

    return {
        "How often a label is right": intervals_chart(
            {name: _of(found.intervals[key]) for key, name in NAMES.items() if key in found.intervals},
            title="Measures with 95 % intervals",
            x="share",
        ),
        "By length": _slices_picture(found.by_length, "Accuracy by length of the text"),
        "By confidence": _slices_picture(found.by_confidence, "Accuracy by confidence"),
        "Calibration": reliability_chart(
            {"measured": [(part.confidence, part.accuracy) for part in found.bins]},
            title="Is a label right as often as its confidence says?",
        ),
    }


def _slices_picture(slices: Sequence[Slice], title: str) -> str:
    from polarity.pages.charts import intervals_chart

    return intervals_chart(
        {f"{part.name} ({part.n:,})": _of(part.accuracy) for part in slices}, title=title, x="accuracy"
    )


def _of(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def assessment_headline(found: Assessment) -> str:
    """Say in a sentence how often the labels are right."""
    accuracy = found.intervals.get("accuracy")
    if accuracy is None:
        return "There was nothing to evaluate."
    return (
        f"{accuracy.value:.1%} of {counted(found.evaluation.n, 'rows')} got the right label "
        f"(95 %: {accuracy.low:.1%} to {accuracy.high:.1%})."
    )


def assessment_sheets(found: Assessment) -> list[Sheet]:
    """Give what was measured as tables, those without rows left out."""
    evaluation = found.evaluation
    sheets = [
        Sheet("Measures", ("measure", "value", "95 %"), _measures(found)),
        Sheet("Each label", ("label", "precision", "recall", "F1", "support"), _labels(found)),
        Sheet(
            "Confusion",
            ("gold \\ predicted", *evaluation.predicted),
            [
                (label, *map(str, counts))
                for label, counts in zip(evaluation.labels, evaluation.confusion, strict=True)
            ],
        ),
        _slices_table("By length", found.by_length),
        _slices_table("By confidence", found.by_confidence),
        Sheet("Decided by", ("by", "rows"), [(by, f"{n:,}") for by, n in evaluation.decided_by.items()]),
        Sheet(
            "The worst mistakes",
            ("id", "text", "gold", "predicted", "confidence"),
            [_mistake(row) for row in found.mistakes],
            foreign=("id", "text"),
            note="Wrong labels, the surest first.",
        ),
        Sheet(
            f"Rows that were left out: {found.left_out.rows:,}",
            ("reason", "rows", "first at"),
            [(why.problem, f"{why.rows:,}", why.first) for why in found.left_out.reasons[:LEFT_OUT]],
            foreign=("reason", "first at"),
            note="Rows that could not be read, or have no gold label. They are in none of the figures.",
        ),
    ]
    return [sheet for sheet in sheets if sheet.rows]


def _measures(found: Assessment) -> list[tuple[str, str, str]]:
    rows = [
        (name, f"{interval.value:.4f}", f"{interval.low:.4f} to {interval.high:.4f}")
        for key, name in NAMES.items()
        if (interval := found.intervals.get(key))
    ]
    if found.calibration:
        n = f"over {found.calibration.n:,} rows with scores"
        rows += [
            ("Calibration error (ECE)", f"{found.calibration.ece:.4f}", n),
            ("Brier score", f"{found.calibration.brier:.4f}", n),
            ("Negative log-likelihood", f"{found.calibration.nll:.4f}", n),
        ]
    return rows


def _labels(found: Assessment) -> list[tuple[str, ...]]:
    rows = []
    for label, scores in found.evaluation.labels.items():
        cells = [_cell(found.intervals.get(f"{kind}.{label}")) for kind in ("precision", "recall", "f1")]
        rows.append((label, *cells, f"{scores.support:,}"))
    return rows


def _cell(interval: Interval | None) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})" if interval else "undefined"


def _mistake(row: Mistake) -> tuple[str, ...]:
    confidence = "-" if row.confidence is None else f"{row.confidence:.3f}"
    return row.id, row.text, row.gold, row.predicted, confidence


def _slices_table(title: str, slices: Sequence[Slice]) -> Sheet:
    rows = [(part.name, f"{part.n:,}", _cell(part.accuracy)) for part in slices]
    return Sheet(title, ("slice", "rows", "accuracy"), rows)
