"""A checkpoint -> what runs it quicker on this machine, from the graph to the folder where it is kept."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from polarity.backends.facts import WEIGHTS, Wanted
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.plain.network import PlainBert
from polarity.backends.runtimes.base import Runtime
from polarity.backends.runtimes.kept import (
    MODEL,
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
from polarity.backends.runtimes.processors import processor
from polarity.backends.runtimes.torch import TorchRuntime
from polarity.errors import CheckpointError, PackageMissing, RecordError, need_of
from polarity.optimizing.graph import Array, Linear, bert_graph, in_fp32
from polarity.optimizing.int8 import linear_by
from polarity.optimizing.measuring import Rows, batched, measured, probabilities
from polarity.optimizing.observing import layer_inputs
from polarity.optimizing.recipes import RECIPES
from polarity.records import DEFAULT_COLUMNS, Columns, Intake, file_hash, files_of, read
from polarity.settings import BertSettings

CALIBRATING: Final = 400  # texts that int8 is fitted to
MEASURING: Final = 1_200  # others that all is held against
LEAST: Final = 200  # of these: with fewer, one label in two hundred cannot be seen

OnTried = Callable[[str], None]


class Tried(NamedTuple):
    """One thing that was made: for which library, how, what came of it, and where it is kept, if it is."""

    runtime: Optimizing
    precision: OptimizedPrecision
    recipe: str
    measured: Measured
    folder: Path | None


class _Job(NamedTuple):
    source: str
    torch: TorchRuntime
    weights: Mapping[str, Array]
    bert: PlainBert
    sha256: str
    calibrating: Rows
    rows: Rows
    expected: Array
    settings: BertSettings
    folder: Path


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
    texts = _texts(files_of(data), columns, intake)
    with tempfile.TemporaryDirectory() as folder:
        job = _job(str(checkpoint), texts, settings or BertSettings(), Path(folder))
        tried = []
        for runtime in runtimes:
            on_begun(f"{runtime} fp32")
            tried.append(_tried(job, runtime, "fp32", "fp32", in_fp32))
        tried += _int8(job, on_begun)
    return tried


def _texts(paths: Sequence[Path], columns: Columns, intake: Intake | None) -> list[str]:
    records = (record for path in paths for record in read(path, columns, intake=intake))
    texts = list(dict.fromkeys(record.text for record in records))
    if len(texts) < LEAST + CALIBRATING // 4:
        needed = LEAST + CALIBRATING // 4
        raise RecordError(f"{len(texts)} different texts are too few to measure by: {needed} are needed")
    step = max(1.0, len(texts) / (CALIBRATING + MEASURING))  # of all files, and of all that is in them
    return [texts[int(at * step)] for at in range(min(len(texts), CALIBRATING + MEASURING))]


def _job(source: str, texts: Sequence[str], settings: BertSettings, folder: Path) -> _Job:
    wanted = Wanted(source, "fp32", settings.max_length, "right", settings.threads)
    loaded = LoadedClassifier.load(wanted)
    torch = loaded.runtime
    if not isinstance(torch, TorchRuntime) or not isinstance(torch.network.logits, PlainBert):
        raise CheckpointError(f"{source!r} is no BERT with a classifier over its first token: torch runs it")
    rows = [text.readings[0] for text in loaded.read(texts)]
    fifth = len(rows) // (1 + MEASURING // CALIBRATING)
    calibrating, rows = (
        rows[:: len(rows) // fifth],
        [row for at, row in enumerate(rows) if at % (len(rows) // fifth)],
    )
    bert = torch.network.logits
    return _Job(
        source,
        torch,
        {name: weight.numpy() for name, weight in bert.weights.items()},
        bert,
        file_hash(Path(source) / WEIGHTS),
        calibrating,
        rows,
        probabilities(torch, rows, settings.batch_tokens),
        settings,
        folder,
    )


def _int8(job: _Job, on_begun: OnTried) -> Iterator[Tried]:
    """Try recipe after recipe, until one agrees."""
    budget = job.settings.batch_tokens
    batches = [[job.calibrating[at] for at in places] for places in batched(job.calibrating, budget)]
    inputs = layer_inputs(job.bert.config, job.weights, batches)
    for recipe in RECIPES:
        on_begun(f"onnxruntime {recipe.name}")
        tried = _tried(job, "onnxruntime", "int8", recipe.name, linear_by(recipe, inputs))
        yield tried
        if tried.folder:
            return


def _tried(
    job: _Job, runtime: Optimizing, precision: OptimizedPrecision, recipe: str, linear: Linear
) -> Tried:
    graph = job.folder / MODEL
    graph.write_bytes(bert_graph(job.bert.config, job.weights, linear).SerializeToString())
    release = str(installed(runtime))
    found = _measured(job, load(graph, runtime, precision, job.bert.shape, job.settings.threads))
    if not found.agrees:
        forget(job.source, job.sha256, runtime, precision)
        return Tried(runtime, precision, recipe, found, None)
    record = Optimized(
        runtime=runtime,
        precision=precision,
        recipe=recipe,
        weights_sha256=job.sha256,
        graph_sha256=file_hash(graph),
        version=release,
        processor=processor(),
        shape=job.bert.shape,
        measured=found,
    )
    return Tried(runtime, precision, recipe, found, keep(job.source, record, graph))


def _measured(job: _Job, runtime: Runtime) -> Measured:
    return measured(runtime, job.torch, job.rows, job.expected, job.settings.batch_tokens)
