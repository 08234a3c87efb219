"""What all variants of a checkpoint are made of and held against: its weights, texts, and torch's answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from polarity.backends.facts import WEIGHTS, Wanted
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.plain.network import PlainBert
from polarity.backends.runtimes.torch import TorchRuntime
from polarity.errors import CheckpointError, RecordError
from polarity.optimizing.graph import Array
from polarity.optimizing.measuring import Rows, batched, probabilities
from polarity.optimizing.observing import layer_inputs
from polarity.places import file_hash
from polarity.records import Columns, Intake, read
from polarity.settings import BertSettings

CALIBRATING: Final = 400  # texts that int8 is fitted to
MEASURING: Final = 1_200  # others that all is held against
LEAST: Final = 200  # of these: with fewer, one label in two hundred cannot be seen


class Job(NamedTuple):
    """A checkpoint that is being optimized.

    weights      in fp32, by their saved names
    sha256       of their file
    calibrating  the ids of texts that int8 is fitted to
    rows         those of the others, and `expected`, torch's distributions of them, (rows, labels)
    """

    source: str
    torch: TorchRuntime
    weights: Mapping[str, Array]
    bert: PlainBert
    sha256: str
    calibrating: Rows
    rows: Rows
    expected: Array
    settings: BertSettings


def job_of(source: str, texts: Sequence[str], settings: BertSettings) -> Job:
    """Load a checkpoint, and let torch answer.

    Raises:
        CheckpointError: it is no folder with weights, cannot be loaded, or is no BERT.
    """
    if not (Path(source) / WEIGHTS).is_file():
        raise CheckpointError(f"{source!r} has no {WEIGHTS}: only a folder that has can be optimized")
    wanted = Wanted(source, "fp32", settings.max_length, "right", settings.threads)
    loaded = LoadedClassifier.load(wanted)
    torch = loaded.runtime
    if not isinstance(torch, TorchRuntime) or not isinstance(torch.network.logits, PlainBert):
        raise CheckpointError(f"{source!r} is no BERT with a classifier over its first token: torch runs it")
    rows = [text.readings[0] for text in loaded.read(texts)]
    fifth = len(rows) // (1 + MEASURING // CALIBRATING)
    step = len(rows) // fifth
    calibrating, rows = rows[::step], [row for at, row in enumerate(rows) if at % step]
    bert = torch.network.logits
    return Job(
        source,
        torch,
        {name: weight.numpy() for name, weight in bert.weights.items()},
        bert,
        file_hash(Path(source) / WEIGHTS),
        calibrating,
        rows,
        probabilities(torch, rows, settings.batch_tokens),
        settings,
    )


def texts_of(paths: Sequence[Path], columns: Columns, intake: Intake | None = None) -> list[str]:
    """Read different texts, spread over all files and over all that is in them.

    Raises:
        RecordError: the files cannot be read, or have too few texts.
    """
    records = (record for path in paths for record in read(path, columns, intake=intake))
    texts = list(dict.fromkeys(record.text for record in records))
    needed = LEAST + CALIBRATING // 4
    if len(texts) < needed:
        raise RecordError(f"{len(texts)} different texts are too few to measure by: {needed} are needed")
    step = max(1.0, len(texts) / (CALIBRATING + MEASURING))
    return [texts[int(at * step)] for at in range(min(len(texts), CALIBRATING + MEASURING))]


def inputs_of(job: Job) -> dict[str, Array]:
    """Give for each linear layer's name what goes into it on the calibration texts, (vectors, in)."""
    places = batched(job.calibrating, job.settings.batch_tokens)
    batches = [[job.calibrating[at] for at in batch] for batch in places]
    return layer_inputs(job.bert.config, job.weights, batches)
