"""A learning curve written down: whole, escaped, and with the same figures in each format."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from polarity.pages.writing import write_outputs
from polarity.training.curve_pages import WRITERS, curve_page, curve_sheet
from polarity.training.learning_curve import LearningCurve, Point

NASTY = "<script>alert(1)</script>|`x`"
CURVE = LearningCurve(
    points=(
        Point(20, {NASTY: 0.5, "b": 0.25}, {NASTY: 0.75, "b": 0.5}, 3.4),
        Point(1000, {NASTY: 0.625, "b": 0.875}, {NASTY: 0.5, "b": 0.5}, 60.0),
    ),
    options={"epochs": 2, "threads": None},
    origin={
        "base": NASTY,
        "data": [{"name": NASTY}],
        "dev": [{"name": "b"}],
        "versions": {"torch": "2.13"},
        "computed by": {"device": "cpu"},
    },
)


def written(tmp_path: Path, suffix: str) -> str:
    """Write the curve and read what was written."""
    path = tmp_path / f"curve{suffix}"
    write_outputs([path], WRITERS, curve_page(CURVE))
    return path.read_text("utf-8")


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_figures_and_origin_stand_in_each_format(tmp_path: Path, suffix: str) -> None:
    """The last point in one sentence, each point in a row, and what it was made with."""
    page = written(tmp_path, suffix)

    said = "Trained on 1,000 rows, the fine-tuned encoder has macro-F1 0.750; "
    assert f"{said}logistic regression over words has 0.500." in page
    assert all(word in page for word in ("0.625", "0.875", "epochs", "threads", "torch", "2.13", "cpu"))


def test_names_are_shown_and_not_run(tmp_path: Path) -> None:
    """Markup in a file's name is text, in the tables, the sentences and the picture."""
    page, markdown, picture = (written(tmp_path, suffix) for suffix in (".html", ".md", ".svg"))

    assert "<script" not in page + markdown + picture
    assert "&lt;script&gt;alert(1)" in page
    assert "| rows | &#60;script&#62;alert(1)&#60;/script&#62;&#124;&#96;x&#96;: encoder |" in markdown


def test_json_is_the_curve(tmp_path: Path) -> None:
    """All of it, points first to last."""
    assert json.loads(json.dumps(CURVE.as_json())) == json.loads(written(tmp_path, ".json"))


def test_the_picture_stands_alone_and_in_the_page(tmp_path: Path) -> None:
    """The same SVG, inline."""
    picture = written(tmp_path, ".svg")

    assert picture.startswith("<svg")
    assert picture in written(tmp_path, ".html")


def test_a_curve_of_nothing_known_has_a_page(tmp_path: Path) -> None:
    """Without an origin it is about labelled rows."""
    path = tmp_path / "curve.html"
    write_outputs([path], WRITERS, curve_page(LearningCurve(points=CURVE.points, options={}, origin={})))

    assert "labelled rows</title>" in path.read_text("utf-8")


def test_the_table_has_a_row_a_part() -> None:
    """Encoder and words for each dev set, then the seconds."""
    sheet = curve_sheet(CURVE)

    assert (
        "rows",
        f"{NASTY}: encoder",
        f"{NASTY}: words",
        "b: encoder",
        "b: words",
        "seconds",
    ) == sheet.header
    assert [("20", "0.500", "0.750", "0.250", "0.500", "3")] == list(sheet.rows)[:1]


def test_a_collapsed_part_is_told(tmp_path: Path) -> None:
    """Its scores say nothing of what it could learn; where no part has collapsed there is no such table."""
    said = "gives HAM to 99 of 100 rows, of which 50 are"
    curve = replace(CURVE, points=(CURVE.points[0]._replace(collapsed=said), CURVE.points[1]))
    (told,) = [sheet for sheet in curve_page(curve).sheets if sheet.title.startswith("Collapsed")]
    assert [("20", said)] == told.rows
    assert "Collapsed" not in written(tmp_path, ".md")
