"""The folder of a run: begun, taken up, held by one process, and finished with its manifest."""

import fcntl
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from socket import gethostname
from typing import Any, Final

from polarity.asking.fingerprint import fingerprint, models_of
from polarity.asking.labelling import as_read
from polarity.bulk.on_ray.leases import WORKERS, taken_over
from polarity.contract import load_contract
from polarity.differences import differences
from polarity.errors import RunError
from polarity.records import replacing
from polarity.settings import Settings
from polarity.statistics.cost import added
from polarity.stored.folders import MANIFEST, Manifest, Part, read_manifest
from polarity.types import NO_TOKENS, Usage

LOCK: Final = ".lock"
OURS: Final = frozenset({LOCK, WORKERS})  # there before the manifest is


def begun(settings: Settings, options: Mapping[str, Any], *, raws: bool) -> Manifest:
    """Say what a run is about, before anything of it is done; `options` are its own.

    Raises:
        ContractError, WeightsError: what the settings name cannot be read.
    """
    contract = load_contract(settings.contract)
    asks = {"backend": settings.backend, "on_unmapped": settings.on_unmapped}
    own = {"polarity": version("polarity"), "command": "classify --engine ray", **asks, **options}
    prints = fingerprint(settings, contract, settings.asked, own)
    return Manifest(
        polarity=version("polarity"),
        fingerprint=json.loads(json.dumps(prints)),
        contract=contract.ref,
        models=models_of(settings, as_read(contract, settings), settings.asked),
        raws=raws,
    )


def check_same(settings: Settings, prints: Mapping[str, Any]) -> None:
    """Make sure that a worker answers by what its driver does: contract, weights, runtime and release.

    Raises:
        RunError: it does not. Says on which machine, and in what.
        ContractError, WeightsError: what the settings name cannot be read there.
    """
    contract = load_contract(settings.contract)
    own = {"polarity": version("polarity")}
    here = json.loads(json.dumps(fingerprint(settings, contract, settings.asked, own)))
    there = {name: prints.get(name) for name in here}
    if differing := "; ".join(
        f"its {key} is {own!r}, not {other!r}" for key, other, own in differences(there, here)
    ):
        raise RunError(f"a worker on {gethostname()} is not as the driver: {differing}")


@contextmanager
def held(folder: Path, manifest: Manifest, *, resume: bool) -> Iterator[str]:
    """Have the folder to oneself, with a run of this very fingerprint in it; give its workers' token.

    Raises:
        RunError: another process works on it, or it is not what it should be: says what.
    """
    was = _looked_at(folder, resume=resume)
    with _named_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    with lock:
        _take(lock, folder)
        with _named_errors(folder):
            token = taken_over(folder)
        if was is None:
            _write(folder, manifest)
        elif differing := "; ".join(
            f"its {key} was {old!r}, not {new!r}"
            for key, old, new in differences(was.fingerprint, manifest.fingerprint)
        ):
            problem = f"the run there is another one: {differing}"
            raise RunError(f"{folder}: {problem}; to begin anew, remove the folder")
        elif was.finished:  # until its parts are what they were, or better
            _write(folder, manifest)
        yield token


def _looked_at(folder: Path, *, resume: bool) -> Manifest | None:
    was = read_manifest(folder)
    if was and not resume:
        done = "a finished run" if was.finished else "an unfinished run"
        raise RunError(f"{folder}: {done} lies there: resume it, or name another folder")
    if was is None and resume:
        raise RunError(f"{folder}: no run to resume")
    with _named_errors(folder):
        if was is None and folder.exists() and any(path.name not in OURS for path in folder.iterdir()):
            raise RunError(f"{folder}: it holds other files: name another folder")
    return was


def _take(lock: Any, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunError(f"{folder}: another process works on this run") from None
    except OSError:  # a file system without locks: whoever shares the folder sees to it
        return


@contextmanager
def _named_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{folder}: cannot be written: {error.strerror}") from None


def finish(folder: Path, manifest: Manifest, parts: Sequence[Part]) -> Manifest:
    """Write down what is there, when all of it is.

    Raises:
        RunError: there are parts of rows that the input no longer has.
        RecordError: the manifest cannot be written.
    """
    known = {part.name for part in parts}
    if left := sorted(path.name for path in folder.glob("part-*.parquet") if path.name not in known):
        problem = f"{left[0]} is of rows that the input no longer has"
        raise RunError(f"{folder}: {problem}: to begin anew, remove the folder")
    errors: Counter[str] = Counter()
    usage: dict[str, Usage] = {}
    for part in parts:
        errors.update(part.errors)
        usage |= {name: added(usage.get(name, NO_TOKENS), used) for name, used in part.usage.items()}
    rows = sum(part.rows for part in parts)
    counts = {"rows": rows, "labelled": rows - errors.total(), "errors": dict(errors.most_common())}
    done = manifest.model_copy(update={"finished": True, "parts": parts, "usage": usage, **counts})
    _write(folder, done)
    return done


def _write(folder: Path, manifest: Manifest) -> None:
    with replacing(folder / MANIFEST) as file:
        file.write(manifest.spelled())
