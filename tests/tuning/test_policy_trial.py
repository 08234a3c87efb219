"""A policy tried on stored reports in one line."""

import json
from pathlib import Path

import pytest

from polarity.errors import RecordError, SettingsError
from polarity.settings import Settings, load_settings
from polarity.tuning import try_policy
from tests.synthetic import SOURCE, bert, golds, llm, other, report

ROWS = [
    (gold, bert(gold, 0.9) if at % 2 else bert(other(gold), 0.6), llm(gold, 0.99))
    for at, gold in enumerate(golds(30))
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A contract whose policy asks the LLM below 0.7."""
    contract = tmp_path / "small.toml"
    contract.write_text(SOURCE.replace("skip_llm_above = 0.95", "skip_llm_above = 0.7"), "utf-8")
    return load_settings({"contract": str(contract)})


def test_what_is_measured_is_given_and_written(tmp_path: Path, settings: Settings) -> None:
    """By side and by share of LLM calls; the page has the same figures."""
    found = try_policy(str(report(tmp_path / "a.json", ROWS)), settings, out=tmp_path / "page.json")

    assert [("bert", 0.5), ("llm", 1.0), ("both", 1.0)] == [(row.who, row.accuracy) for row in found.measured]
    assert (0.0, 1.0) == (found.sweep[0].measured.llm_share, found.sweep[-1].measured.llm_share)
    assert "passed" == found.judgement.status
    written = json.loads((tmp_path / "page.json").read_text("utf-8"))
    assert [row.accuracy for row in found.measured] == [row["accuracy"] for row in written["measured"]]
    assert ["a.json"] == written["about"]["reports"]


def test_no_text_is_too_little(tmp_path: Path, settings: Settings) -> None:
    """There is nothing to measure, and nothing is written."""
    found = try_policy(report(tmp_path / "a.json", []), settings, out=tmp_path / "page.md")

    assert ((), (), None) == (found.measured, found.sweep, found.page)
    assert "the reports hold no text with a gold label" == found.judgement.too_little
    assert not (tmp_path / "page.md").exists()


def test_wrong_files_are_refused_before_they_are_read(settings: Settings) -> None:
    """Two of one name, and an output of which nobody knows how it is written."""
    with pytest.raises(SettingsError, match=r"two files are named 'a\.json'"):
        try_policy(["x/a.json", "y/a.json"], settings)
    with pytest.raises(RecordError, match=r"unknown suffix '\.pdf'"):
        try_policy("a.json", settings, out="page.pdf")
