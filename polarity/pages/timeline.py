"""Small pictures of what changes over time: as SVG drawn by hand, and as one line of signs for a terminal.

They are drawn in the service, too, while it answers: matplotlib would take a hundred times as long.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from markupsafe import Markup, escape

Values = Sequence[float | None]
SIGNS: Final = "▁▂▃▄▅▆▇█"
MOST_SIGNS: Final = 12
GAP: Final = " "
WIDE, LEFT, RIGHT, TOP, FLOOR = 420, 44, 408, 46, 176  # of a picture, and the edges of its middle
ROW: Final = 18  # how high a row of the legend is
GREY: Final = "#999"
HUES: Final = ("#2458c5", "#c2372f", "#1a7f5a", "#8a5300", "#7a3fa0", "#0f7c8f", "#565e6c")
DASHES: Final = ("", "6 3", "2 3", "9 3 2 3")  # so that lines are told apart without their colours
FEWEST: Final = 0.02  # between the lowest and the highest value shown: less would make mountains of luck
HEAD: Final = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="sans-serif" font-size="12">'
)
LETTER: Final = 7.0  # how wide a letter is, about
MARK: Final = "reference until here"


def sparkline(values: Values) -> str:
    """Draw values in [0, 1], from the lowest of them to the highest; a gap where there is none.

    Of more than 12 values, neighbours are drawn as one, by their mean.

    >>> sparkline([0.1, 0.2, None, 0.8])
    '▁▂ █'
    """
    together = -(-len(values) // MOST_SIGNS) or 1
    drawn = [_mean(values[at : at + together]) for at in range(0, len(values), together)]
    low, high = _ends([drawn])
    return "".join(
        GAP if value is None else SIGNS[min(len(SIGNS) - 1, int((value - low) / (high - low) * len(SIGNS)))]
        for value in drawn
    )


def _mean(values: Values) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def timeline(series: Mapping[str, Values], *, title: str, ends: tuple[str, str], cut: int) -> str:
    """Draw shares over periods as SVG: a line for each name, with gaps where there is nothing.

    All series have as many values, one a period. `ends` name the first and the last period; before the
    period `cut`, which is marked, is the reference.

    >>> timeline({"A<": [0.1, 0.9]}, title="Labels", ends=("Mon", "Tue"), cut=1)[:4]
    '<svg'
    """
    low, high = _ends(series.values())
    periods = max((len(values) for values in series.values()), default=1)
    legend, rows = _legend(list(series))
    parts = [
        HEAD.format(WIDE, FLOOR + 26 + ROW * rows),
        _text(LEFT, 16, title, weight="bold"),
        _line(LEFT, FLOOR, RIGHT, FLOOR, GREY),
        _line(LEFT, TOP, LEFT, FLOOR, GREY),
        _text(LEFT - 6, TOP + 6, f"{high:.2f}", anchor="end"),
        _text(LEFT - 6, FLOOR, f"{low:.2f}", anchor="end"),
        _text(LEFT, FLOOR + 16, ends[0]),
        _text(RIGHT, FLOOR + 16, ends[1], anchor="end"),
    ]
    if 0 < cut < periods:
        at = _x(cut - 0.5, periods)
        parts += [
            _line(at, TOP - 8, at, FLOOR, GREY, "3 3"),
            _text(_within(at, MARK), TOP - 12, MARK, anchor="middle"),
        ]
    for place, values in enumerate(series.values()):
        parts += _curve(values, periods, low, high, *_stroke(place))
    return str(Markup("").join([*parts, *legend, Markup("</svg>")]))


def _legend(names: Sequence[str]) -> tuple[list[Markup], int]:
    """Name the lines, in as many rows as that takes, which is given, too."""
    drawn, along, row = list[Markup](), float(LEFT), 0
    for place, name in enumerate(names):
        width = 34 + LETTER * len(name)
        if along + width > WIDE and along > LEFT:
            along, row = float(LEFT), row + 1
        y = FLOOR + 34 + ROW * row
        drawn += [_line(along, y - 4, along + 18, y - 4, *_stroke(place)), _text(along + 22, y, name)]
        along += width
    return drawn, row + 1


def _stroke(place: int) -> tuple[str, str]:
    """Give a line's colour and dashes."""
    return HUES[place % len(HUES)], DASHES[place % len(DASHES)]


def _curve(values: Values, periods: int, low: float, high: float, hue: str, dash: str) -> list[Markup]:
    """Draw a line through every stretch without a gap; a single value is a dot."""
    drawn, stretch = [], list[tuple[float, float]]()
    for place, value in enumerate([*values, None]):
        if value is not None:
            stretch.append((_x(place, periods), FLOOR - (FLOOR - TOP) * (value - low) / (high - low)))
        elif stretch:
            drawn.append(_stretch(stretch, hue, dash))
            stretch = []
    return drawn


def _stretch(points: Sequence[tuple[float, float]], hue: str, dash: str) -> Markup:
    if len(points) == 1:
        return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="{}"/>').format(*points[0], hue)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-dasharray="{}"/>'
    ).format(path, hue, dash)


def _x(place: float, periods: int) -> float:
    return LEFT + (RIGHT - LEFT) * (place + 0.5) / periods


def _within(x: float, said: str) -> float:
    """Move a text that is centred at `x` as far as it takes to be within the picture."""
    half = LETTER * len(said) / 2
    return min(max(x, half), WIDE - half)


def _line(x: float, y: float, to_x: float, to_y: float, hue: str, dash: str = "") -> Markup:
    return Markup(
        '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-dasharray="{}"/>'
    ).format(x, y, to_x, to_y, hue, dash)


def _text(x: float, y: float, said: str, *, anchor: str = "start", weight: str = "normal") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-weight="{}">{}</text>').format(
        x, y, anchor, weight, escape(said)
    )


def _ends(series: Iterable[Values]) -> tuple[float, float]:
    known = [value for values in series for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if high - low < FEWEST:
        low = max(0.0, min(low, 1 - FEWEST))
        high = low + FEWEST
    return low, high
