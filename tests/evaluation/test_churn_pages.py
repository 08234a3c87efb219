"""One checkpoint after another, written down: escaped, and with the same figures in each format."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polarity.evaluation.churn import Churn, churn
from polarity.evaluation.churn_pages import Compared, churn_page, churn_sheets
from polarity.pages.page import WRITERS
from polarity.pages.writing import write_outputs
from polarity.records import Record
from polarity.statistics.gates import Bound, Measure, held, judged
from polarity.types import ContractRef, Decision

NASTY = "<script>alert(1)</script> | `x` @team"
ABOUT = Compared(
    source="a<b>.jsonl",
    old="runs/<old>",
    new="runs/<new>",
    contract=ContractRef("polarity", "2.1.0", "0123456789abcdef"),
    created=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    version="0.5.0",
    judgement=judged([held(Bound("churn", 0.1, "over"), Measure(0.5, 200), rows="texts")]),
)
GOOD, BAD = (Decision(label=label, decided_by="bert", confidence=0.9) for label in ("POSITIVE", "NEGATIVE"))


def found(gold: str | None = "POSITIVE") -> Churn:
    """Of two texts one flips, and is right now."""
    records = [Record(text=NASTY, id=f"@{at}", line=at, label=gold) for at in (1, 2)]
    return churn(records, [BAD, GOOD], [GOOD, GOOD])


def written(tmp_path: Path, suffix: str, changed: Churn, flips: int = 20) -> str:
    """Write what changed and read what was written."""
    path = tmp_path / f"page{suffix}"
    write_outputs([path], WRITERS, churn_page(changed, ABOUT, flips=flips))
    return path.read_text("utf-8")


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_figures_and_origin_stand_in_each_format(tmp_path: Path, suffix: str) -> None:
    """The headline, the gate, both accuracies, the direction, the flip, and where all is from."""
    page = written(tmp_path, suffix, found())

    for expected in (
        "50.0% of 2 labels change (95 %: 9.5% to 90.5%); accuracy goes from 50.0% to 100.0%.",
        "Gate failed: churn 0.5000 is over 0.1000.",
        "1 and 0",
        "The surest flips",
        "2026-11-24 09:30 UTC",
        "0123456789ab",
    ):
        assert expected in page


def test_what_others_wrote_is_shown_and_not_run(tmp_path: Path) -> None:
    """Escaped in HTML; code in Markdown, where nobody is called by it."""
    html, markdown = (written(tmp_path, suffix, found()) for suffix in (".html", ".md"))

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert all(f"&lt;{name}&gt;" in html for name in ("b", "old", "new"))
    assert (
        r"| `@1` | `` <script>alert(1)</script> \| `x` @team `` | POSITIVE | NEGATIVE | POSITIVE |"
        in markdown
    )
    assert "a&#60;b&#62;.jsonl" in markdown


def test_json_has_the_origin_and_everything(tmp_path: Path) -> None:
    """What `--json` prints, and what it was made of; every flip, however few are shown."""
    content = json.loads(written(tmp_path, ".json", found(), flips=0))

    assert ("runs/<old>", "runs/<new>") == (content["about"]["old"], content.pop("about")["new"])
    assert "failed" == content.pop("judgement")["status"]
    assert json.loads(json.dumps(found().as_json())) == content


def test_without_gold_there_is_no_accuracy(tmp_path: Path) -> None:
    """Churn alone is told."""
    page = written(tmp_path, ".md", found(gold=None))

    assert "# 50.0% of 2 labels change (95 %: 9.5% to 90.5%)." in page
    assert "ccuracy" not in page


def test_nothing_compared_is_a_page_too(tmp_path: Path) -> None:
    """No text is no reason to fail."""
    assert "There was nothing to compare." in written(tmp_path, ".html", churn([], [], []))


def test_so_many_flips_are_shown() -> None:
    """None where none is wanted, and then no table of them."""
    assert ["Old against new", "Directions"] == [sheet.title for sheet in churn_sheets(found(), flips=0)]
