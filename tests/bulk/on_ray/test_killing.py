"""Whatever is killed: no row is lost or doubled, and who was left behind does no harm."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from polarity.bulk.answering import GROUP
from polarity.bulk.batches import BatchClassifier
from polarity.bulk.on_ray import workers
from polarity.bulk.on_ray.leases import WORKERS, Lease, taken_over
from polarity.bulk.on_ray.parts import part_name
from polarity.bulk.on_ray.running import classify_files
from polarity.bulk.on_ray.workers import Task, Worker, _next, actors, dealt
from polarity.errors import RunError
from polarity.settings import Settings
from polarity.stored.folders import Manifest, Part, read_manifest

from .conftest import ALONE, SMALL, job_of, labels_alone, parts_in, rows_in, workers_of

pytestmark = pytest.mark.slow
ROWS = 6 * GROUP - 30


def _mark_in(folder: Path) -> Path:
    """Give what lies there while the first part is under way."""
    return folder / f".{part_name(0)}.begun"


Write = Callable[[int], Path]


class Parts:
    """Hears of parts, and does something after the first ones."""

    def __init__(self, then: Callable[[], None], after: int) -> None:
        self._then, self._left = then, after

    def __call__(self, _: Part) -> None:
        """Count."""
        self._left -= 1
        if self._left == 0:
            self._then()


def _kill_a_worker() -> None:
    os.kill(next(workers_of(os.getpid())), signal.SIGKILL)


@pytest.mark.usefixtures("ray_here")
def test_a_killed_worker_costs_nothing(written: Write, settings: Settings, tmp_path: Path) -> None:
    """It is begun again, and so are its parts: no row is lost or doubled."""
    path, out = written(ROWS), tmp_path / "out"
    classify_files([str(path)], out, settings, chosen=SMALL, on_part=Parts(_kill_a_worker, after=2))
    assert [row[0] for row in labels_alone(path, settings)] == [row["id"] for row in rows_in(out)]
    assert [] == list(out.glob(".part*"))


def _killed(path: Path, out: Path, settings: Settings, parts: int) -> None:
    """Run the command until so many parts are there, and kill it."""
    args = ["--engine", "ray", path, "-o", out, "--workers", 2, "--part-rows", GROUP]
    resume = ["--resume"] if (out / "_manifest.json").exists() else []
    environment = os.environ | {
        "POLARITY_BERT__CHECKPOINT": str(settings.bert.checkpoint),
        "POLARITY_BERT__THREADS": "1",
    }
    command = [sys.executable, "-m", "polarity", "classify", *map(str, args), *resume]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, cwd=path.parent)
    while process.poll() is None and len(list(out.glob("part-*"))) < parts:
        time.sleep(0.002)
    process.kill()
    _, err = process.communicate()
    assert process.returncode in (-signal.SIGKILL, 1), err  # 1: done, and some rows are bad


def _resumed(path: Path, out: Path, settings: Settings) -> Manifest:
    until_s = time.monotonic() + 30
    while True:
        try:
            return classify_files([str(path)], out, settings, chosen=ALONE._replace(resume=True))
        except RunError as error:  # what was killed may not be gone yet
            if "another process" not in str(error) or time.monotonic() > until_s:
                raise


@pytest.mark.usefixtures("ray_here")
def test_a_killed_run_is_gone_on_with(written: Write, settings: Settings, tmp_path: Path) -> None:
    """What is there is whole and stays; in the end it is the folder of a run that nobody stopped."""
    path, out, whole = written(ROWS), tmp_path / "out", tmp_path / "whole"
    _killed(path, out, settings, parts=2)
    there = parts_in(out)
    assert there
    classify_files([str(path)], whole, settings, chosen=SMALL)
    assert there.items() <= parts_in(whole).items()
    assert read_manifest(whole) == _resumed(path, out, settings)
    assert parts_in(whole) == parts_in(out)


@pytest.mark.soak
@pytest.mark.usefixtures("ray_here")
def test_twenty_kills(written: Write, settings: Settings, tmp_path: Path) -> None:
    """By turns the driver and a worker, wherever it is: the folder is that of a run that nobody stopped."""
    path, out, whole = written(240 * GROUP), tmp_path / "out", tmp_path / "whole"
    for _ in range(10):
        _killed(path, out, settings, parts=len(parts_in(out)) + 2)
        with pytest.raises(KeyboardInterrupt):
            _stopped_after_a_kill(path, out, settings)
    classify_files([str(path)], whole, settings, chosen=SMALL)
    assert read_manifest(whole) == _resumed(path, out, settings)
    assert parts_in(whole) == parts_in(out)


def _stopped_after_a_kill(path: Path, out: Path, settings: Settings) -> None:
    """Go on for a few parts, with a worker killed in between, and stop there."""
    there = len(parts_in(out))
    parts = iter(range(there + 3))

    def heard(_: Part) -> None:
        at = next(parts, None)
        if at == there:
            _kill_a_worker()
        if at is None:
            raise KeyboardInterrupt

    classify_files([str(path)], out, settings, chosen=SMALL._replace(resume=True), on_part=heard)


class Fragile(Worker):
    """A worker that a row kills, as a text may that a network breaks at in native code."""

    def _made(self, number: int, first: int, table: pa.Table, lease: Lease) -> Part:
        """Make a part of anything else; note down that it is tried."""
        lease.check()
        if "poison" in table["text"].to_pylist():
            with (self._job.folder / "tries").open("a") as file:
                file.write("x")
            os._exit(1)
        (self._job.folder / part_name(number)).touch()
        return Part(name=str(number), first=first, rows=len(table), input="", sha256="", errors={}, usage={})


@pytest.mark.usefixtures("ray_here")
def test_a_row_that_kills_workers_is_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its part: others are made, and nobody begins for ever. It says how often it was tried in fact."""
    monkeypatch.setattr("polarity.bulk.on_ray.workers.Worker", Fragile)
    texts = [["a", "b"], ["c", "poison", "d"]]
    job = job_of(tmp_path, settings, pa.table({"text": texts[0]}))
    with (
        actors(BatchClassifier(settings), job, 1, 1) as workers,
        pytest.raises(RunError, match=r"over part-000001\.parquet, row 3 to row 5: is there") as raised,
    ):
        list(dealt(workers, (pa.table({"text": own}) for own in texts), tmp_path))
    tries = len((tmp_path / "tries").read_text("utf-8"))
    assert f"the worker died {tries} times over " == str(raised.value).partition("part-")[0]
    assert 4 == tries
    assert ["part-000000.parquet"] == [path.name for path in tmp_path.glob("part-*")]
    assert [".part-000001.parquet.begun"] == [path.name for path in tmp_path.glob(".part*")]


class Lost:
    """Ray as it is where a worker died over its second part, before it had told of the first."""

    def __init__(self, ray: Any) -> None:
        self.exceptions = ray.exceptions

    def wait(self, answers: list[str], num_returns: int) -> tuple[list[str], list[str]]:
        """Give the first one."""
        return answers[:num_returns], answers[num_returns:]

    def get(self, _: str) -> Part:
        """Have no answer."""
        raise self.exceptions.ActorDiedError


@pytest.mark.usefixtures("ray_here")
@pytest.mark.parametrize(("begun", "named"), [({1, 2}, 1), ({0, 2}, 0), ({0, 1}, 0), ({2}, 1)])
def test_a_part_that_was_done_killed_nobody(tmp_path: Path, begun: set[int], named: int) -> None:
    """The news of it may be lost with its worker: named is the first part of this one's that is under way.

    Where none is, it is the one that failed.
    """
    import ray

    under_way = {"b": Task(1, 3, 3, 7), "a": Task(0, 1, 2, 7), "c": Task(2, 6, 1, 8)}
    for number in begun:
        (tmp_path / f".{part_name(number)}.begun").touch()
    with pytest.raises(RunError, match=rf"over part-00000{named}\.parquet, row {[1, 3][named]} to row "):
        _next(Lost(ray), under_way, tmp_path)


def test_a_mark_of_an_earlier_run_blames_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that was under way when everything was killed has no mark until it is under way again."""
    mark, seen = _mark_in(tmp_path), list[bool]()
    mark.touch()
    worker = SimpleNamespace(make=SimpleNamespace(remote=lambda *_: seen.append(mark.exists())))
    monkeypatch.setattr(workers, "_next", lambda _ray, under_way, _folder: under_way.clear())
    assert [None] == [*dealt([worker], iter([pa.table({"text": ["love it"]})]), tmp_path)]
    assert [False] == seen


def test_an_orphan_makes_no_part(settings: Settings, tmp_path: Path) -> None:
    """A worker whose driver was killed may come late: the folder is another's by then."""
    table = pa.table({"text": ["love it"]})
    job = job_of(tmp_path, settings, table)
    taken_over(tmp_path)
    made = Worker(BatchClassifier(settings), job).make(0, 1, table)
    assert isinstance(made, RunError)
    assert f"{tmp_path}: another process has taken up this run" == str(made)
    assert {} == parts_in(tmp_path)


def test_an_orphan_leaves_the_marks_of_others(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is under way by now is not its own, though it got in while the run was."""
    table = pa.table({"text": ["love it"]})
    worker, mark = Worker(BatchClassifier(settings), job_of(tmp_path, settings, table)), _mark_in(tmp_path)
    monkeypatch.setattr(Worker, "_made", lambda *_: mark.exists())
    assert worker.make(0, 1, table)
    assert not mark.exists()
    (tmp_path / WORKERS).write_text("another's", "utf-8")
    mark.touch()
    assert isinstance(worker.make(0, 1, table), RunError)
    assert mark.exists()


@pytest.mark.parametrize(
    ("raised", "is_there"), [(RunError("no"), False), (OSError("no"), False), (SystemExit(), True)]
)
def test_a_mark_stays_where_the_process_ends(
    raised: BaseException, is_there: bool, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray ends a worker by an exception, too; what the worker itself says needs no mark."""

    def made(*_: object) -> Part:
        raise raised

    monkeypatch.setattr(Worker, "_made", made)
    table = pa.table({"text": ["love it"]})
    with suppress(OSError, SystemExit):
        Worker(BatchClassifier(settings), job_of(tmp_path, settings, table)).make(0, 1, table)
    assert is_there == _mark_in(tmp_path).exists()


def test_where_no_mark_can_be_left_parts_are_made(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves one sentence."""

    def failing(*_: object) -> None:
        raise PermissionError

    table = pa.table({"text": ["love it"]})
    job = job_of(tmp_path, settings, table)
    monkeypatch.setattr(Worker, "_made", lambda *_: "made")
    monkeypatch.setattr(Path, "touch", failing)
    assert "made" == Worker(BatchClassifier(settings), job).make(0, 1, table)


def test_a_machine_without_the_folder_is_named(settings: Settings, tmp_path: Path) -> None:
    """Where a worker does not see what the driver does, the run ends before a model is loaded."""
    table = pa.table({"text": ["love it"]})
    job = job_of(tmp_path, settings, table)._replace(folder=tmp_path / "elsewhere")
    made = Worker(BatchClassifier(settings), job).make(0, 1, table)
    assert isinstance(made, RunError)
    assert (
        f"{tmp_path / 'elsewhere'}: cannot be used from {gethostname()}: No such file or directory; "
        in str(made)
    )
