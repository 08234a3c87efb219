"""Parquet in and out: values as JSON has them, one type a column, whole files or none."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from polarity.errors import RecordError
from polarity.records import Columns, Record, read, read_all, write
from polarity.records.parquet import BATCH
from polarity.records.plain import plain


def _written(path: Path, *names: str, **columns: list[Any]) -> Path:
    """Write a Parquet file with pyarrow itself; `names` take the place of the columns' own."""
    table = pa.table(columns)
    parquet.write_table(table.rename_columns(list(names)) if names else table, path)
    return path


def test_rows_come_with_their_numbers(tmp_path: Path) -> None:
    """A row is named by its number from 1, also beyond the rows that are held at once."""
    texts = [f"text {number}" for number in range(1, 2 * BATCH + 2)]
    records = list(read(_written(tmp_path / "a.parquet", text=texts)))
    assert [(f"text {number}", number, str(number)) for number in range(1, 2 * BATCH + 2)] == [
        (record.text, record.line, record.id) for record in records
    ]


def test_columns_are_named_and_others_carried(tmp_path: Path) -> None:
    """Text, label and id stand in any column; the others come through with their own types."""
    path = _written(
        tmp_path / "A.PARQUET", body=["fine"], gold=["X"], no=[5], n=[1.5], k=[True], tags=[["a", None]]
    )
    (record,) = read(path, Columns(text="body", label="gold", id="no"))
    extra = {"n": 1.5, "k": True, "tags": ["a", None]}
    assert Record(text="fine", id="5", line=1, label="X", extra=extra) == record


def test_what_json_has_no_type_for_is_text(tmp_path: Path) -> None:
    """Dates and times are spelled by ISO 8601, decimals by their digits, categories by their names."""
    path = _written(
        tmp_path / "a.parquet",
        text=["a"],
        on=[date(2024, 2, 29)],
        at=[datetime(2024, 2, 29, 12, 30, tzinfo=UTC)],
        clock=[time(12, 30)],
        paid=[Decimal("1.50")],
        kind=pa.array(["refund"]).dictionary_encode(),
        part=[{"on": date(2024, 1, 1)}],
    )
    (record,) = read(path)
    assert {
        "on": "2024-02-29",
        "at": "2024-02-29T12:30:00+00:00",
        "clock": "12:30:00",
        "paid": "1.50",
        "kind": "refund",
        "part": {"on": "2024-01-01"},
    } == record.extra


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([b"\xff"], None),
        ([b"caf\xc3\xa9"], "café"),
        ([timedelta(days=1)], "PT86400S"),
        ([float("nan")], None),
        ([[1.0, float("inf")]], [1.0, "Infinity"]),
        (pa.array([2**62], pa.timestamp("us")), "<value out of range: 4611686018427387904>"),
        (pa.array([b"\xe9"], pa.binary()).view(pa.string()), None),
    ],
)
def test_what_json_cannot_hold_is_no_reason_to_refuse(tmp_path: Path, cells: Any, expected: Any) -> None:
    """Nobody reads the column: it is carried as what it is nearest to."""
    (record,) = read(_written(tmp_path / "a.parquet", text=["a"], x=cells))
    assert {"x": expected} == record.extra


def test_texts_may_be_bytes(tmp_path: Path) -> None:
    """Some writers of Parquet do not say that bytes are text."""
    path = _written(tmp_path / "a.parquet", text=[b"fine", b"caf\xc3\xa9"], label=[b"X", b"Y"])
    assert [("fine", "X"), ("café", "Y")] == [(record.text, record.label) for record in read(path)]


def test_columns_of_lists_and_mappings(tmp_path: Path) -> None:
    """Nested texts are read with their dictionaries, too."""
    path = _written(tmp_path / "a.parquet", text=["a", "b"], tags=[["x", "y"], ["x"]], at=[{"k": "v"}, None])
    assert [{"tags": ["x", "y"], "at": {"k": "v"}}, {"tags": ["x"], "at": None}] == [
        record.extra for record in read(path)
    ]


@pytest.mark.parametrize(
    ("columns", "line", "problem"),
    [
        ({"txt": ["a"]}, None, "no column 'text'; found 'txt'"),
        ({"text": ["a", " "]}, 2, "column 'text' is blank"),
        ({"text": ["a", None]}, 2, "column 'text' is not text: None"),
        ({"text": [3]}, 1, "column 'text' is not text: 3"),
        ({"text": pa.array([], pa.string())}, None, "holds no records"),
        ({}, None, "holds no records"),
    ],
)
def test_bad_rows(tmp_path: Path, columns: dict[str, Any], line: int | None, problem: str) -> None:
    """A row that cannot be used is an error as in any other format."""
    path = _written(tmp_path / "a.parquet", **columns)
    with pytest.raises(RecordError) as caught:
        list(read(path))
    assert (path, line, problem) == (caught.value.path, caught.value.line, caught.value.problem)


def test_a_column_that_stands_twice(tmp_path: Path) -> None:
    """Of two columns of one name neither is dropped in silence, and of two texts none is chosen."""
    path = _written(tmp_path / "a.parquet", "text", "text", a=["x"], b=["y"])
    with pytest.raises(RecordError, match="column 'text' stands twice in the header"):
        list(read(path))
    (record,) = read(_written(tmp_path / "b.parquet", "text", "x", "x", a=["a"], b=["b"], c=["c"]))
    assert {"x": "b", "x (2)": "c"} == record.extra


@pytest.mark.parametrize("content", [b"", b"PAR1", b'{"text": "a"}\n' * 9])
def test_another_format_is_said(tmp_path: Path, content: bytes) -> None:
    """A file that only has the suffix is a RecordError that names it."""
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        list(read(path))
    assert str(caught.value).startswith(f"{path}: not Parquet: ")


def test_a_broken_page_is_said(tmp_path: Path) -> None:
    """A file that was damaged behind its head is a RecordError, not a row of something else."""
    path = _written(tmp_path / "a.parquet", text=[f"text number {at}" for at in range(100)])
    content = bytearray(path.read_bytes())
    content[4:60] = bytes(56)
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"a\.parquet: not Parquet: "):
        list(read(path))


def test_text_that_is_not_utf8_is_a_bad_row(tmp_path: Path) -> None:
    """Bytes that some writer called text cost their row."""
    cells = pa.array([b"ok", b"\xe9"], pa.binary()).view(pa.string())
    path = _written(tmp_path / "a.parquet", text=cells)
    assert [None, "column 'text' is not text: None"] == [record.problem for record in read_all(path)]


def test_records_stream(tmp_path: Path) -> None:
    """Records come before the whole file was read: a row behind them is not looked at."""
    path = _written(tmp_path / "a.parquet", text=["a"] * BATCH + [" "])
    assert "a" == next(read(path)).text


@pytest.mark.parametrize(
    ("cells", "type_", "expected"),
    [
        ([1, None, 2], pa.int64(), [1, None, 2]),
        ([2**53 + 1, 2], pa.int64(), [2**53 + 1, 2]),
        ([1, 0.5], pa.float64(), [1.0, 0.5]),
        ([True, None], pa.bool_(), [True, None]),
        (["a", ""], pa.string(), ["a", ""]),
        ([None, None], pa.string(), [None, None]),
        (["a", 1, True], pa.string(), ["a", "1", "true"]),
        ([1, True], pa.string(), ["1", "true"]),
        ([2**53 + 1, 0.5], pa.string(), ["9007199254740993", "0.5"]),
        ([2**64, 1], pa.string(), ["18446744073709551616", "1"]),
        ([[1, "é"], {"k": None}], pa.string(), ['[1, "é"]', '{"k": null}']),
        (["a\ud800"], pa.string(), ["a\\ud800"]),
    ],
)
def test_a_column_has_one_type(tmp_path: Path, cells: list[Any], type_: Any, expected: list[Any]) -> None:
    """The narrowest that loses nothing; what has nothing in common is text."""
    write(tmp_path / "o.parquet", [{"x": cell} for cell in cells])
    column = parquet.read_table(tmp_path / "o.parquet").column("x")
    assert (type_, expected) == (column.type, column.to_pylist())


def test_columns_of_all_rows(tmp_path: Path) -> None:
    """The columns are the union in order of first appearance, also beyond the rows held at once."""
    write(tmp_path / "o.parquet", [{"b": 1}] * BATCH + [{"a": "x"}, {}])
    table = parquet.read_table(tmp_path / "o.parquet")
    assert ["b", "a"] == table.column_names
    assert [1] * BATCH + [None, None] == table.column("b").to_pylist()
    assert [None] * BATCH + ["x", None] == table.column("a").to_pylist()
    assert ["o.parquet"] == [path.name for path in tmp_path.iterdir()]


def test_no_rows_make_a_file_of_none(tmp_path: Path) -> None:
    """A file without rows is Parquet all the same."""
    write(tmp_path / "o.parquet", [])
    assert 0 == parquet.read_table(tmp_path / "o.parquet").num_rows


def test_what_json_cannot_hold_is_not_written(tmp_path: Path) -> None:
    """The rule is that of JSON Lines, and no file appears."""
    with pytest.raises(RecordError, match="Out of range float values"):
        write(tmp_path / "o.parquet", [{"a": 1.0}, {"a": float("nan")}])
    assert [] == list(tmp_path.iterdir())


def test_rows_are_taken_as_they_come(tmp_path: Path) -> None:
    """Rows may be a stream that is read once."""

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(3):
            yield {"text": "a", "n": number}

    write(tmp_path / "o.parquet", rows())
    assert [0, 1, 2] == [record.extra["n"] for record in read(tmp_path / "o.parquet")]


def test_a_map_is_a_list_of_pairs() -> None:
    """As pyarrow gives it, in the lists that JSON has."""
    assert [["a", "1.5"]] == plain([("a", Decimal("1.5"))])


@pytest.mark.parametrize(
    "labels",
    [
        pa.array([float("nan")]),
        pa.array([["a", "b"]]),
        pa.array([{"a": 1}]),
        pa.array([b"\xff\xd8"]),
        pa.array([2**30], pa.date32()),
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([None], pa.null()),
        pa.array([Decimal("1.5")]),
    ],
    ids=lambda labels: str(labels.type),
)
def test_a_label_of_any_form_stops_no_reading(tmp_path: Path, labels: pa.Array) -> None:
    """A text is read whatever stands beside it as its label: only who needs gold judges that."""
    parquet.write_table(pa.table({"text": ["fine"], "label": labels}), tmp_path / "a.parquet")
    (record,) = read_all(tmp_path / "a.parquet")
    assert ("fine", None) == (record.text, record.problem)
