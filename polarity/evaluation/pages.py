"""An assessment as a page: HTML with pictures for people, Markdown for a pull request, JSON for machines.

Texts and names come from outside and are escaped; the page needs nothing from the network and forbids
itself scripts. The pictures are our own SVG.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from polarity.errors import RecordError
from polarity.evaluation.assessment import Assessment, Slice
from polarity.pages.charts import intervals_chart, reliability_chart
from polarity.pages.markdown import escaped, quoted, table
from polarity.records import replacing
from polarity.statistics.gates import Judgement
from polarity.statistics.intervals import Interval
from polarity.types import ContractRef

NAMES = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "two_class_accuracy": "Two-class accuracy",
    "verdict_rate": "Share with a label",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What was evaluated: the data's name, the backend, BERT's checkpoint, the contract, when, by what.

    `judgement` is what the gates came to.
    """

    source: str
    backend: str
    checkpoint: str
    contract: ContractRef
    created: datetime
    version: str
    judgement: Judgement

    def as_json(self) -> dict[str, Any]:
        """Give all but the judgement as plain values."""
        return {
            "source": self.source,
            "backend": self.backend,
            "checkpoint": self.checkpoint,
            "contract": self.contract._asdict(),
            "created": self.created.isoformat(),
            "version": self.version,
        }


class _Table(NamedTuple):
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def check_suffix(path: Path) -> None:
    """Make sure that an assessment can be written as `path`: before any model is asked, not after.

    Raises:
        RecordError: no format has this suffix; names those that are known.
    """
    if path.suffix.lower() not in WRITERS:
        raise RecordError(f"unknown suffix {path.suffix!r}; known: {', '.join(WRITERS)}", path=path)


def write_assessment(path: Path, found: Assessment, about: About) -> None:
    """Write an assessment as `.html`, `.json` or `.md`: whole, or not at all.

    Raises:
        RecordError: the suffix is unknown or the file cannot be written.
    """
    check_suffix(path)
    with replacing(path) as file:
        WRITERS[path.suffix.lower()](file, found, about)


def _write_json(file: TextIO, found: Assessment, about: About) -> None:
    content = {"about": about.as_json(), "judgement": about.judgement.as_json(), **found.as_json()}
    file.write(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _write_markdown(file: TextIO, found: Assessment, about: About) -> None:
    file.writelines(f"{line}\n" for line in _markdown(found, about))


def _markdown(found: Assessment, about: About) -> Iterator[str]:
    yield from (f"# {escaped(_headline(found))}", "", escaped(_origin(about)), "")
    if about.judgement.sentence:
        yield from (f"**{escaped(about.judgement.sentence)}**", "")
    for part in _tables(found):
        yield from (f"## {part.title}", "")
        yield from table(part.header, [[escaped(cell) for cell in row] for row in part.rows])
        yield ""
    if found.mistakes:
        yield from ("## The worst mistakes", "")
        rows = [
            [
                escaped(row.id),
                quoted(row.text),
                escaped(row.gold),
                escaped(row.predicted),
                "-" if row.confidence is None else f"{row.confidence:.3f}",
            ]
            for row in found.mistakes
        ]
        yield from table(["id", "text", "gold", "predicted", "confidence"], rows)


def _write_html(file: TextIO, found: Assessment, about: About) -> None:
    pictures = {
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
    page = _template().render(
        headline=_headline(found),
        judgement=about.judgement.sentence,
        origin=_origin(about),
        version=about.version,
        source=about.source,
        tables=_tables(found),
        pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704 - drawn by us, names escaped
        mistakes=found.mistakes,
    )
    file.write(page)


def _slices_picture(slices: Sequence[Slice], title: str) -> str:
    return intervals_chart(
        {f"{part.name} ({part.n:,})": _of(part.accuracy) for part in slices}, title=title, x="accuracy"
    )


def _of(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


WRITERS: Mapping[str, Callable[[TextIO, Assessment, About], None]] = {
    ".html": _write_html,
    ".json": _write_json,
    ".md": _write_markdown,
}


@cache
def _template() -> Template:
    loader = PackageLoader("polarity.evaluation", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("assessment.html.j2")


def _headline(found: Assessment) -> str:
    accuracy = found.intervals.get("accuracy")
    if accuracy is None:
        return "There was nothing to evaluate."
    return (
        f"{accuracy.value:.1%} of {found.evaluation.n:,} labels are right "
        f"(95 %: {accuracy.low:.1%} to {accuracy.high:.1%})."
    )


def _origin(about: About) -> str:
    ref = about.contract
    return (
        f"{about.source}, {about.created:%Y-%m-%d %H:%M %Z}; backend {about.backend}, "
        f"{about.checkpoint}; "
        f"contract {ref.id} {ref.version} ({ref.sha256[:12]}); polarity {about.version}."
    )


def _tables(found: Assessment) -> list[_Table]:
    evaluation = found.evaluation
    tables = [
        _Table("Measures", ("measure", "value", "95 %"), _measures(found)),
        _Table("Each label", ("label", "precision", "recall", "F1", "support"), _labels(found)),
        _Table(
            "Confusion",
            ("gold \\ predicted", *evaluation.predicted),
            [
                (label, *map(str, counts))
                for label, counts in zip(evaluation.labels, evaluation.confusion, strict=True)
            ],
        ),
        _slices_table("By length", found.by_length),
        _slices_table("By confidence", found.by_confidence),
        _Table("Decided by", ("by", "rows"), [(by, f"{n:,}") for by, n in evaluation.decided_by.items()]),
    ]
    return [part for part in tables if part.rows]


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


def _slices_table(title: str, slices: Sequence[Slice]) -> _Table:
    rows = [(part.name, f"{part.n:,}", _cell(part.accuracy)) for part in slices]
    return _Table(title, ("slice", "rows", "accuracy"), rows)
