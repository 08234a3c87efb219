"""Files that are read whole."""

from pathlib import Path

import pytest

from polarity.contract import load_contract
from polarity.errors import PolarityError
from polarity.places import file_bytes, file_hash, hash_once
from polarity.training.holdout import read_holdout
from polarity.training.recipe import read_recipe


def test_a_file_is_read(tmp_path: Path) -> None:
    """As it is."""
    (tmp_path / "a").write_bytes(b"\xff")
    assert b"\xff" == file_bytes(tmp_path / "a")


@pytest.mark.parametrize("read", [load_contract, read_recipe, read_holdout])
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/full"])
def test_a_device_gives_a_sentence(read: object, device: str) -> None:
    """Whether it has no end or nothing in it."""
    with pytest.raises(PolarityError, match=f"{device}: cannot be read: is a device, not a file"):
        read(Path(device))  # type: ignore[operator]


def test_a_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
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
