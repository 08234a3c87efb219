"""Where a command's run is kept while it is under way, and how it is begun or taken up."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from polarity.asking.fingerprint import fingerprint
from polarity.asking.questions import Question
from polarity.asking.run import Run
from polarity.contract import Contract
from polarity.errors import RunError
from polarity.records import Record
from polarity.settings import Settings


class Kept(NamedTuple):
    """What a run is kept by: its command, its files, and whether it is begun or taken up.

    `options` are those that must be the same when it is taken up again. `retry_failures` takes it up,
    and asks again wherever no answer came. `part` tells the runs of a command apart that makes several.
    """

    command: str
    sources: Sequence[Path]
    outputs: Sequence[Path]
    options: Mapping[str, Any]
    resume: bool = False
    retry_failures: bool = False
    part: str = ""


def run_folder(out: Path, part: str = "") -> Path:
    """Name the folder where the run for an output lies, beside it, or a part of what is run for it.

    >>> run_folder(Path("out/report.html")), run_folder(Path("out/report.html"), "2")
    (PosixPath('out/.report.html.run'), PosixPath('out/.report.html.2.run'))
    """
    return out.with_name(".".join(["", out.name, *filter(None, [part]), "run"]))


def unnamed_folder(command: str, sources: Sequence[Path], fingerprint: Mapping[str, Any]) -> Path:
    """Name the folder of a run that has no output: in the current one, by what is asked.

    The same command over the same files with the same `fingerprint` finds it again, and no other one does.

    >>> unnamed_folder("evaluate", [Path("/data/dev.jsonl")], {"limit": 9})
    PosixPath('.dev.jsonl.evaluate.7dce1cd7.run')
    """
    whole = json.dumps([command, [str(path.absolute()) for path in sources], fingerprint], sort_keys=True)
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return Path(f".{sources[0].name}.{command}.{digest}.run")


@contextmanager
def begun(
    folder: Path,
    records: Iterable[Record],
    questions: Sequence[Question],
    fingerprint: Mapping[str, Any],
    *,
    once: bool = True,
) -> Iterator["Run"]:
    """Begin a run in `folder`, also in place of a finished other; until `Run.finish` it can be resumed.

    The records are taken in once, all or none; their hash, by file, becomes the fingerprint's `input`.
    Without `once` the very same run may be made again though answers failed.

    Raises:
        RunError: an unfinished run lies there, or a finished one that is the same and lacks answers;
            another process works on it, or it cannot be written. What `records` raises comes through.
    """
    with _opened(folder) as run:
        run.begin(records, questions, fingerprint, once=once)
        yield run


@contextmanager
def resumed(
    folder: Path, records: Iterable[Record], questions: Sequence[Question], fingerprint: Mapping[str, Any]
) -> Iterator["Run"]:
    """Take up the run in `folder`, which must have been begun with this fingerprint and these records.

    One that was stopped before all of its records were taken in is begun anew.

    Raises:
        RunError: there is none, it is another one (names what differs), another process works on it,
            or it cannot be read. What `records` raises comes through.
    """
    if not folder.is_dir():
        raise RunError(f"{folder}: no run to resume")
    with _opened(folder) as run:
        if run.is_begun:
            run.check_same(records, fingerprint)
        else:
            run.begin(records, questions, fingerprint)
        yield run


@contextmanager
def held(records: Iterable[Record], questions: Sequence[Question]) -> Iterator["Run"]:
    """Begin a run in memory, which ends with the process. What `records` raises comes through."""
    with closing(Run(None)) as run:
        run.begin(records, questions, {})
        yield run


@contextmanager
def _opened(folder: Path) -> Iterator["Run"]:
    """Open a folder for this process alone, and remove it at the end if nobody needs it any more."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written: {error.strerror}") from None
    with closing(Run(folder)) as run:
        yield run


@contextmanager
def run_of(
    records: Iterable[Record],
    asked: Sequence[Question],
    settings: Settings,
    contract: Contract,
    kept: Kept | None,
) -> Iterator[Run]:
    """Begin the run, or take it up; without `kept` it is held in memory.

    It lies beside the first output. Without one it lies in the current folder, if that can be written into.

    Raises:
        RunError: it cannot be begun or taken up. What `records` raises comes through.
    """
    if kept is None:
        with held(records, asked) as run:
            yield run
        return
    with _kept(records, asked, settings, contract, kept) as run:
        yield run


@contextmanager
def _kept(
    records: Iterable[Record], asked: Sequence[Question], settings: Settings, contract: Contract, kept: Kept
) -> Iterator[Run]:
    asks = {"backend": settings.backend, "on_unmapped": settings.on_unmapped}
    part = {"part": kept.part} if kept.part else {}
    own = {"polarity": version("polarity"), "command": kept.command, **part, **asks, **kept.options}
    prints = fingerprint(settings, contract, {question.backend for question in asked}, own)
    if kept.outputs:
        folder = run_folder(kept.outputs[0], kept.part)
    else:
        folder = unnamed_folder(kept.command, kept.sources, prints)
    if kept.resume or kept.retry_failures:
        with resumed(folder, records, asked, prints) as run:
            if kept.retry_failures:
                run.forget_failures()
            yield run
    elif kept.outputs or _can_be_made(folder):
        with begun(folder, records, asked, prints, once=bool(kept.outputs)) as run:
            yield run
    else:
        with held(records, asked) as run:
            yield run


def _can_be_made(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return True
