"""Pictures are SVG that stands in a page, the same each time, with every name escaped."""

from xml.etree import ElementTree as ET

import pytest

from polarity.pages.charts import intervals_chart, lines_chart, reliability_chart, training_chart

TEXT = "{http://www.w3.org/2000/svg}text"
DRAWN = {
    "lines": lambda: lines_chart({"<b>&$1 $2": [(1, 0.5), (2, 0.75)]}, title="T <i>", x="epoch", y="loss"),
    "training": lambda: training_chart(
        [(1, 0.5)], {"<b>&$1 $2": [(1, 0.5)], "T <i>": [(1, 0.6)]}, score="F1"
    ),
    "reliability": lambda: reliability_chart({"<b>&$1 $2": [(0.5, 0.4), (0.9, 0.95)]}, title="T <i>"),
    "intervals": lambda: intervals_chart({"<b>&$1 $2": (0.5, 0.4, 0.6)}, title="T <i>", x="accuracy"),
}


@pytest.fixture(scope="module", params=DRAWN)
def picture(request: pytest.FixtureRequest) -> str:
    """Each kind of picture, drawn once."""
    return DRAWN[request.param]()


def test_a_picture_is_one_svg_element(picture: str) -> None:
    """No XML head and nothing that is not well-formed: it can stand inside a page."""
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


def test_names_are_text_and_escaped(picture: str) -> None:
    """Whatever a series is called is shown as it is, and is neither markup nor a formula."""
    shown = [element.text for element in ET.fromstring(picture).iter(TEXT)]  # noqa: S314 - our own

    assert "<b>&$1 $2" in shown
    assert "T <i>" in shown


def test_the_same_figures_give_the_same_picture() -> None:
    """A picture in git changes only with its figures."""
    assert DRAWN["lines"]() == DRAWN["lines"]()


def test_a_picture_without_points_is_drawn() -> None:
    """An evaluation in which nothing had a confidence still has its page."""
    assert reliability_chart({}, title="Nothing").startswith("<svg")
