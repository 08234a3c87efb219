"""Pictures as SVG that stand inline in a page: the same figures give the same bytes.

Text stays text, so that a picture can be searched and read aloud; whatever names a series is escaped.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Point = tuple[float, float]
SIZE = (6.4, 3.6)  # inches
MARGIN = 0.02  # of confidence, so that a point at 0 or 1 is drawn whole
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "polarity",  # ids in the picture are drawn from it
    "text.parse_math": False,  # a name may hold two dollars
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "grid.alpha": 0.3,
    "font.size": 9,
}


def lines_chart(series: Mapping[str, Sequence[Point]], *, title: str, x: str, y: str) -> str:
    """Draw each series as a line through its (x, y) points.

    >>> lines_chart({"BERT": [(1, 0.5), (2, 0.75)]}, title="Epochs", x="epoch", y="macro-F1")[:4]
    '<svg'
    """
    with mpl.rc_context(STYLE):
        figure, axes = _figure(title, x, y)
        for name, points in series.items():
            axes.plot(*zip(*points, strict=True), marker="o", label=name)
        axes.legend(frameon=False)
        return _svg(figure)


def training_chart(losses: Sequence[Point], scores: Mapping[str, Sequence[Point]], *, score: str) -> str:
    """Draw a training run: the loss and, beside it, each data set's score, as (epoch, value) points."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(*zip(*losses, strict=True), marker="o")
        left.set(title="Training loss", xlabel="epoch", ylabel="nats")
        for name, points in scores.items():
            right.plot(*zip(*points, strict=True), marker="o", label=name)
        right.set(title=f"{score} on the dev sets", xlabel="epoch")
        right.legend(frameon=False)
        for axes in (left, right):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        return _svg(figure)


def reliability_chart(series: Mapping[str, Sequence[Point]], *, title: str) -> str:
    """Draw how often what was said with a confidence was right: (confidence, accuracy) points.

    On the diagonal, confidence is what it claims to be; below it, it claims too much.
    """
    with mpl.rc_context(STYLE):
        figure, axes = _figure(title, "confidence", "share that is right")
        axes.plot((0, 1), (0, 1), color="0.6", linestyle="--", label="calibrated")
        for name, points in series.items():
            axes.plot(*zip(*points, strict=True), marker="o", label=name)
        lowest = min((value for points in series.values() for point in points for value in point), default=0)
        axes.set(xlim=(max(0.0, lowest - MARGIN), 1 + MARGIN), ylim=(max(0.0, lowest - MARGIN), 1 + MARGIN))
        axes.legend(frameon=False)
        return _svg(figure)


def intervals_chart(shares: Mapping[str, tuple[float, float, float]], *, title: str, x: str) -> str:
    """Draw each share, in [0, 1], as a point with its interval: name -> (share, low, high)."""
    with mpl.rc_context(STYLE):
        figure, axes = _figure(title, x, "")
        for place, (share, low, high) in enumerate(shares.values()):
            axes.plot((low, high), (place, place), color="C0", linewidth=2)
            axes.plot(share, place, color="C0", marker="o")
        axes.set_yticks(range(len(shares)), list(shares))
        axes.invert_yaxis()
        return _svg(figure)


def _figure(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _svg(figure: Figure) -> str:
    """Print the picture without its XML head, which has no place inside a page, and without a date."""
    file = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    FigureCanvasSVG(figure).print_svg(file, metadata=nothing)  # type: ignore[no-untyped-call]
    drawn = file.getvalue()
    return drawn[drawn.index("<svg") :]
