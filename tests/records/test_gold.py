"""Records with a gold label that the contract knows."""

from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.records import Columns, gold_rows

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")


def test_gold_rows_streams_records_with_gold(tmp_path: Path) -> None:
    """Each record comes with its label, up to the limit."""
    lines = ('{"t": "Fine", "stars": "POSITIVE"}', '{"t": "Bad", "stars": "NEGATIVE"}', '{"t": 1}')
    path = _jsonl(tmp_path, *lines)
    rows = list(gold_rows(path, Columns(text="t", label="stars"), LABELS, limit=2))

    assert [("Fine", "POSITIVE"), ("Bad", "NEGATIVE")] == [(row.record.text, row.gold) for row in rows]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"text": "Fine"}', "no gold label in column 'label'"),
        ('{"text": "Fine", "label": ""}', "no gold label in column 'label'"),
        (
            '{"text": "Fine", "label": "positive"}',
            "gold label 'positive' is not one of NEGATIVE, NEUTRAL, POSITIVE",
        ),
    ],
)
def test_gold_rows_refuses_a_row_without_known_gold(tmp_path: Path, row: str, problem: str) -> None:
    """A missing or foreign gold label stops with the file, the line and the label."""
    path = _jsonl(tmp_path, '{"text": "Fine", "label": "POSITIVE"}', row)

    with pytest.raises(RecordError) as caught:
        list(gold_rows(path, Columns(), LABELS))

    assert f"{path}:2: {problem}" == str(caught.value)


def _jsonl(folder: Path, *lines: str) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
