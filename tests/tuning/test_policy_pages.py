"""A policy's worth written down: escaped, and with the same figures in each format."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polarity.pages.page import WRITERS, Provenance
from polarity.pages.writing import write_outputs
from polarity.tuning.policy_pages import policy_page
from polarity.tuning.policy_worth import GoldPair, compare, skipping_above, sweep
from tests.synthetic import CONTRACT, LABELS, bert, golds, llm, other, pair

NASTY = "<script>a|b</script>.json"
POLICY = skipping_above(0.7, CONTRACT.policy)


def pairs(*data: str) -> list[GoldPair]:
    """BERT is right where it is sure, on every other text; the LLM always."""
    return [
        pair(gold, bert(gold, 0.9) if at % 2 else bert(other(gold), 0.6), llm(gold, 0.99), data=name)
        for name in data
        for at, gold in enumerate(golds(30))
    ]


def written(tmp_path: Path, suffix: str, rows: Sequence[GoldPair]) -> str:
    """Try the policy, write it and read what was written."""
    path = tmp_path / f"page{suffix}"
    page = policy_page(
        compare(rows, POLICY, LABELS),
        sweep(rows, POLICY, LABELS),
        reports=list(dict.fromkeys(row.data for row in rows)),
        made=Provenance(
            contract=CONTRACT.ref, created=datetime(2026, 11, 24, 9, 30, tzinfo=UTC), version="0.5.0"
        ),
    )
    write_outputs([path], WRITERS, page)
    return path.read_text("utf-8")


@pytest.mark.parametrize("suffix", [".html", ".md"])
@pytest.mark.parametrize(("data", "n"), [((NASTY,), 30), ((NASTY, "b.json"), 60)])
def test_figures_and_origin_stand_in_each_format(
    tmp_path: Path, suffix: str, data: tuple[str, ...], n: int
) -> None:
    """The headline speaks of all rows, of one file or of several; all tables, and where all is from."""
    page = written(tmp_path, suffix, pairs(*data)).replace("&#95;", "_")

    assert f"The policy is right on 100.0% of {n} texts, BERT alone on 50.0%." in page
    assert "That is +50.0 points (95 %: +" in page
    assert "); 50.0% of the texts go to the LLM." in page
    assert "The policy of small 1.2.3 against each backend alone" in page
    assert "skip_llm_above" in page
    assert "2026-11-24 09:30 UTC" in page


def test_a_files_name_is_shown_and_not_run(tmp_path: Path) -> None:
    """Escaped in HTML and in Markdown, where a pipe does not end the cell."""
    html, markdown = (written(tmp_path, suffix, pairs(NASTY)) for suffix in (".html", ".md"))

    assert "<script" not in html + markdown
    assert "&lt;script&gt;a|b" in html
    assert "| &#60;script&#62;a&#124;b&#60;/script&#62;.json | both | 30 | 1.0000 |" in markdown


def test_the_page_has_its_picture(tmp_path: Path) -> None:
    """What more LLM calls bring, inline."""
    assert 1 == written(tmp_path, ".html", pairs("a.json")).count("<svg")


def test_json_has_the_origin_and_both_tables(tmp_path: Path) -> None:
    """What `--json` prints, and the files it was made of."""
    content = json.loads(written(tmp_path, ".json", pairs("a.json", "b.json")))

    assert ["a.json", "b.json"] == content["about"]["reports"]
    assert CONTRACT.ref._asdict() == content["contract"]
    assert (9, 7) == (len(content["measured"]), len(content["sweep"]))
