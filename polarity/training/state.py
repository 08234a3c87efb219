"""The state of an unfinished run, on disk: whole or absent, exact, no pickle.

Tensors lie in `state.safetensors` (weights, the best epoch's weights, the optimizer's moments, the
random generators); everything else in `state.json`. A run may be taken up only with the fingerprint
it was begun with.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from polarity.differences import differences
from polarity.errors import TrainingError

TENSORS = "state.safetensors"
FIGURES = "state.json"


class EpochResult(NamedTuple):
    """Mean training loss of an epoch and the macro-F1 of each dev set after it.

    `collapsed` says in what way the labels given to all dev rows have collapsed (`statistics.collapse`).
    """

    epoch: int
    loss: float
    macro_f1: dict[str, float]
    collapsed: str | None = None

    @property
    def score(self) -> float:
        """What "best" means: the unweighted mean over the dev sets."""
        return sum(self.macro_f1.values()) / len(self.macro_f1)


def best_of(curve: Sequence[EpochResult]) -> EpochResult:
    """Find the first of the best: it has had the least time to overfit."""
    return max(curve, key=lambda result: result.score)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A run between two steps.

    `steps` were done in all; `losses` are those of the epoch under way, one a step of it.
    """

    tensors: Mapping[str, torch.Tensor]
    steps: int
    losses: Sequence[float]
    curve: Sequence[EpochResult]
    seconds: float


def run_folder(out: Path) -> Path:
    """Name the folder where the unfinished run for `out` lies, beside it."""
    place = out.resolve()
    return place.with_name(f".{place.name}.run")


def answers_file(out: Path) -> Path:
    """Name the file where a teacher's answers lie until the run for `out` is finished, beside it."""
    place = out.resolve()
    return place.with_name(f".{place.name}.taught")


@contextmanager
def held(out: Path) -> Generator[None]:
    """Have the run for `out` to oneself within the block, or as long as the process lives.

    Raises:
        TrainingError: another process has it, or nothing can be written there.
    """
    folder = run_folder(out)
    place = folder.with_name(f"{folder.name}.lock")
    missing = [parent for parent in place.parents if not parent.exists()]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        file = _locked(place)
    except BlockingIOError:
        raise TrainingError(f"{out}: is being trained by another process") from None
    except OSError as error:
        raise TrainingError(f"{folder}: the run's state cannot be written: {error}") from error
    with file:
        try:
            yield
        finally:
            place.unlink(missing_ok=True)
            for parent in missing:  # one that is not empty stays
                with suppress(OSError):
                    parent.rmdir()


def _locked(place: Path) -> IO[bytes]:
    """Open a file and lock it; once more, where whoever had it has taken it away meanwhile."""
    while True:
        file = place.open("wb")
        try:
            _lock(file)
            if os.path.samestat(os.fstat(file.fileno()), place.stat()):
                return file
        except FileNotFoundError:
            pass
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: IO[bytes]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        return


def save_state(state: State, folder: Path, fingerprint: Mapping[str, Any]) -> None:
    """Write `state` in place of what `folder` holds.

    Raises:
        TrainingError: it cannot be written; what was there is still there.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    figures = {
        "fingerprint": fingerprint,
        "steps": state.steps,
        "losses": list(state.losses),
        "curve": [result._asdict() for result in state.curve],
        "seconds": state.seconds,
    }
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        save_file(dict(state.tensors), partial / TENSORS)
        (partial / FIGURES).write_text(json.dumps(figures), "utf-8")
        folder.mkdir(exist_ok=True)
        _swap(partial, folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise TrainingError(f"{folder}: the run's state cannot be written: {error}") from error


def _swap(partial: Path, folder: Path) -> None:
    """Put a state in place by one rename: a kill leaves the old one, the new one, or both."""
    *older, newest = _states(folder) or [folder / "b"]
    for leftover in older:
        shutil.rmtree(leftover)
    partial.rename(folder / ("b" if newest.name == "a" else "a"))
    shutil.rmtree(newest, ignore_errors=True)


def _states(folder: Path) -> list[Path]:
    """List the states in `folder`, the newest last; one that a kill left half removed is the older."""
    found = [path for path in folder.glob("[ab]") if path.is_dir()]
    return sorted(found, key=_steps)


def _steps(state: Path) -> int:
    """Count the steps that a state is worth; of two with as many, an epoch's end is the later."""
    try:
        figures = json.loads((state / FIGURES).read_text("utf-8"))
        is_whole = (state / TENSORS).is_file()
        return 2 * int(figures["steps"]) + (not figures["losses"]) if is_whole else -1
    except (OSError, ValueError, KeyError, TypeError):
        return -1


def has_state(folder: Path) -> bool:
    """Whether an unfinished run lies there, or whatever else: an empty folder is what a kill may leave."""
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def load_state(folder: Path, fingerprint: Mapping[str, Any]) -> State:
    """Read the state in `folder`.

    Raises:
        TrainingError: there is none, it is broken, or it was begun with another fingerprint; names
            what differs.
    """
    if not (found := _states(folder)):
        raise TrainingError(f"{folder}: no unfinished run to resume")
    try:
        figures = json.loads((found[-1] / FIGURES).read_text("utf-8"))
        begun = figures["fingerprint"]
        state = State(
            tensors=load_file(found[-1] / TENSORS),
            steps=figures["steps"],
            losses=figures["losses"],
            curve=[EpochResult(**result) for result in figures["curve"]],
            seconds=figures["seconds"],
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        why = f"the run's state cannot be read ({type(error).__name__}: {error})"
        raise TrainingError(f"{folder}: {why}; to begin anew, remove the folder") from error
    _check_same(begun, json.loads(json.dumps(fingerprint)), folder)
    return state


def _check_same(old: Mapping[str, Any], new: Mapping[str, Any], folder: Path) -> None:
    differing = [f"its {key} is {was!r}, not {now!r}" for key, was, now in differences(old, new)]
    if differing:
        problem = f"the unfinished run is another one: {'; '.join(differing)}"
        raise TrainingError(f"{folder}: {problem}; to begin anew, remove the folder")
