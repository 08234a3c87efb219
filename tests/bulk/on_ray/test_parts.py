"""The rows of a part before they are labelled, and those that got no label."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from polarity.bulk.on_ray.parts import own_of, write_part
from polarity.errors import RunError
from polarity.records import DEFAULT_COLUMNS

TABLE = pa.table({"text": ["fine"], "label": ["POSITIVE"], "gold": ["24 carat"]})
LINES = pa.table({"line": [b'{"text": "fine", "label": "POSITIVE", "gold": "24 carat"}']})


@pytest.mark.parametrize(("table", "are_lines"), [(TABLE, False), (LINES, True)], ids=["table", "lines"])
def test_a_column_called_gold_is_kept(table: pa.Table, are_lines: bool) -> None:
    """It gives way to the gold label, as others do to what an answer adds."""
    own = own_of(table, DEFAULT_COLUMNS, 1, are_lines=are_lines).table.to_pylist()[0]
    assert ("POSITIVE", "24 carat") == (own["gold"], own["input_gold"])


def test_lines_are_counted_once() -> None:
    """A blank line is left out before rows are counted: one that comes so far would move all numbers."""
    with pytest.raises(RunError, match="2 lines were read from row 7 on, and 1 opened"):
        own_of(pa.table({"line": [b'{"text": "fine"}', b" "]}), DEFAULT_COLUMNS, 7, are_lines=True)


def test_rows_without_a_label_stand_apart(tmp_path: Path) -> None:
    """With their numbers, also where the input has a column of that name."""
    table = pa.table({"row": ["a", "b"], "label": ["POSITIVE", None]})
    part = {"name": "part-000000.parquet", "first": 5, "rows": 2, "input": "ab", "errors": {}, "usage": {}}
    write_part(tmp_path / "part-000000.parquet", table, part, "cd")
    found = parquet.read_table(tmp_path / "_errors" / "part-000000.parquet").to_pylist()
    assert [{"input_row": "b", "label": None, "row": 6}] == found
