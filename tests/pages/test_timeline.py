"""Small pictures of what changes over time."""

import re
from xml.etree import ElementTree as ET

import pytest

from polarity.pages.timeline import sparkline, timeline

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(series: dict[str, list[float | None]], cut: int = 0) -> ET.Element:
    return ET.fromstring(timeline(series, title="Labels", ends=("a", "b"), cut=cut))  # noqa: S314 - ours


def test_a_gap_parts_a_line_and_a_lonely_value_is_a_dot() -> None:
    """Nothing is drawn where nothing is known."""
    drawn = _drawn({"A": [0.1, 0.2, None, 0.3, None, 0.5, 0.4]})
    assert (2, 1) == (len(drawn.findall(f"{SVG}polyline")), len(drawn.findall(f"{SVG}circle")))


def test_names_are_text_whatever_they_hold() -> None:
    """A name that is markup is shown as it is."""
    drawn = _drawn({"<script>&": [0.1, 0.2]})
    assert "<script>&" in [part.text for part in drawn.findall(f"{SVG}text")]


def test_the_end_of_the_reference_is_marked() -> None:
    """Where there is one, and something behind it."""
    assert "reference until here" in [
        part.text for part in _drawn({"A": [0.1, 0.2]}, 1).findall(f"{SVG}text")
    ]
    assert "reference until here" not in [
        part.text for part in _drawn({"A": [0.1, 0.2]}, 2).findall(f"{SVG}text")
    ]


@pytest.mark.parametrize(("cut", "place"), [(1, "70.0"), (50, "226.0"), (99, "350.0")])
def test_the_mark_is_read_whole(cut: int, place: str) -> None:
    """Near an edge its words, 140 wide, stand beside their line, not outside of the picture."""
    drawn = timeline({"a": [0.1] * 100}, title="Labels", ends=("a", "b"), cut=cut)
    (words,) = re.findall(r'<text x="([\d.]+)"[^>]*>reference until here', drawn)
    assert place == words


def test_many_names_take_more_room_below() -> None:
    """A legend that is too long goes on in a row of its own, and nothing is drawn outside."""
    few, many = (_drawn({f"language {at}": [0.1] for at in range(n)}) for n in (2, 12))
    height = [float(drawn.attrib["viewBox"].split()[3]) for drawn in (few, many)]
    assert height[0] < height[1]
    assert all(float(part.attrib["y"]) < height[1] for part in many.findall(f"{SVG}text"))


def test_values_that_are_all_alike_are_a_flat_line() -> None:
    """Luck is no mountain: the scale spans two hundredths at least."""
    assert "▁▁▃" == sparkline([0.5, 0.5, 0.505])
    assert "█" == sparkline([1.0])


def test_a_long_row_is_drawn_by_means() -> None:
    """Twelve signs at most; what is not known stays a gap."""
    assert "▁▁▁▁▁▁██████" == sparkline([0.0] * 30 + [1.0] * 30)
    assert "▁ █" == sparkline([0.0, None, 1.0])
    assert "" == sparkline([])
