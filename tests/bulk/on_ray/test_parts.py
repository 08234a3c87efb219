"""The rows of a part before they are labelled, and those that got no label."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from polarity.bulk.on_ray.parts import Made, digest_of, write_part
from polarity.bulk.on_ray.reading import line_blocks
from polarity.bulk.on_ray.rows import own_of
from polarity.errors import RunError
from polarity.records import DEFAULT_COLUMNS

TABLE = pa.table({"text": ["fine"], "label": ["POSITIVE"], "gold": ["24 carat"]})


def _lines(*rows: object) -> pa.Table:
    content = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    return pa.concat_tables(line_blocks(iter([content]), "in.jsonl", DEFAULT_COLUMNS))


@pytest.mark.parametrize(
    ("table", "are_lines"), [(TABLE, False), (_lines(TABLE.to_pylist()[0]), True)], ids=["table", "lines"]
)
def test_a_column_called_gold_is_kept(table: pa.Table, are_lines: bool) -> None:
    """It gives way to the gold label, as others do to what an answer adds."""
    own = own_of(table, DEFAULT_COLUMNS, TABLE.schema, are_lines=are_lines).table.to_pylist()[0]
    assert ("POSITIVE", "24 carat") == (own["gold"], own["input_gold"])


@pytest.mark.parametrize("are_lines", [False, True])
def test_a_column_that_gives_way_takes_nobodys_place(are_lines: bool) -> None:
    """Where its new name is another column's, both are kept, each by a name of its own."""
    row = {"text": "fine", "label": "POSITIVE", "gold": "24 carat", "input_gold": "dust"}
    table = pa.Table.from_pylist([row])
    given = _lines(row) if are_lines else table
    own = own_of(given, DEFAULT_COLUMNS, table.schema, are_lines=are_lines).table
    assert len(own.column_names) == len({*own.column_names})
    found = own.to_pylist()[0]
    assert ("POSITIVE", "24 carat", "dust") == (
        found["gold"],
        found["input_input_gold"],
        found["input_gold"],
    )


def test_lines_have_the_columns_of_the_first_rows() -> None:
    """In every part, whatever its rows have; the rest stands together, and so does what is no row."""
    schema = pa.schema([("text", pa.string()), ("shop", pa.string()), ("others", pa.string())])
    table = _lines({"text": "fine"}, {"text": "bad", "shop": 3, "others": "mine", "new": [1]}, [])
    own = own_of(table, DEFAULT_COLUMNS, schema, are_lines=True).table
    assert ["id", "text", "shop", "input_others", "gold", "others"] == own.column_names
    assert {pa.string()} == {*own.schema.types}
    assert ["3", "mine"] == [own[name][1].as_py() for name in ("shop", "input_others")]
    assert [None, '{"new": [1]}', '{"unread": "[]"}'] == own["others"].to_pylist()


def test_lines_are_counted_once() -> None:
    """A blank line is left out before rows are counted: one that comes so far would move all numbers."""
    table = pa.table({"line": ['{"text": "fine"}', " "], "problem": [None, None], "\0number": [7, 8]})
    with pytest.raises(RunError, match="2 lines were read, and 1 opened"):
        own_of(table, DEFAULT_COLUMNS, TABLE.schema, are_lines=True)


def test_rows_without_a_label_stand_apart(tmp_path: Path) -> None:
    """With their numbers and files, also where the input has columns of these names."""
    table = pa.table({"row": ["a", "b"], "input_file": ["c", "d"], "label": ["POSITIVE", None]})
    places = pa.table({"input_file": ["a.csv", "b.csv"]})
    part = {"first": 5, "rows": 2, "input": "ab"}
    write_part(tmp_path / "part-000000.parquet", table, places, part, Made({}, {}, {}, []), "cd")
    found = parquet.read_table(tmp_path / "_errors" / "part-000000.parquet").to_pylist()
    assert [
        {"input_row": "b", "input_input_file": "d", "label": None, "row": 6, "input_file": "b.csv"}
    ] == found


ODD = {
    "text": pa.array([b"fine", b"bro\xffken", None], pa.binary()).view(pa.string()),
    "day": pa.array([0, 2**30, None], pa.int32()).view(pa.date32()),
    "at": pa.array([0, 2**62, 1], pa.int64()).view(pa.timestamp("s", "UTC")),
    "ns": pa.array([0, 1, 2**60 + 1], pa.int64()).view(pa.timestamp("ns")),
    "took": pa.array([0, 2**62, 1], pa.int64()).view(pa.duration("s")),
    "list": pa.array([[0], [2**62], []], pa.list_(pa.int64())).cast(pa.list_(pa.timestamp("s"))),
    "dict": pa.array(["a", None, "a"]).dictionary_encode(),
    "map": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int8())),
    "none": pa.nulls(3),
}


@pytest.mark.parametrize("name", ODD)
def test_any_cell_can_be_told_from_another(name: str) -> None:
    """Also one that Python has no value for; however the table is cut, and wherever its file lies."""
    table = pa.table({name: ODD[name]})
    cut = pa.concat_tables([table.slice(0, 1), table.slice(1)]).append_column(
        "\0file", pa.array(["a", "b", "c"])
    )
    assert digest_of(table) == digest_of(cut)
    assert digest_of(table.slice(0, 1)) != digest_of(table.slice(1, 1)) or name == "none"


def test_a_text_that_is_none_is_a_row_with_its_reason() -> None:
    """One that is no UTF-8 costs no other row anything; other columns stay as they are."""
    table = pa.table({name: ODD[name] for name in ("text", "day")})
    own = own_of(table, DEFAULT_COLUMNS, table.schema, are_lines=False)
    assert [
        None,
        "column 'text' is not text: b'bro\\xffken'",
        "column 'text' is not text: None",
    ] == own.problems
    assert ["fine", "", ""] == own.texts
    assert table == own.table
