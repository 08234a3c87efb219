"""What the engine reads: in order, whatever the format, and where it lies."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from polarity.bulk.on_ray.inputs import Source, source_of, tables
from polarity.errors import PolarityError, RecordError, SettingsError
from polarity.records import Columns


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
    found = pa.concat_tables(tables(made(tmp_path), Columns(), 2)).to_pylist()
    assert [
        {"text": first, "n": "007"},
        {"text": "12", "n": ""},
        {"text": "ß", "n": "x"},
    ] == found


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_lines_are_lines(tmp_path: Path) -> None:
    """Only a line feed ends one; blank ones are none, and what is no UTF-8 or no JSON is one all the same."""
    kept = [*_lines("a", "b\u2028c").splitlines(keepends=True)[:1], '{"text": "b\u2028c"}\n'.encode()]
    bad = [b"{\n", b"\xff, \x02\n"]
    (tmp_path / "a.jsonl").write_bytes(
        b"".join([kept[0], b"\n", b"  \r\n", "\u00a0\n".encode(), b"\x1e\n", kept[1], *bad])
    )
    found = pa.concat_tables(tables(source_of([str(tmp_path / "a.jsonl")]), Columns(), 3))
    assert [line.rstrip(b"\n") for line in [*kept, *bad]] == found["line"].to_pylist()


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_tables_have_so_many_rows(tmp_path: Path) -> None:
    """Wherever files and their groups of rows end; the files' order is kept, and Parquet's types."""
    for at, name in enumerate(("b", "a")):
        column = pa.array(range(70 * at, 70 * at + 70), pa.int16())
        parquet.write_table(pa.table({"n": column}), tmp_path / f"{name}.parquet", row_group_size=9)
    source = source_of([str(tmp_path / "b.parquet"), str(tmp_path / "a.parquet")])
    found = list(tables(source, Columns(), 32))
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
        list(tables(source_of([str(tmp_path / "*.csv")]), Columns(), 32))


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_a_file_that_is_broken_is_named(tmp_path: Path) -> None:
    """With what is wrong, and without the engine's traceback."""
    path = tmp_path / "a.csv"
    path.write_text("text,n\na,1\nb,2,3\n", "utf-8")
    said = rf"^{path}: cannot be read: CSV parse error: Row #3: Expected 2 columns, got 3: b,2,3$"
    with pytest.raises(RecordError, match=said) as raised:
        list(tables(source_of([str(path)]), Columns(), 32))
    assert "\n" not in str(raised.value)
