"""A run: files in, a folder of parts and their manifest out; taken up again, however it was stopped."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from polarity.asking.settling import settled
from polarity.bulk.answering import GROUP
from polarity.bulk.batches import BatchClassifier
from polarity.bulk.columns import Wish
from polarity.bulk.on_ray.cluster import started, workers_there
from polarity.bulk.on_ray.folder import begun, finish, held
from polarity.bulk.on_ray.heads import schema_of
from polarity.bulk.on_ray.inputs import Source, source_of
from polarity.bulk.on_ray.reading import tables
from polarity.bulk.on_ray.spending import Keeper, SharedBudgets
from polarity.bulk.on_ray.workers import Job, actors, dealt
from polarity.contract import load_contract
from polarity.errors import PackageMissing, RecordError, SettingsError, need_of
from polarity.records import DEFAULT_COLUMNS, Columns
from polarity.settings import Settings, load_settings
from polarity.stored.folders import Manifest, Part

if TYPE_CHECKING:
    from pyarrow import Schema

ROWS_OF_BERT: Final = 64 * GROUP  # in a part, if nobody says how many: a minute or two of a worker's
ROWS_OF_LLM: Final = 4 * GROUP  # a part that is lost is paid for again
ANSWERS: Final = "_answers"  # the LLM's, until the run is finished: what is stopped is not paid for twice
OnPart = Callable[[Part], None]


class Chosen(NamedTuple):
    """How a run is made, besides by its settings.

    wish            what is wanted of an answer besides what always is
    ask_all         under `both` the LLM is asked about every text, for comparisons
    rows_a_part     None: by who answers
    workers         None: as many as there are processors for
    cluster         the address of a Ray that runs already; None: one is started on this machine
    resume          the folder holds the run, which is gone on with
    retry_failures  it is, and rows are asked about again that got no label for a passing reason
    """

    wish: Wish = Wish()
    ask_all: bool = False
    rows_a_part: int | None = None
    workers: int | None = None
    cluster: str | None = None
    resume: bool = False
    retry_failures: bool = False


DEFAULTS: Final = Chosen()


def classify_files(
    named: Sequence[str],
    folder: Path,
    settings: Settings | None = None,
    *,
    columns: Columns = DEFAULT_COLUMNS,
    chosen: Chosen = DEFAULTS,
    on_part: OnPart = lambda _: None,
) -> Manifest:
    """Label files, folders or addresses into a folder of Parquet; give its manifest.

    The rows stand in their order, each with its own columns and those of `BatchClassifier`; the gold label
    stands as `gold`. `on_part` hears of each part that is there.

    Raises:
        SettingsError: what is chosen contradicts itself.
        RunError: the folder holds another run, or none to be taken up; Ray cannot be had; a worker dies.
        PolarityError: an input, a backend or the folder cannot be used.
    """
    _need_packages()
    classifier = _classifier(settings or load_settings(), columns, chosen)
    source = source_of(named)
    rows = _rows_a_part(classifier.settings, chosen)
    schema = schema_of(source, columns)
    options = _options(classifier, source, columns, chosen) | {
        "rows_a_part": rows,
        "schema": _spelled(schema),
    }
    manifest = begun(classifier.settings, options, raws=chosen.wish.raws)
    classifier.settings = _keeping_answers(classifier.settings, folder.absolute(), chosen)
    prints = json.dumps(manifest.fingerprint, sort_keys=True)
    with held(folder, manifest, resume=chosen.resume or chosen.retry_failures) as token:
        job = Job(
            Path.cwd(),
            folder.absolute(),
            columns,
            schema,
            source.are_lines,
            manifest.fingerprint,
            hashlib.sha256(prints.encode()).hexdigest(),
            token,
            chosen.retry_failures,
        )
        parts = _made(classifier, job, source, chosen, on_part)
        if not parts:
            raise RecordError("holds no records", path=Path(source.paths[0]))
        done = finish(folder, manifest, sorted(parts, key=lambda part: part.first))
        shutil.rmtree(folder / ANSWERS, ignore_errors=True)
        return done


def _need_packages() -> None:
    for package in ("ray", "pyarrow"):  # before anything is made
        if find_spec(package) is None:
            raise PackageMissing(f"this {need_of(package, 'ray')}")


def _classifier(settings: Settings, columns: Columns, chosen: Chosen) -> BatchClassifier:
    return BatchClassifier(
        settled(settings, load_contract(settings.contract)),
        text_column=columns.text,
        scores=chosen.wish.scores,
        raws=chosen.wish.raws,
        ask_all=chosen.ask_all,
    )


def _keeping_answers(settings: Settings, folder: Path, chosen: Chosen) -> Settings:
    """Keep the LLM's answers beside the parts until all are there: on one machine, where no cache is set."""
    if "llm" not in settings.asked or settings.llm.cache != "off" or chosen.cluster:
        return settings
    llm = settings.llm.model_copy(update={"cache": folder / ANSWERS})
    return settings.model_copy(update={"llm": llm})


def _options(classifier: BatchClassifier, source: Source, columns: Columns, chosen: Chosen) -> dict[str, Any]:
    """Name what must be the same when a run is taken up again, besides what the answers depend on."""
    return {
        "threads": classifier.settings.bert.threads,
        "input": source.names,
        "columns": {"text": columns.text, "label": columns.label, "id": columns.id},
        "ask_all": chosen.ask_all,
        "written": list(chosen.wish.columns),
    }


def _spelled(schema: "Schema") -> dict[str, str]:
    return {field.name: str(field.type) for field in schema}


def _rows_a_part(settings: Settings, chosen: Chosen) -> int:
    """Say how many rows a part has.

    Raises:
        SettingsError: rows would be asked about in other groups than those of a file are.
    """
    rows = chosen.rows_a_part or (ROWS_OF_LLM if "llm" in settings.asked else ROWS_OF_BERT)
    if rows % GROUP:
        raise SettingsError(f"a part has a multiple of {GROUP} rows, asked about together: not {rows}")
    return rows


def _made(
    classifier: BatchClassifier, job: Job, source: Source, chosen: Chosen, on_part: OnPart
) -> list[Part]:
    """Have the parts made, whichever come first."""
    settings = classifier.settings
    threads = _threads(settings)
    here = chosen.workers or max(1, len(os.sched_getaffinity(0)) // threads)
    parts = []
    with started(chosen.cluster, here * threads) as is_own:
        room = here if is_own else workers_there(threads)
        count = chosen.workers or room
        if count > room:
            raise SettingsError(
                f"the cluster has room for {room} workers of {threads}, beside what reads: not {count}"
            )
        read = tables(source, job.columns, job.schema, _rows_a_part(settings, chosen))
        with (
            _sharing(classifier, job) as sharing,
            actors(sharing, job, count, threads) as workers,
            closing(dealt(workers, read, job.folder)) as made,
        ):
            for part in made:
                parts.append(part)
                on_part(part)
    return parts


def _threads(settings: Settings) -> int:
    """Say how many threads a worker has: those of BERT, and of the language model where it runs one itself.

    >>> _threads(Settings.model_validate({"backend": "both", "bert": {"threads": 1}, "llm": {"threads": 3}}))
    4
    """
    bert = settings.bert.threads if "bert" in settings.asked else 0
    embeds = "llm" in settings.asked and settings.llm.server == "embedded"
    return max(1, (bert or 0) + ((settings.llm.threads or 0) if embeds else 0))


@contextmanager
def _sharing(classifier: BatchClassifier, job: Job) -> Iterator[BatchClassifier]:
    """Have the LLM of all workers spend one budget within the block, where there is one."""
    import ray

    settings = classifier.settings
    if "llm" not in settings.asked or not settings.llm.has_budgets:
        yield classifier
        return
    kind = ray.remote(Keeper).options(num_cpus=0, max_restarts=-1, max_task_retries=-1)
    keeper = kind.remote(settings.llm, job.folder, job.token)
    shared = SharedBudgets(keeper)
    try:
        # A keeper that cannot begin says so now: in a worker it would look like that one's death.
        _ = shared.used
        yield classifier.sharing(shared)
    finally:
        ray.kill(keeper)  # with it goes its lock on the folder
