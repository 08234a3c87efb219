"""A learning curve as a page, in each format, as a picture, and as a table for a terminal."""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any, TextIO

from polarity.pages import page as pages
from polarity.pages.page import Page
from polarity.pages.tables import Sheet
from polarity.training.learning_curve import LearningCurve

ENCODER, WORDS = "fine-tuned encoder", "logistic regression over words"
TITLE = "What more labels bring"
DRAWN = "drawn, a tenth of the rows, kept back by the seed and not trained on"


def curve_page(curve: LearningCurve) -> Page:
    """Put a curve of at least one point on a page."""
    about = ", ".join(_names(curve.origin.get("data", ()))) or "labelled rows"
    return Page(
        kind="Learning curve",
        about=about,
        headline=_headline(curve),
        origin=_origin(curve.origin, about),
        version=version("polarity"),
        data=curve.as_json(),
        sheets=[curve_sheet(curve), *_collapsed(curve), _made_with(curve)],
        draw=lambda: {TITLE: curve_picture(curve)},
    )


def curve_sheet(curve: LearningCurve) -> Sheet:
    """Give the scores as a table, one line a part."""
    names = list(curve.points[0].encoder)
    header = ("rows", *(f"{name}: {side}" for name in names for side in ("encoder", "words")), "seconds")
    rows = []
    for point in curve.points:
        scores = (f"{side[name]:.3f}" for name in names for side in (point.encoder, point.words))
        rows.append((str(point.rows), *scores, f"{point.seconds:.0f}"))
    return Sheet("Macro-F1 on each dev set", header, rows)


def _collapsed(curve: LearningCurve) -> list[Sheet]:
    """List the parts after which the encoder had collapsed, whose scores say little."""
    rows = [(str(point.rows), point.collapsed) for point in curve.points if point.collapsed]
    return [Sheet("Collapsed: train longer", ("rows", "the encoder"), rows)] if rows else []


def curve_picture(curve: LearningCurve) -> str:
    """Draw it as SVG: the mean over the dev sets, for both."""
    from polarity.pages.charts import lines_chart

    series = {
        ENCODER: [(float(point.rows), _mean(point.encoder)) for point in curve.points],
        WORDS: [(float(point.rows), _mean(point.words)) for point in curve.points],
    }
    return lines_chart(series, title=TITLE, x="labelled rows", y="macro-F1")


def _headline(curve: LearningCurve) -> str:
    point = curve.points[-1]
    return (
        f"Trained on {point.rows:,} rows, the {ENCODER} has macro-F1 {_mean(point.encoder):.3f}; "
        f"{WORDS} has {_mean(point.words):.3f}."
    )


def _origin(origin: Mapping[str, Any], about: str) -> str:
    base = f"{origin['base']} trained on {about}" if "base" in origin else about
    measured = ", ".join(_names(origin.get("dev", ()))) or DRAWN
    return "; ".join([base, f"measured on {measured}", f"polarity {version('polarity')}."])


def _names(files: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(file["name"]) for file in files]


def _made_with(curve: LearningCurve) -> Sheet:
    """List the options, and what else the figures hang on."""
    found = {**curve.options, **curve.origin.get("versions", {}), **curve.origin.get("computed by", {})}
    rows = [(name, "-" if value is None else str(value)) for name, value in found.items()]
    return Sheet("Trained with", ("what", "value"), rows)


def _mean(scores: Mapping[str, float]) -> float:
    return sum(scores.values()) / len(scores)


def _write_svg(file: TextIO, page: Page) -> None:
    file.writelines(page.draw().values())


WRITERS: Mapping[str, Callable[[TextIO, Page], None]] = {**pages.WRITERS, ".svg": _write_svg}
