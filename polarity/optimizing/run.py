"""A checkpoint -> what runs it quicker on this machine, from the graph to the folder where it is kept."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.backends.runtimes.base import Runtime
from polarity.backends.runtimes.doubting import Doubting
from polarity.backends.runtimes.kept import (
    FARTHEST,
    MODEL,
    PRECISE,
    RUNTIMES,
    Measured,
    Optimized,
    OptimizedPrecision,
    Optimizing,
    forget,
    installed,
    keep,
)
from polarity.backends.runtimes.opening import load
from polarity.backends.runtimes.processors import has_vnni, processor
from polarity.errors import PackageMissing, need_of
from polarity.optimizing.graph import Array, bert_graph
from polarity.optimizing.int8 import linear_by, lookup_for, weight_top
from polarity.optimizing.job import Job, inputs_of, job_of, texts_of
from polarity.optimizing.measuring import measured
from polarity.optimizing.recipes import DOUBT, recipes_for
from polarity.places import file_hash
from polarity.records import DEFAULT_COLUMNS, Columns, Intake
from polarity.settings import BertSettings
from polarity.sources import sources_of

OnTried = Callable[[str], None]


class Tried(NamedTuple):
    """One thing that was made: for which library, how, what came of it, and where it is kept, if it is."""

    runtime: Optimizing
    precision: OptimizedPrecision
    recipe: str
    measured: Measured
    folder: Path | None


class _Made(NamedTuple):
    """A graph, and one in fp32 that answers close calls, if there is one."""

    runtime: Optimizing
    precision: OptimizedPrecision
    recipe: str
    graph: Path
    precise: Path | None = None


def optimize(
    checkpoint: str | Path,
    data: str | Path | Sequence[str | Path],
    settings: BertSettings | None = None,
    *,
    columns: Columns = DEFAULT_COLUMNS,
    intake: Intake | None = None,
    on_begun: OnTried = lambda _: None,
) -> list[Tried]:
    """Make graphs of a checkpoint for the libraries that are installed, measure them, and keep what agrees.

    Of the texts some are for fitting int8, and the others are what all is held against torch in fp32 on.

    Raises:
        PackageMissing: none of the libraries is installed.
        CheckpointError: it cannot be loaded, is no BERT, or nothing can be kept.
        RecordError: the files cannot be read, or have too few texts.
    """
    runtimes = [name for name in RUNTIMES if installed(name)]
    if "onnxruntime" not in runtimes:  # also what is made for OpenVINO is observed with it
        raise PackageMissing(f"this {need_of('onnxruntime')}")
    texts = texts_of(sources_of(data), columns, intake)
    job = job_of(str(checkpoint), texts, settings or BertSettings())
    with tempfile.TemporaryDirectory() as folder:
        whole = _Made("onnxruntime", "fp32", "fp32", Path(folder) / PRECISE)
        whole.graph.write_bytes(bert_graph(job.bert.config, job.weights).SerializeToString())
        tried = []
        for runtime in runtimes:
            on_begun(f"{runtime} fp32")
            tried.append(_tried(job, whole._replace(runtime=runtime)))
        inputs = inputs_of(job)
        for runtime in runtimes:
            tried += _int8(job, runtime, inputs, whole.graph, on_begun)
    return tried


def _int8(
    job: Job, runtime: Optimizing, inputs: Mapping[str, Array], whole: Path, on_begun: OnTried
) -> Iterator[Tried]:
    """Try recipe after recipe, until one agrees: by itself, or with close calls in fp32."""
    top = weight_top(has_vnni=has_vnni())
    for recipe in recipes_for(runtime):
        alone = _Made(runtime, "int8", recipe.name, whole.with_name(MODEL))
        linear = linear_by(recipe, inputs, top)
        model = bert_graph(job.bert.config, job.weights, linear, lookup_for(runtime))
        alone.graph.write_bytes(model.SerializeToString())
        for made in (alone, alone._replace(recipe=f"{recipe.name}, close calls in fp32", precise=whole)):
            on_begun(f"{runtime} {made.recipe}")
            tried = _tried(job, made)
            yield tried
            if tried.folder:
                return
            if tried.measured.farthest > FARTHEST:  # it is not only close calls that are off
                break


def _tried(job: Job, made: _Made) -> Tried:
    runtime, precision, recipe, graph, precise = made
    found = measured(_loaded(job, made), job.torch, job.rows, job.expected, job.settings.batch_tokens)
    if not found.agrees:
        forget(job.source, job.sha256, runtime, precision)
        return Tried(runtime, precision, recipe, found, None)
    record = Optimized(
        runtime=runtime,
        precision=precision,
        recipe=recipe,
        weights_sha256=job.sha256,
        graph_sha256=file_hash(graph),
        version=str(installed(runtime)),
        processor=processor(),
        shape=job.bert.shape,
        measured=found,
        doubt=DOUBT if precise else 0.0,
        precise_sha256=file_hash(precise) if precise else None,
    )
    return Tried(runtime, precision, recipe, found, keep(job.source, record, graph, precise))


def _loaded(job: Job, made: _Made) -> Runtime:
    shape, threads = job.bert.shape, job.settings.threads
    runtime = load(made.graph, made.runtime, made.precision, shape, threads)
    if made.precise is None:
        return runtime
    return Doubting(runtime, load(made.precise, made.runtime, "fp32", shape, threads), DOUBT)
