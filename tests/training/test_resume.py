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

OPTIONS = TrainingOptions(epochs=4, batch_size=8, learning_rate=1e-3, precision="fp32", threads=1)

# Keeps the state after every step, and waits at one for the parent to kill it.
DRIVER = """
import sys, time
from pathlib import Path
from polarity.contract import load_contract
from polarity.training import run, trainer
from polarity.training.dataset import LabelledFile
from polarity.training.options import TrainingOptions

trainer.SAVE_EVERY_S = 0.0
data, base, out, pause_at, resume = sys.argv[1:]

def wait(progress):
    if progress.step == int(pause_at):
        print("paused", flush=True)
        time.sleep(60)

options = TrainingOptions(epochs=4, batch_size=8, learning_rate=1e-3, precision="fp32", threads=1)
files = [LabelledFile(path=Path(data), weight=0.5)]
run.train(
    run.TrainingData(files=files, dev=[LabelledFile(path=Path(data))]),
    load_contract(),
    base,
    options,
    Path(out),
    origin=run.Origin(command="c"), resume=resume == "resume", on_step=wait,
)
"""


def _killed_at(step: int, data: Path, base: Path, out: Path, *, resume: str = "begin") -> None:
    command = [sys.executable, "-c", DRIVER, str(data), str(base), str(out), str(step), resume]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "paused\n" == process.stdout.readline()
        process.send_signal(signal.SIGKILL)


@pytest.mark.training
def test_a_run_that_is_killed_twice_ends_as_one_that_never_was(tmp_path: Path, tiny_base: Path) -> None:
    """SIGKILL within the first and within the third epoch: weights and curve are equal to the last bit."""
    data = write_sentences(tmp_path / "d.jsonl")
    _train(data, tiny_base, tmp_path / "whole", OPTIONS, weight=0.5)
    out = tmp_path / "broken"
    _killed_at(3, data, tiny_base, out)
    _killed_at(11, data, tiny_base, out, resume="resume")
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
    run_folder(out).mkdir()
    with pytest.raises(
        TrainingError, match=r"an unfinished run lies there: resume it, or remove the folder$"
    ):
        _train(data, tiny_base, out, OPTIONS)


def test_nothing_to_resume_is_said(tmp_path: Path, tiny_base: Path) -> None:
    """A run that was never begun cannot go on."""
    data = write_sentences(tmp_path / "d.jsonl")
    with pytest.raises(TrainingError, match=r"no unfinished run to resume$"):
        _train(data, tiny_base, tmp_path / "ck", OPTIONS, resume=True)
