"""Against gold in one call, from Python."""

import asyncio
from pathlib import Path

import pytest

import polarity
from polarity.errors import RecordError
from polarity.settings import Settings
from tests.records.hearing import Heard


@pytest.fixture
def settings(tiny_checkpoint: Path) -> Settings:
    """A tiny BERT, on one thread."""
    return polarity.load_settings({"bert": {"checkpoint": str(tiny_checkpoint), "threads": 1}})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two labelled texts."""
    path = tmp_path / "d.jsonl"
    path.write_text(
        '{"text": "Love it!", "label": "POSITIVE"}\n{"text": "No.", "label": "NEGATIVE"}\n', "utf-8"
    )
    return path


def test_in_a_script_and_in_a_notebook(settings: Settings, data: Path, tmp_path: Path) -> None:
    """The same either way, with the page written; no run is left lying."""
    out = tmp_path / "page.md"

    async def cell() -> object:
        return polarity.evaluate(data, settings)

    found = polarity.evaluate(data, settings, out=out)
    assert found == asyncio.run(cell())
    assert 2 == found.evaluation.n
    assert {"d.jsonl", "page.md"} == {path.name for path in tmp_path.iterdir()}


def test_rows_that_were_left_out_are_counted(settings: Settings, data: Path) -> None:
    """Rows without a text or a gold label are in none of the figures, and not forgotten."""
    with data.open("a", encoding="utf-8") as file:
        file.write('{"text": " ", "label": "POSITIVE"}\n{"text": "Fine."}\n{"text": "Hm."}\n')
    found = polarity.evaluate(data, settings, intake=Heard())
    reasons = [(why.problem, why.rows, why.first) for why in found.left_out.reasons]
    where = f"{data.parent.name}/d.jsonl"
    assert [
        ("no gold label in column 'label'", 2, f"{where}:4"),
        ("column 'text' is blank", 1, f"{where}:3"),
    ] == reasons
    assert (2, 3) == (found.evaluation.n, found.left_out.rows)


def test_the_data_are_never_overwritten(settings: Settings, data: Path) -> None:
    """An output that is read is refused before a model is loaded."""
    page = data.with_suffix(".md")
    data.rename(page)
    with pytest.raises(RecordError, match="it is read, and would be lost"):
        polarity.evaluate(page, settings, out=page)
