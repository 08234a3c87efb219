"""A file's hash."""

from pathlib import Path

from polarity.records import file_hash, hash_once


def test_it_is_that_of_the_bytes(tmp_path: Path) -> None:
    """As sha256sum says it, whatever the file is called."""
    (tmp_path / "a.jsonl").write_bytes(b"abc")
    assert "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" == file_hash(
        tmp_path / "a.jsonl"
    )


def test_a_file_that_changes_is_hashed_again(tmp_path: Path) -> None:
    """What is remembered is for the file as it was."""
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    assert file_hash(path) == hash_once(path) == hash_once(path)
    path.write_bytes(b"three")
    assert file_hash(path) == hash_once(path)
