"""The state of an unfinished run: whole, exact, and only for the run it belongs to."""

import shutil
from pathlib import Path
from typing import IO

import pytest
import torch

from polarity.errors import TrainingError
from polarity.training import state
from polarity.training.state import (
    EpochResult,
    State,
    best_of,
    has_state,
    held,
    load_state,
    run_folder,
    save_state,
)

FINGERPRINT = {"base": "tiny", "options": {"seed": 0, "epochs": 2}}
CURVE = [EpochResult(1, 0.5, {"a/dev.jsonl": 0.25, "b/dev.jsonl": 0.75})]


def _state(steps: int = 7) -> State:
    tensors = {"model.w": torch.tensor([1.0, 0.1]), "random": torch.get_rng_state()}
    return State(tensors=tensors, steps=steps, losses=[0.1, 0.2], curve=CURVE, seconds=3.25)


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    """Tensors, counts, losses and curve are equal to the last bit."""
    save_state(_state(), tmp_path / "run", FINGERPRINT)
    found = load_state(tmp_path / "run", FINGERPRINT)
    assert (7, [0.1, 0.2], CURVE, 3.25) == (found.steps, found.losses, found.curve, found.seconds)
    assert all(torch.equal(tensor, found.tensors[name]) for name, tensor in _state().tensors.items())


def test_the_newest_state_is_read(tmp_path: Path) -> None:
    """Each state takes the place of the last one: one is left, without a file of another."""
    for steps in (1, 2, 3):
        save_state(_state(steps), tmp_path / "run", FINGERPRINT)
    assert 3 == load_state(tmp_path / "run", FINGERPRINT).steps
    assert ["run"] == [path.name for path in tmp_path.iterdir()]
    assert 1 == len(list((tmp_path / "run").iterdir()))


def test_another_run_is_refused(tmp_path: Path) -> None:
    """What differs is named down to the one option, with both values, and so is the way out."""
    save_state(_state(), tmp_path / "run", FINGERPRINT)
    with pytest.raises(TrainingError) as caught:
        load_state(tmp_path / "run", {"base": "other", "options": {"seed": 1, "epochs": 2}})
    differing = "its base is 'tiny', not 'other'; its options.seed is 0, not 1"
    expected = f"the unfinished run is another one: {differing}; to begin anew, remove the folder"
    assert f"{tmp_path / 'run'}: {expected}" == str(caught.value)


def test_no_state_is_said(tmp_path: Path) -> None:
    """There is nothing to resume where nothing was begun."""
    with pytest.raises(TrainingError, match=r"no unfinished run to resume$"):
        load_state(tmp_path / "run", FINGERPRINT)


@pytest.mark.parametrize("name", ["state.json", "state.safetensors"])
def test_a_broken_state_is_said(tmp_path: Path, name: str) -> None:
    """A file that somebody damaged is an error of the folder, not a traceback."""
    save_state(_state(), tmp_path / "run", FINGERPRINT)
    next((tmp_path / "run").glob(f"*/{name}")).write_bytes(b"{")
    with pytest.raises(TrainingError, match=r"the run's state cannot be read"):
        load_state(tmp_path / "run", FINGERPRINT)


def test_the_run_lies_beside_its_checkpoint() -> None:
    """Hidden, and named for it."""
    assert Path("/runs/.ck.run") == run_folder(Path("/runs/ck"))


def test_the_best_epoch_is_the_first_of_equals() -> None:
    """The mean over the dev sets decides; of equal ones the earlier has had less time to overfit."""
    curve = [EpochResult(at, 0.0, {"a": score}) for at, score in ((1, 0.5), (2, 0.75), (3, 0.75))]
    assert 2 == best_of(curve).epoch


def test_a_kill_between_two_states_leaves_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before the older is removed, both lie there: the newer is read, the next takes its place."""
    folder = tmp_path / "run"
    save_state(_state(1), folder, FINGERPRINT)
    remove = shutil.rmtree

    def killed(path: Path, *, ignore_errors: bool = False) -> None:
        if path.parent == folder:
            raise KeyboardInterrupt
        remove(path, ignore_errors=ignore_errors)

    with monkeypatch.context() as patched:
        patched.setattr("polarity.training.state.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            save_state(_state(2), folder, FINGERPRINT)
    assert {"a", "b"} == {path.name for path in folder.iterdir()}
    assert 2 == load_state(folder, FINGERPRINT).steps
    save_state(_state(3), folder, FINGERPRINT)
    assert 3 == load_state(folder, FINGERPRINT).steps
    assert 1 == len(list(folder.iterdir()))


@pytest.mark.parametrize("left", ["state.json", "state.safetensors"])
def test_a_kill_while_the_older_state_is_removed_leaves_the_newer(tmp_path: Path, left: str) -> None:
    """A folder with one of its two files is no state, however new it is."""
    folder = tmp_path / "run"
    save_state(_state(1), folder, FINGERPRINT)
    (whole,) = folder.iterdir()
    half = folder / ("b" if whole.name == "a" else "a")
    half.mkdir()
    (half / left).write_bytes((whole / left).read_bytes())
    assert 1 == load_state(folder, FINGERPRINT).steps


def test_a_full_disk_leaves_the_older_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written whole is removed: it may be gigabytes."""
    save_state(_state(1), tmp_path / "run", FINGERPRINT)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state, "save_file", full)
    with pytest.raises(TrainingError, match=r"cannot be written: .*No space left"):
        save_state(_state(2), tmp_path / "run", FINGERPRINT)
    assert 1 == load_state(tmp_path / "run", FINGERPRINT).steps
    assert ["run"] == [path.name for path in tmp_path.iterdir()]


def test_a_state_without_its_figures_is_said(tmp_path: Path) -> None:
    """JSON that is not a state's is an error of the folder, not a KeyError."""
    save_state(_state(), tmp_path / "run", FINGERPRINT)
    next((tmp_path / "run").glob("*/state.json")).write_text("{}")
    why = r"cannot be read \(KeyError: 'fingerprint'\); to begin anew, remove the folder$"
    with pytest.raises(TrainingError, match=why):
        load_state(tmp_path / "run", FINGERPRINT)


def test_a_run_is_one_processs(tmp_path: Path) -> None:
    """Two of them would take each other's state away; when the first has ended, the next one may."""
    out = tmp_path / "new" / "ck"
    with (
        held(out),
        pytest.raises(TrainingError, match=r"ck: is being trained by another process$"),
        held(out),
    ):
        pytest.fail("both have it")
    with held(out):
        pass
    assert [] == [*tmp_path.iterdir()]


def test_a_lock_that_is_taken_away_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever had it removes the file at the end; who opened it just before has a file that nobody sees."""
    place, lock = tmp_path / ".ck.run.lock", state._lock

    def late(file: IO[bytes]) -> None:
        monkeypatch.setattr(state, "_lock", lock)
        place.unlink()
        lock(file)

    monkeypatch.setattr(state, "_lock", late)
    with held(tmp_path / "ck"), pytest.raises(TrainingError, match="another process"), held(tmp_path / "ck"):
        pytest.fail("both have it")


def test_an_empty_folder_is_no_unfinished_run(tmp_path: Path) -> None:
    """There is nothing to go on with, and nothing in the way."""
    (tmp_path / "run").mkdir()
    assert not has_state(tmp_path / "run")
    save_state(_state(), tmp_path / "run", FINGERPRINT)
    assert has_state(tmp_path / "run")


def test_a_folder_of_something_else_is_in_the_way(tmp_path: Path) -> None:
    """A run would remove it at its end, with all that is in it."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").touch()
    assert has_state(tmp_path / "run")
