"""Files that are read whole."""

from pathlib import Path

import pytest

from polarity.contract import load_contract
from polarity.errors import PolarityError
from polarity.places import file_bytes
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
