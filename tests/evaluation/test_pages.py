"""An assessment written down: whole, escaped, and with the same figures in each format."""

import json
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.evaluation import About, assess, write_assessment
from polarity.statistics.gates import Bound, Measure, held, judged
from polarity.stored import LeftOut, Reason
from polarity.types import ContractRef, Decision

from .test_assessment import LABELS, SURE, WRONG, row, said

ABOUT = About(
    source="a<b>.jsonl",
    backend="bert",
    checkpoint="packaged checkpoint",
    judgement=judged([held(Bound("accuracy", 0.9, "under"), Measure(0.5, 200), rows="rows")]),
    contract=ContractRef("polarity", "2.1.0", "0123456789abcdef"),
    created=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    version="0.2.0",
)
NASTY = "<script>alert(1)</script> | `x` @team"
FOUND = assess([row("NEGATIVE"), row("NEGATIVE", NASTY, line=2)], [said(*SURE), said(*WRONG)], LABELS)


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_the_figures_stand_in_each_format(tmp_path: Path, suffix: str) -> None:
    """Accuracy, its interval, the mistake and where all is from."""
    path = tmp_path / f"page{suffix}"
    write_assessment([path], FOUND, ABOUT)
    page = path.read_text("utf-8")

    assert "0.5" in page
    assert "r2" in page
    assert "0123456789ab" in page
    assert "2026-11-24" in page
    assert "accuracy 0.5000 is under 0.9000" in page.replace("\\_", "_")


def test_a_text_is_shown_and_not_run(tmp_path: Path) -> None:
    """Markup of a text is text: escaped in HTML, code in Markdown, where a pipe does not end the cell."""
    for suffix, expected in (
        (".html", "&lt;script&gt;alert(1)"),
        (".md", r"<script>alert(1)</script> \| `x` @team"),
    ):
        path = tmp_path / f"page{suffix}"
        write_assessment([path], FOUND, ABOUT)
        assert expected in path.read_text("utf-8")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "<script" not in page
    assert "a&lt;b&gt;.jsonl" in page


def test_a_mistake_without_confidence_is_listed(tmp_path: Path) -> None:
    """With a dash where the others have their confidence, and null in JSON."""
    found = assess([row("POSITIVE", line=7)], [Decision(label="NEGATIVE", decided_by="llm")], LABELS)
    pages = {suffix: tmp_path / f"page{suffix}" for suffix in (".html", ".md", ".json")}
    for path in pages.values():
        write_assessment([path], found, ABOUT)

    assert 'predicted">NEGATIVE</td><td data-label="confidence">-</td>' in pages[".html"].read_text("utf-8")
    assert "| `r7` | `Fine.` | POSITIVE | NEGATIVE | - |" in pages[".md"].read_text("utf-8")
    assert [None] == [wrong["confidence"] for wrong in json.loads(pages[".json"].read_text())["mistakes"]]


@pytest.mark.slow
def test_the_page_has_its_pictures_and_needs_no_network(tmp_path: Path) -> None:
    """Four pictures inline, nothing fetched."""
    write_assessment([tmp_path / "page.html"], FOUND, ABOUT)
    page = (tmp_path / "page.html").read_text("utf-8")

    assert 4 == page.count("<svg")
    assert "default-src 'none'" in page
    assert all(word not in page for word in ('src="', 'href="http', "@import"))


def test_json_has_the_origin_and_everything(tmp_path: Path) -> None:
    """What `--json` prints, and what it was made of."""
    write_assessment([tmp_path / "page.json"], FOUND, ABOUT)
    found = json.loads((tmp_path / "page.json").read_text("utf-8"))

    assert {"id": "polarity", "version": "2.1.0", "sha256": "0123456789abcdef"} == found.pop("about")[
        "contract"
    ]
    assert "failed" == found.pop("judgement")["status"]
    assert json.loads(json.dumps(FOUND.as_json())) == found


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_rows_that_were_left_out_are_told(tmp_path: Path, suffix: str) -> None:
    """By reason, with how many and where the first is: they are in none of the figures."""
    left_out = LeftOut(7, (Reason("it <b>broke", 6, "d.csv:3"), Reason("no gold label", 1, "d.csv:9")))
    found = assess([row("NEGATIVE")], [said(*SURE)], LABELS, left_out=left_out)
    write_assessment([tmp_path / f"page{suffix}"], found, ABOUT)
    page = unescape((tmp_path / f"page{suffix}").read_text("utf-8"))

    assert all(part in page for part in ("it <b>broke", "6", "d.csv:3", "no gold label"))
    if suffix == ".json":
        assert 7 == json.loads(page)["left_out"]["rows"]


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_nothing_evaluated_is_a_page_too(tmp_path: Path, suffix: str) -> None:
    """No row is no reason to fail."""
    write_assessment([tmp_path / f"page{suffix}"], assess([], [], LABELS), ABOUT)

    assert (tmp_path / f"page{suffix}").stat().st_size


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    """It names those that are known, and writes nothing."""
    with pytest.raises(RecordError, match=r"unknown suffix '\.pdf'; known: \.html, \.json, \.md"):
        write_assessment([tmp_path / "page.pdf"], FOUND, ABOUT)
    assert [] == list(tmp_path.iterdir())
