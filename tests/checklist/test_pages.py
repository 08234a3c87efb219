"""Findings written down: whole, escaped, and with the same figures in each format."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polarity.checklist import About, Case, Suite, write_findings
from polarity.errors import RecordError
from polarity.statistics.gates import Bound, Measure, held, judged

from .helpers import DIR, HEAD, LATE, MFT, REF, UNMAPPED, found, result, suite, verdict

NASTY = "<script>alert(1)</script> | `x` @team"
SUITE: Suite = suite(
    MFT.replace("It broke.", "It <b>broke</b>."),
    DIR,
    head=f"description = '{NASTY}'\n{HEAD}",
)
BROKEN, DENIED = SUITE.tests
FOUND = found(
    [Case(BROKEN, (NASTY,)), Case(BROKEN, ("It broke.",)), Case(DENIED, ("It is good.", "It isn't good."))],
    {
        NASTY: result(bert=verdict("NEGATIVE", 0.875), llm=UNMAPPED),
        "It broke.": result(bert=verdict("NEUTRAL", 0.5), llm=LATE),
        "It is good.": result(bert=verdict("POSITIVE", 0.625), llm=verdict("NEUTRAL")),
        "It isn't good.": result(bert=verdict("POSITIVE", 0.75), llm=verdict("NEGATIVE")),
    },
    "bert",
    "llm",
)
ABOUT = About(
    suite=SUITE,
    models={"bert": "a<b>", "llm": "small"},
    contract=REF,
    created=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    version="0.3.0",
    judgement=judged([held(Bound("pass_rate.bert", 0.9, "under"), Measure(0.5, 200), rows="cases")]),
)


def page(tmp_path: Path, suffix: str, shown: int = 20) -> str:
    """Write the findings and read what was written."""
    path = tmp_path / f"page{suffix}"
    write_findings([path], FOUND, ABOUT, shown=shown)
    return path.read_text("utf-8")


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_figures_and_origin_stand_in_each_format(tmp_path: Path, suffix: str) -> None:
    """Pass rates with intervals side by side, the difference, each level, and where all is from."""
    written = page(tmp_path, suffix)

    for expected in (
        "Of 3 cases, bert passes 33.3%, llm passes 33.3%, decision passes 66.7%.",
        "0.333 (0.061 to 0.792)",
        "llm less bert, points",
        "By capability",
        "vocabulary",
        "llm gave no answer in 1 of 3 cases, all counted as failed.",
        "2026-11-24",
        SUITE.sha256[:12],
        "0123456789ab",
    ):
        assert expected in written


def test_minimal_pairs_stand_with_both_answers(tmp_path: Path) -> None:
    """Original above perturbed text, what was expected, what each side said; a text with its reason."""
    written = page(tmp_path, ".md")
    pairs = written[written.index("## bert fails, llm passes: 1") : written.index("## bert fails, llm fails")]

    assert "| denied | POSITIVE never rises by over 0.1 | `It is good.` | POSITIVE 0.62 | NEUTRAL |" in pairs
    assert "|  |  | `It isn't good.` | POSITIVE 0.75 | NEGATIVE |" in pairs
    assert "UNMAPPED (negated)" in written
    assert "FAILED (timeout)" in written


def test_answers_are_marked_by_who_passes(tmp_path: Path) -> None:
    """In words for those who see no colour: the class sets a mark, too."""
    written = page(tmp_path, ".html")
    pairs = written[written.index("bert fails, llm passes: 1") : written.index("bert fails, llm fails")]

    assert 2 == pairs.count('class="said fails"><span>POSITIVE')
    assert 'class="said passes"><span>NEGATIVE</span></td>' in pairs
    assert '.fails > span::before { content: "✗ "' in written


def test_so_many_cases_are_shown(tmp_path: Path) -> None:
    """None where none is wanted; the counts stay."""
    written = page(tmp_path, ".html", shown=0)

    assert "bert fails, llm passes: 1" in written
    assert "It isn&#39;t good." not in written
    assert "It isn&#39;t good." in page(tmp_path, ".html", shown=1)


def test_a_text_is_shown_and_not_run(tmp_path: Path) -> None:
    """Markup of a text, a suite or a name is text: escaped in HTML, code in Markdown."""
    html, markdown = page(tmp_path, ".html"), page(tmp_path, ".md")

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "It &lt;b&gt;broke" in html
    assert "a&lt;b&gt;" in html
    assert r"``<script>alert(1)</script> \| `x` @team``" in markdown.replace("`` ", "``").replace(" ``", "``")
    assert "a&#60;b&#62;" in markdown


def test_the_page_needs_no_network(tmp_path: Path) -> None:
    """Nothing is fetched and nothing run."""
    written = page(tmp_path, ".html")

    assert "default-src 'none'; style-src 'unsafe-inline'" in written
    assert all(word not in written for word in ('src="', 'href="', "@import", "url("))


def test_json_has_the_origin_and_everything(tmp_path: Path) -> None:
    """What `--json` prints, and what it was made of."""
    content = json.loads(page(tmp_path, ".json", shown=0))

    assert {"id": "small", "version": "1.0.0", "sha256": SUITE.sha256} == content["about"]["suite"]
    assert {"bert": "a<b>", "llm": "small"} == content.pop("about")["models"]
    assert "failed" == content.pop("judgement")["status"]
    assert json.loads(json.dumps(FOUND.as_json())) == content


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    """It names those that are known, and writes nothing."""
    with pytest.raises(RecordError, match=r"unknown suffix '\.pdf'; known: \.html, \.json, \.md"):
        write_findings([tmp_path / "page.pdf"], FOUND, ABOUT, shown=20)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_the_judgement_stands_in_each_format(tmp_path: Path, suffix: str) -> None:
    """Whoever opens the file finds what the exit status was."""
    assert "bert 0.5000 is under 0.9000" in page(tmp_path, suffix)
