"""Workers: actors that label parts and write them, and how parts are dealt out to them."""

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from polarity.bulk.batches import BatchClassifier
from polarity.bulk.columns import answer_columns, with_answers
from polarity.bulk.on_ray.folder import check_same
from polarity.bulk.on_ray.leases import Lease
from polarity.bulk.on_ray.parts import (
    Kept,
    Made,
    digest_of,
    kept_part,
    lacks_errors,
    made_again,
    made_of,
    part_name,
    write_errors_again,
    write_part,
)
from polarity.bulk.on_ray.rows import Own, own_of
from polarity.errors import PolarityError, RunError
from polarity.records import Columns
from polarity.stored.folders import Part

if TYPE_CHECKING:
    from pyarrow import Schema, Table

AT_ONCE: Final = 2  # parts that a worker has: one that it labels, and one that lies there when it is done
TRIES: Final = 3  # that a part is begun again whose worker died: a text may be what kills it


class Job(NamedTuple):
    """What all parts have in common.

    `place` is where the settings' own paths begin; `schema` says which columns the input has; `prints` what
    the answers depend on, and `fingerprint` is its hash; with the `token` a worker may write into the folder.
    """

    place: Path
    folder: Path
    columns: Columns
    schema: "Schema"
    are_lines: bool
    prints: Mapping[str, Any]
    fingerprint: str
    token: str
    retry_failures: bool = False


class Worker:
    """Labels parts, one after the other; its models are loaded by the first that is not there yet."""

    def __init__(self, classifier: BatchClassifier, job: Job) -> None:
        self._classifier, self._job = classifier, job
        self._lease: Lease | None = None
        self._is_checked = False
        with suppress(OSError):  # on another machine there is no such place: paths have to be whole there
            os.chdir(job.place)

    def make(self, number: int, first: int, table: "Table") -> Part | PolarityError:
        """Make a part, if it is not there; give what it is, or what ends the run."""
        job = self._job
        try:
            self._lease = self._lease or Lease(job.folder, job.token)
            self._lease.check()  # the mark may be another run's
            with _marked(_mark(job.folder, number)):
                return self._made(number, first, table, self._lease)
        except PolarityError as error:
            return error

    def _made(self, number: int, first: int, table: "Table", lease: Lease) -> Part:
        job = self._job
        path, digest = job.folder / part_name(number), digest_of(table)
        kept = kept_part(path, first, digest, job.fingerprint)
        if kept and not (job.retry_failures and kept.passing):
            if lacks_errors(path, kept.part):
                lease.check()
                write_errors_again(path, self._own(table).places, kept.part)
            return kept.part
        if not self._is_checked:
            check_same(self._classifier.settings, job.prints)
            self._is_checked = True
        own = self._own(table)
        made = self._answered_again(own, kept, path) if kept else self._answered(own, None)
        lease.check()
        part = {"first": first, "rows": len(table), "input": digest}
        return write_part(
            path, with_answers(own.table, made.answers), own.places, part, made, job.fingerprint
        )

    def _own(self, table: "Table") -> Own:
        return own_of(table, self._job.columns, self._job.schema, are_lines=self._job.are_lines)

    def _answered(self, own: Own, only: Sequence[int] | None) -> Made:
        results = self._classifier.results(own.texts, own.problems, only)
        return made_of(results, answer_columns(results, self._classifier.stamp, self._classifier.wish))

    def _answered_again(self, own: Own, kept: Kept, path: Path) -> Made:
        """Keep what was answered; ask about the rest once more."""
        from pyarrow import parquet

        again = self._answered(own, kept.passing)
        return made_again(kept, parquet.ParquetFile(path).read(list(again.answers)), again)


class Task(NamedTuple):
    """A part under way, and the number of the worker that has it."""

    number: int
    first: int
    rows: int
    worker: int


def dealt(workers: Sequence[Any], tables: Iterator["Table"], folder: Path) -> Generator[Part, None, None]:
    """Deal tables out to actors, so that each always has some; give the parts as they are made in a folder.

    Raises:
        PolarityError: what a worker met that ends the run. No part is begun after it.
        RunError: a worker died over a part, each time that it was begun.
    """
    import ray

    under_way: dict[Any, Task] = {}
    first = 1
    for number, table in enumerate(tables):
        if len(under_way) == AT_ONCE * len(workers):
            yield _next(ray, under_way, folder)
        load = Counter(task.worker for task in under_way.values())
        freest = min(range(len(workers)), key=load.__getitem__)
        _take_away(_mark(folder, number))  # an earlier run's
        answer = workers[freest].make.remote(number, first, table)
        under_way[answer] = Task(number, first, len(table), freest)
        first += len(table)
    while under_way:
        yield _next(ray, under_way, folder)


def _next(ray: Any, under_way: dict[Any, Task], folder: Path) -> Part:
    (answer, *_), _ = ray.wait(list(under_way), num_returns=1)
    task = under_way.pop(answer)
    try:
        made: Part | PolarityError = ray.get(answer)
    except (ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError):
        deadly = _deadly(task, under_way.values(), folder)
        rows = f"row {deadly.first} to row {deadly.first + deadly.rows - 1}"
        raise RunError(
            f"the worker died {TRIES + 1} times over {part_name(deadly.number)}, {rows}: is there too little "
            "memory, or does a text of these kill it?"
        ) from None
    except ray.exceptions.RayTaskError as error:
        raise error.as_instanceof_cause() from None
    if isinstance(made, PolarityError):
        raise made
    return made


def _deadly(failed: Task, others: Iterable[Task], folder: Path) -> Task:
    """Find the part that a worker died over, among those it had.

    It need not be the one that failed: a worker that dies takes the news of a part with it that it had just
    made.
    """
    own = sorted(task for task in (failed, *others) if task.worker == failed.worker)
    return next((task for task in own if _mark(folder, task.number).exists()), failed)


def _mark(folder: Path, number: int) -> Path:
    """Name the file that lies in the folder as long as a part is under way; it stays where a worker dies."""
    return folder / f".{part_name(number)}.begun"


@contextmanager
def _marked(mark: Path) -> Generator[None]:
    """Have a file lie there within the block, where it can be written; longer if the process ends in it."""
    with suppress(OSError):
        mark.touch()
    try:
        yield
    except Exception:
        _take_away(mark)
        raise
    _take_away(mark)


def _take_away(mark: Path) -> None:
    with suppress(OSError):
        mark.unlink()


@contextmanager
def actors(classifier: BatchClassifier, job: Job, count: int, threads: int) -> Iterator[list[Any]]:
    """Have so many workers within the block. One that dies is begun again, and its parts with it."""
    import ray

    kind = ray.remote(Worker).options(num_cpus=threads, max_restarts=-1, max_task_retries=TRIES)
    begun = [kind.remote(classifier, job) for _ in range(count)]
    try:
        yield begun
    finally:
        for worker in begun:
            ray.kill(worker)
