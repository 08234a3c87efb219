"""One place that writes by suffix: what it refuses, and that files are there whole or not at all."""

from pathlib import Path
from typing import TextIO

import pytest

from polarity.errors import RecordError
from polarity.pages.writing import check_outputs, write_outputs


def write_text(file: TextIO, said: str) -> None:
    """Write it as it is."""
    file.write(said)


def write_title(file: TextIO, said: str) -> None:
    """Write it as a title."""
    file.write(f"# {said}")


WRITERS = {".md": write_title, ".txt": write_text}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a.pdf", r"unknown suffix '\.pdf'; known: \.md, \.txt"),
        ("a", r"unknown suffix ''; known: \.md, \.txt; it writes files, such as a\.md$"),
        ("none/a.md", "cannot be written: no such folder: '.*none'"),
        ("folder.md", "cannot be written: is a folder"),
        ("read.md", "cannot be written: it is read, and would be lost"),
        ("sub/../read.md", "cannot be written: it is read, and would be lost"),
    ],
)
def test_what_cannot_be_written_is_known_before(tmp_path: Path, name: str, problem: str) -> None:
    """A suffix or a place that will not do is an error that names the path; nothing is left behind."""
    for folder in ("folder.md", "sub"):
        (tmp_path / folder).mkdir()
    (tmp_path / "read.md").write_text("mine", "utf-8")
    there = sorted(tmp_path.rglob("*"))

    with pytest.raises(RecordError, match=problem) as raised:
        check_outputs([tmp_path / "good.md", tmp_path / name], WRITERS, [tmp_path / "read.md"])
    assert str(tmp_path / name) in str(raised.value)
    assert there == sorted(tmp_path.rglob("*"))


def test_a_folder_that_takes_no_file_is_known_before() -> None:
    """Where the system refuses a new file, as it does for everybody here, its own words are said."""
    with pytest.raises(RecordError, match=r"/proc/self/a\.md: cannot be written: "):
        check_outputs([Path("/proc/self/a.md")], WRITERS)


def test_what_can_be_written_passes(tmp_path: Path) -> None:
    """Suffixes are read without case; checking leaves nothing."""
    check_outputs([tmp_path / "A.MD", tmp_path / "a.txt"], WRITERS, [tmp_path / "other.md"])

    assert [] == list(tmp_path.iterdir())


def test_each_file_is_written_by_its_suffix(tmp_path: Path) -> None:
    """In any case; one that is named twice is written once."""
    paths = [tmp_path / "A.MD", tmp_path / "a.txt", tmp_path / "." / "a.txt"]
    write_outputs(paths, WRITERS, "so")

    assert {"A.MD": "# so", "a.txt": "so"} == {path.name: path.read_text() for path in tmp_path.iterdir()}


def test_all_files_are_whole_or_none_is_there(tmp_path: Path) -> None:
    """Where one writer fails, the others' files do not take their names, and an old one stays."""

    def fails(file: TextIO, _: str) -> None:
        file.write("half")
        raise ValueError("broken off")

    (tmp_path / "a.md").write_text("old", "utf-8")
    with pytest.raises(ValueError, match="broken off"):
        write_outputs([tmp_path / "a.md", tmp_path / "b.txt"], {**WRITERS, ".txt": fails}, "new")

    assert {"a.md": "old"} == {path.name: path.read_text() for path in tmp_path.iterdir()}


def test_an_unknown_suffix_writes_nothing(tmp_path: Path) -> None:
    """Whoever did not check is told as well, before the first file is opened."""
    with pytest.raises(RecordError, match="unknown suffix"):
        write_outputs([tmp_path / "a.md", tmp_path / "b.pdf"], WRITERS, "so")
    assert [] == list(tmp_path.iterdir())
