"""A run that was killed goes on, and ends as if it had never stopped."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from polarity.contract import load_contract
from polarity.errors import TrainingError
from polarity.training.dataset import LabelledFile
from polarity.training.options import TrainingOptions
from polarity.training.run import Origin, TrainingData, train
from polarity.training.state import run_folder

from .sentences import write_sentences

OPTIONS = TrainingOptions(
    epochs=4, batch_size=8, learning_rate=1e-3, averaging=0.9, precision="fp32", threads=1
)

# Begins a run that is killed in its first epoch, and goes on with it until it is killed in its third. torch
# is loaded once: what is killed are processes that come of this one.
DRIVER = """
import os, signal, sys
from pathlib import Path
from polarity.contract import load_contract
from polarity.training import run, trainer
from polarity.training.dataset import LabelledFile
from polarity.training.options import TrainingOptions

trainer.SAVE_EVERY_S = 0.0  # keeps the state after every step
data, base, out = sys.argv[1:]
options = TrainingOptions(
    epochs=4, batch_size=8, learning_rate=1e-3, averaging=0.9, precision="fp32", threads=1
)

def train(kill_at, resume):
    def step(progress):
        if progress.step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    run.train(
        run.TrainingData(
            files=[LabelledFile(path=Path(data), weight=0.5)], dev=[LabelledFile(path=Path(data))]
        ),
        load_contract(), base, options, Path(out),
        origin=run.Origin(command="c"), resume=resume, on_step=step,
    )

for kill_at, resume in ((3, False), (11, True)):
    if (child := os.fork()) == 0:
        try:
            train(kill_at, resume)
        finally:
            os._exit(1)
    _, ended = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(ended), flush=True)
"""


def _killed_twice(data: Path, base: Path, out: Path) -> list[int]:
    """Give how the two processes ended."""
    command = [sys.executable, "-c", DRIVER, str(data), str(base), str(out)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [*map(int, done.stdout.split())]


@pytest.mark.training
def test_a_run_that_is_killed_twice_ends_as_one_that_never_was(tmp_path: Path, tiny_base: Path) -> None:
    """SIGKILL within the first and within the third epoch: weights and curve are equal to the last bit."""
    data = write_sentences(tmp_path / "d.jsonl")
    _train(data, tiny_base, tmp_path / "whole", OPTIONS, weight=0.5)
    out = tmp_path / "broken"
    assert [-signal.SIGKILL] * 2 == _killed_twice(data, tiny_base, out)
    _train(data, tiny_base, out, OPTIONS, weight=0.5, resume=True)
    whole, broken = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "broken"))
    assert all(tensor.equal(broken[name]) for name, tensor in whole.items())
    curves = [
        json.loads((tmp_path / name / "training.json").read_text())["curve"] for name in ("whole", "broken")
    ]
    assert curves[0] == curves[1]
    assert not run_folder(out).exists()


def _train(
    data: Path, base: Path, out: Path, options: TrainingOptions, *, weight: float = 1.0, resume: bool = False
) -> None:
    train(
        TrainingData(files=[LabelledFile(path=data, weight=weight)], dev=[LabelledFile(path=data)]),
        load_contract(),
        str(base),
        options,
        out,
        origin=Origin(command="c"),
        resume=resume,
    )


def test_an_unfinished_run_is_not_thrown_away(tmp_path: Path, tiny_base: Path) -> None:
    """Beginning anew beside one is refused: hours may lie there."""
    data, out = write_sentences(tmp_path / "d.jsonl"), tmp_path / "ck"
    (run_folder(out) / "a").mkdir(parents=True)
    with pytest.raises(
        TrainingError, match=r"an unfinished run lies there: resume it, or remove the folder$"
    ):
        _train(data, tiny_base, out, OPTIONS)


def test_nothing_to_resume_is_said(tmp_path: Path, tiny_base: Path) -> None:
    """A run that was never begun cannot go on."""
    data = write_sentences(tmp_path / "d.jsonl")
    with pytest.raises(TrainingError, match=r"no unfinished run to resume$"):
        _train(data, tiny_base, tmp_path / "ck", OPTIONS, resume=True)
