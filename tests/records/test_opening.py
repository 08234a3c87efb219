"""Packed files, and those that are blown up when they are read."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from backports import zstd
from pyarrow import parquet

from polarity.errors import RecordError
from polarity.records import opening, read

Pack = Callable[[bytes], bytes]
PACKED = pytest.mark.parametrize(("packing", "pack"), [(".gz", gzip.compress), (".zst", zstd.compress)])


@PACKED
@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b"text\nfine\n"), ("a.jsonl", b'{"text": "fine"}'), ("a.json", b'[{"text": "fine"}]')],
)
def test_packed_text_is_read(tmp_path: Path, packing: str, pack: Pack, name: str, content: bytes) -> None:
    """Also of several members one behind the other."""
    path = tmp_path / f"{name}{packing}"
    path.write_bytes(pack(content[:5]) + pack(content[5:]))
    assert ["fine"] == [record.text for record in read(path)]


@PACKED
def test_a_file_that_ends_too_early(tmp_path: Path, packing: str, pack: Pack) -> None:
    """Rows that are missing are no end of the file."""
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(pack(b"text\n" + bytes(range(97, 123)) * 99)[:-6])
    with pytest.raises(RecordError, match="cannot be unpacked: Compressed file ended"):
        list(read(path))


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_what_is_not_packed(tmp_path: Path, packing: str) -> None:
    """The name promises more than the bytes hold."""
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(b"text\nfine\n")
    with pytest.raises(RecordError, match="cannot be unpacked"):
        list(read(path))


@PACKED
def test_a_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str, pack: Pack
) -> None:
    """Much out of little ends the reading, without being held."""
    monkeypatch.setattr(opening, "HARMLESS", 2**22)
    path = tmp_path / f"a.jsonl{packing}"
    path.write_bytes(pack(b'{"text": "' + b"a" * 2**24))
    with pytest.raises(RecordError, match=r"bytes become more than .*: not read any further"):
        list(read(path))


@pytest.mark.slow
def test_a_parquet_file_of_one_huge_text_is_not_blown_up(tmp_path: Path) -> None:
    """A text of megabytes that stands in every row is held once, and not read without end."""
    path = tmp_path / "a.parquet"
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 1000), pa.array(["a" * 2_600_000]))
    parquet.write_table(pa.table({"text": column}), path, compression="zstd")
    with pytest.raises(RecordError, match=r"bytes become more than .*: not read any further"):
        for _ in read(path):
            pass


def test_a_device_is_no_file(tmp_path: Path) -> None:
    """It may have no end."""
    path = tmp_path / "a.csv"
    path.symlink_to("/dev/zero")
    with pytest.raises(RecordError, match="is a device, not a file"):
        list(read(path))


@pytest.mark.parametrize("name", ["a.parquet.gz", "a.xlsx.zst", "a.gz", "a.txt.gz"])
def test_what_is_not_read_packed(tmp_path: Path, name: str) -> None:
    """Formats that pack themselves, and what is no format."""
    with pytest.raises(RecordError, match="unknown suffix"):
        list(read(tmp_path / name))
