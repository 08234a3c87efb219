"""`recipes/average.py`: one checkpoint of several, their mean."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

SCRIPT = runpy.run_path(str(Path(__file__).parent.parent / "recipes" / "average.py"))
LABELS = ("negative", "neutral", "positive")


def test_every_weight_is_the_mean(make_checkpoint: Callable[..., Path], tmp_path: Path) -> None:
    """The mean is taken in fp32 and kept in the type of the first; its other files are the first one's."""
    first, second = make_checkpoint(*LABELS), make_checkpoint(*LABELS)
    weights = load_file(first / "model.safetensors")
    save_file({name: 3 * tensor for name, tensor in weights.items()}, second / "model.safetensors")
    SCRIPT["main"]([first, second], tmp_path / "mean")
    found = load_file(tmp_path / "mean" / "model.safetensors")
    assert weights.keys() == found.keys()
    assert all(torch.allclose(2 * tensor, found[name]) for name, tensor in weights.items())
    config = (tmp_path / "mean" / "config.json").read_bytes()
    assert (first / "config.json").read_bytes() == config


def test_networks_of_different_sizes_have_no_mean(
    make_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    """The one that does not fit the first is named, and nothing is written."""
    first, other = make_checkpoint(*LABELS), make_checkpoint("negative", "positive")
    with pytest.raises(SystemExit) as caught:
        SCRIPT["main"]([first, other], tmp_path / "mean")
    assert f"{other}: has other weights than {first}: they did not begin alike" == caught.value.code
    assert not (tmp_path / "mean").exists()


def test_what_is_there_is_left_alone(make_checkpoint: Callable[..., Path], tmp_path: Path) -> None:
    """A folder that exists is not overwritten."""
    first = make_checkpoint(*LABELS)
    with pytest.raises(SystemExit) as caught:
        SCRIPT["main"]([first], tmp_path)
    assert f"{tmp_path}: is there already: remove it first" == caught.value.code
