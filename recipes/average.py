"""Make one checkpoint of several that began alike: the mean of their weights.

    python recipes/average.py CHECKPOINT CHECKPOINT... OUT

Runs that began with the same encoder end near each other, and what lies between them is often right where
one of them is wrong (Wortsman et al. 2022, "Model soups"). Configuration and tokenizer are the first one's;
what is said of one run is left out. OUT is written whole or not at all, and only
where there is nothing yet.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"
OF_ONE_RUN = ("README.md", "training.json", "curve.svg", "calibration.json", "reliability.svg")


def mean_of(states: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Average tensors of the same names, in fp32, and give them in the first one's type.

    >>> one, three = {"w": torch.tensor([1.0])}, {"w": torch.tensor([3.0])}
    >>> mean_of([one, three])["w"].item()
    2.0
    """
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(tensor.dtype)
        for name, tensor in states[0].items()
    }


def main(checkpoints: Sequence[Path], out: Path) -> None:
    if out.exists():
        sys.exit(f"{out}: is there already: remove it first")
    states = [load_file(folder / WEIGHTS) for folder in checkpoints]
    shapes = [{name: tensor.shape for name, tensor in state.items()} for state in states]
    for folder, other in zip(checkpoints, shapes, strict=True):
        if other != shapes[0]:
            sys.exit(f"{folder}: has other weights than {checkpoints[0]}: they did not begin alike")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(checkpoints[0], partial, ignore=shutil.ignore_patterns(*OF_ONE_RUN))
        save_file(mean_of(states), partial / WEIGHTS, {"format": "pt"})
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoints", metavar="CHECKPOINT", type=Path, nargs="+")
    parser.add_argument("out", metavar="OUT", type=Path)
    given = parser.parse_args()
    main(given.checkpoints, given.out)
