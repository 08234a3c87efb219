"""What the engine reads: in order, whatever the format, and where it lies."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from polarity.bulk.on_ray.heads import schema_of
from polarity.bulk.on_ray.inputs import Source, source_of
from polarity.bulk.on_ray.reading import FILE, NUMBER, tables
from polarity.errors import PolarityError, RecordError, SettingsError
from polarity.records import DEFAULT_COLUMNS, Columns


def _read(source: Source, rows: int, columns: Columns = DEFAULT_COLUMNS) -> list[pa.Table]:
    """Read all, as a run does that has looked at the beginnings."""
    read = tables(source, columns, schema_of(source, columns), rows)
    return [table.drop_columns([FILE]) for table in read]


def _lines(*names: str) -> bytes:
    return b"".join(f'{{"text": "{name}"}}\n'.encode() for name in names)


def test_folders_patterns_and_addresses_are_files(tmp_path: Path) -> None:
    """A folder's files by name, however deep, but for what engines hide; names in the order given."""
    for name in ("b/2.csv", "b/1.csv", "b/_manifest.csv", "b/.run/3.csv", "a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    inner = ["b/1.csv", "b/2.csv"]
    assert inner == [str(Path(path).relative_to(tmp_path)) for path in source_of([str(tmp_path / "b")]).paths]
    named = [str(tmp_path / "b" / "*.csv"), str(tmp_path / "a.csv")]
    assert [*inner, "a.csv"] != source_of(named).names
    assert ["1.csv", "2.csv", "_manifest.csv", "a.csv"] == source_of(named).names
    address = f"file://{tmp_path}/b"
    assert [f"{address}/1.csv", f"{address}/2.csv"] == source_of([address]).paths


@pytest.mark.parametrize(
    ("names", "error", "said"),
    [
        ([], SettingsError, "^no file is named$"),
        (["a.csv", "b.parquet"], RecordError, r"^b\.parquet: is parquet, and a\.csv is csv: "),
        (["a.xlsx"], RecordError, r"^a\.xlsx: is not what an engine reads: "),
        (["a.jsonl.zst"], RecordError, r"^a\.jsonl\.zst: is not what an engine reads: "),
        (["-"], RecordError, r"^-: is not what an engine reads: "),
        (["empty"], RecordError, "^empty: the folder holds no files$"),
        (["typo.csv"], RecordError, r"^typo\.csv: there is no such file$"),
        (["s4://nowhere/a.csv"], RecordError, "^s4://nowhere/a.csv: cannot be listed: "),
    ],
)
def test_what_cannot_be_read_is_said_before(
    names: list[str],
    error: type[PolarityError],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By its name, before a cluster is begun, or a folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "a.csv", "b.parquet", "a.xlsx", "a.jsonl.zst"):
        (tmp_path / name).mkdir() if name == "empty" else (tmp_path / name).touch()
    with pytest.raises(error, match=said):
        source_of(names)


def _csv(folder: Path) -> Source:
    (folder / "b.csv").write_text('text,n\n"one, two\nthree",007\n12,\n', "utf-8")
    with gzip.open(folder / "a.csv.gz", "wb") as file:
        file.write("text,n\nß,x\n".encode())
    return source_of([str(folder / "b.csv"), str(folder / "a.csv.gz")])


def _tsv(folder: Path) -> Source:
    (folder / "a.tsv").write_text("text\tn\none, two\t007\n12\t\nß\tx\n", "utf-8")
    return source_of([str(folder / "a.tsv")])


def _tsv_with_quotes(folder: Path) -> Source:
    (folder / "a.tsv").write_text('text\tn\n"one\t007\n12\t\nß\tx\n', "utf-8")
    return source_of([str(folder / "a.tsv")])


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
@pytest.mark.parametrize(
    ("made", "first"),
    [(_csv, "one, two\nthree"), (_tsv, "one, two"), (_tsv_with_quotes, '"one')],
    ids=["csv", "tsv", "quotes"],
)
def test_every_cell_is_text(made: Callable[[Path], Source], first: str, tmp_path: Path) -> None:
    """As everywhere in polarity: a number stays as it is spelled, and nothing is null. In the order given."""
    found = pa.concat_tables(_read(made(tmp_path), 2)).to_pylist()
    assert [
        {"text": first, "n": "007"},
        {"text": "12", "n": ""},
        {"text": "ß", "n": "x"},
    ] == found


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_lines_are_those_that_a_file_has(tmp_path: Path) -> None:
    """Only a line feed ends one; blank ones are none, and what is no UTF-8 or no JSON is one all the same."""
    odd = '{"text": "b\u2028c\r\x01"}\n'
    raw = [
        *_lines("a").splitlines(keepends=True),
        b"\n",
        b"  \r\n",
        "\u00a0\n".encode(),
        b"\x1e\n",
        odd.encode(),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"".join([*raw, b"{\n", b"\xff, \x02\n"]))
    (tmp_path / "b.jsonl").touch()
    (tmp_path / "c.jsonl").write_bytes(odd.encode("utf-16"))
    (tmp_path / "d.jsonl").write_bytes(b'{"text": "d"}\r{"text": "e"}')
    found = pa.concat_tables(_read(source_of([str(tmp_path)]), 3)).to_pylist()
    assert [
        ('{"text": "a"}\n', 1),
        (odd, 6),
        ("{\n", 7),
        ("\\xff, \x02\n", 8),
        (odd, 1),
        ('{"text": "d"}\r', 1),
        ('{"text": "e"}', 2),
    ] == [(row["line"], row[NUMBER]) for row in found]
    assert [None] * 3 + ["not UTF-8: byte b'\\xff' at column 1"] + [None] * 3 == [
        row["problem"] for row in found
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_files_of_parquet_are_brought_together(tmp_path: Path) -> None:
    """A column that one lacks is null there; of two types the wider one counts, in every table."""
    parquet.write_table(pa.table({"text": ["a"], "n": pa.array([1], pa.int8())}), tmp_path / "a.parquet")
    parquet.write_table(pa.table({"m": ["x"], "n": [2.5], "text": ["b"]}), tmp_path / "b.parquet")
    found = _read(source_of([str(tmp_path)]), 1)
    assert [["text", "n", "m"]] * 2 == [table.column_names for table in found]
    assert [{"text": "a", "n": 1.0, "m": None}, {"text": "b", "n": 2.5, "m": "x"}] == pa.concat_tables(
        found
    ).to_pylist()


@pytest.mark.parametrize(
    ("files", "named", "said"),
    [
        (
            {"a.jsonl": _lines("a") + b'{"body": "b"}\n'},
            {"text": "txt"},
            "no column 'txt' in its first 2 rows; found 'text', 'body'$",
        ),
        (
            {"a.jsonl": _lines("a"), "b.jsonl": b'{"body": "b"}'},
            {},
            "b.jsonl: no column 'text' in its first 1 rows; found 'body'$",
        ),
        ({"a.csv": b"body,n\na,1\n"}, {}, "a.csv: no column 'text'; found 'body', 'n'$"),
        (
            {"a.csv": "text\na\n".encode("utf-16")},
            {},
            "a.csv: it is UTF-16, by its byte-order mark: --encoding utf-16$",
        ),
        ({"a.csv": b"text\na\n"}, {"encoding": "klingon"}, "a.csv: there is no encoding 'klingon'$"),
        ({"a.csv": b"text,n,n\na,1,2\n"}, {}, "a.csv: column 'n' stands there 2 times$"),
        ({"a.parquet": b""}, {}, "a.parquet: cannot be read: Parquet file size is 0 bytes$"),
        ({"a.jsonl": b"", "b.jsonl": b" \n"}, {}, "a.jsonl: holds no records$"),
        ({"a.csv": b"", "b.csv": b""}, {}, "a.csv: holds no records$"),
        (
            {"a.csv": b"", "b.csv": b"text,n\na,1\n"},
            {"label": "mood"},
            "no column 'mood'; found 'text', 'n'$",
        ),
    ],
)
def test_a_column_that_is_not_there_is_said_before(
    files: dict[str, bytes], named: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """With those that are, and the file: nothing is begun for it. So is a file that cannot be read."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    source = source_of([str(tmp_path)])
    with pytest.raises(RecordError, match=said):
        schema_of(source, replace(DEFAULT_COLUMNS, **named))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_empty_files_have_no_rows(tmp_path: Path) -> None:
    """As other engines leave them behind: beside files with rows they are nothing."""
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").write_text("text\nb\n", "utf-8")
    assert [{"text": "b"}] == pa.concat_tables(_read(source_of([str(tmp_path)]), 3)).to_pylist()


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_tables_have_so_many_rows(tmp_path: Path) -> None:
    """Wherever files and their groups of rows end; the files' order is kept, and Parquet's types."""
    for at, name in enumerate(("b", "a")):
        column = pa.array(range(70 * at, 70 * at + 70), pa.int16())
        parquet.write_table(
            pa.table({"text": ["fine"] * 70, "n": column}), tmp_path / f"{name}.parquet", row_group_size=9
        )
    source = source_of([str(tmp_path / "b.parquet"), str(tmp_path / "a.parquet")])
    found = _read(source, 32)
    assert [32, 32, 32, 32, 12] == [len(table) for table in found]
    whole = pa.concat_tables(found)["n"]
    assert (list(range(140)), pa.int16()) == (whole.to_pylist(), whole.type)


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_another_header_is_refused(tmp_path: Path) -> None:
    """The engine would join both, and guess what the further cells are: 00712 would become 712."""
    for name, content in (("a.csv", "text,n\na,1\n"), ("b.csv", "text,n,zip\nb,2,00712\n")):
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(
        RecordError, match=r"b\.csv: its header \['text', 'n', 'zip'\] is not that of .*a\.csv"
    ):
        _read(source_of([str(tmp_path / "*.csv")]), 32)


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_a_file_that_is_broken_is_named(tmp_path: Path) -> None:
    """With what is wrong, and without the engine's traceback."""
    path = tmp_path / "a.csv"
    path.write_text("text,n\na,1\nb,2,3\n", "utf-8")
    said = rf"^{path}: cannot be read: CSV parse error: Row #3: Expected 2 columns, got 3: b,2,3$"
    with pytest.raises(RecordError, match=said) as raised:
        _read(source_of([str(path)]), 32)
    assert "\n" not in str(raised.value)
