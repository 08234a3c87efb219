"""Two sides compared in one call, from Python."""

import asyncio
from importlib.resources import files
from pathlib import Path

import pytest

import polarity
from polarity.errors import RecordError, SettingsError
from tests.records.hearing import Heard


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two texts, with what people and another system say of them."""
    path = tmp_path / "d.csv"
    path.write_text("text,label,old\nLove it!,POSITIVE,positive\nNo.,NEGATIVE,negative\n", "utf-8")
    return path


def test_with_a_model_inside_a_running_loop(data: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A notebook gets a report as a script does; without an output nothing is left lying."""
    settings = polarity.load_settings({"bert": {"checkpoint": str(tiny_checkpoint), "threads": 1}})

    async def cell() -> object:
        return polarity.compare(data, settings=settings, left="column:old", right="bert").summary

    assert polarity.compare(data, settings=settings, left="column:old", right="bert").summary == asyncio.run(
        cell()
    )
    assert ["d.csv"] == [path.name for path in tmp_path.iterdir()]


def test_columns_need_no_model(data: Path, tmp_path: Path) -> None:
    """A checkpoint that is not there is not looked for."""
    settings = polarity.load_settings({"bert": {"checkpoint": "/nowhere"}})
    page = tmp_path / "page.html"
    report = polarity.compare(data, page, settings, left="column:old", right="column:label")
    assert (2, 1.0, True) == (report.summary.n, report.summary.agreement, page.exists())


def test_a_report_says_no_folder_of_its_contract(data: Path, tmp_path: Path) -> None:
    """Reports are shared: they name the contract's file, and not where it lies."""
    own = tmp_path / "own.toml"
    own.write_bytes(files("polarity.contracts").joinpath("polarity.v1.toml").read_bytes())
    settings = polarity.load_settings({"contract": str(own)})
    report = polarity.compare(data, settings=settings, left="column:old", right="column:label")
    assert "own.toml" == report.subject.settings["contract"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"left": "gpt"}, "left: 'gpt' is neither bert, llm nor column:NAME"),
        ({"left": "llm"}, "left and right are both 'llm'"),
        ({"name_left": "Decision"}, "--name-left: 'Decision' is what polarity calls its own"),
        ({"name_right": "LLM"}, "--name-right: 'LLM' is what polarity calls its own"),
        ({"name_left": "New", "right": "column:new"}, "left is 'New' and right 'new', which look alike"),
        ({"left": "column:the old", "right": "column:Old"}, "left is 'the old' and right 'Old', which look"),
        ({"right": "column:old", "repeat": 2}, "repeat asks the right side again"),
        ({"left": "column:old", "right": "column:label", "resume": True}, "there is nothing to resume"),
    ],
)
def test_what_contradicts_itself_is_refused(data: Path, options: dict[str, object], problem: str) -> None:
    """Before anything is read."""
    with pytest.raises(SettingsError) as refused:
        polarity.compare(data, **options)  # type: ignore[arg-type]
    assert problem in str(refused.value)


def test_a_column_is_told_from_what_polarity_calls_its_own(tmp_path: Path) -> None:
    """In any case: pages call bert BERT."""
    path = tmp_path / "d.csv"
    path.write_text("text,BERT,Decision\nFine.,POSITIVE,POSITIVE\n", "utf-8")
    report = polarity.compare(path, left="column:BERT", right="column:Decision")
    assert ("column BERT", "column Decision") == report.subject.sides


def test_no_file_is_nothing_to_compare() -> None:
    """A pattern that was forgotten is no report about nothing."""
    with pytest.raises(SettingsError, match="no file is named"):
        polarity.compare([], left="column:a", right="column:b")


def test_a_cell_that_cannot_be_read_costs_its_row_alone(tmp_path: Path) -> None:
    """Its row is left out with the reason, as a row without the column is; without an intake it ends all."""
    rows = (
        '{"text": "Fine.", "old": "positive", "new": {"POSITIVE": 1, "NEUTRAL": 0, "NEGATIVE": 0}}',
        '{"text": "Odd.", "old": "positive", "new": {"POSITIVE": 0.5}}',
        '{"text": "Bare.", "old": "positive"}',
        '{"text": "Bad.", "old": "negative", "new": "positive"}',
    )
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join(rows), "utf-8")
    heard = Heard()
    report = polarity.compare(path, left="column:old", right="column:new", intake=heard)
    assert (2, 0.5) == (report.summary.n, report.summary.agreement)
    assert [(2, "column 'new' holds no proba"), (3, "no column 'new'; found 'old")] == [
        (line, problem[:27]) for line, problem in heard.problems
    ]
    with pytest.raises(RecordError, match=r"d\.jsonl:2: column 'new' holds no probabilities"):
        polarity.compare(path, left="column:old", right="column:new")
