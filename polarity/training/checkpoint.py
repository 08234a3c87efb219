"""A checkpoint folder: weights, tokenizer, label binding, run record and model card, whole or absent."""

import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from safetensors import SafetensorError

from polarity.backends.input_form import FILE as INPUT_FORM
from polarity.backends.input_form import written
from polarity.contract import Contract
from polarity.errors import TrainingError
from polarity.pages.charts import training_chart
from polarity.training.contradictions import NONE, Contradictions
from polarity.training.dataset import TrainingSets
from polarity.training.finetune import FineTuned
from polarity.training.options import TrainingOptions
from polarity.training.teacher import Teacher

RECORD, PICTURE = "training.json", "curve.svg"
LIBRARIES = ("torch", "transformers", "safetensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What a training run was made of: enough to run it again and to see whether it is the same.

    Without files in `dev`, the `dev_rows` were drawn from `data`. `collapsed` says in what way the labels
    that the best epoch gives to the dev rows have collapsed, None where they have not; `contradicting_rows`
    counts the training rows whose text is also there with another label, and `rows_of_dev` those whose text
    is among the dev rows.
    """

    command: str
    base: str
    contract: Mapping[str, str]
    label_names: Sequence[str]
    options: Mapping[str, Any]
    data: Sequence[Mapping[str, Any]]
    dev: Sequence[Mapping[str, Any]]
    holdout: str | None
    teacher: Mapping[str, Any] | None
    train_rows: int
    dev_rows: int
    minutes: float
    curve: Sequence[Mapping[str, Any]]
    best_epoch: int
    versions: Mapping[str, str]
    machine: str
    collapsed: str | None = None
    contradicting_rows: int = 0
    rows_of_dev: int = 0


def run_record(
    tuned: FineTuned,
    contract: Contract,
    options: TrainingOptions,
    *,
    command: str,
    base: str,
    sets: TrainingSets,
    contradicting: Contradictions = NONE,
    teacher: Teacher | None = None,
) -> RunRecord:
    """Gather the record of a finished run."""
    return RunRecord(
        command=command,
        base=base,
        contract=contract.ref._asdict(),
        label_names=checkpoint_names(contract),
        options=options.as_dict(),
        data=[file.as_dict() for file in sets.files],
        dev=[file.as_dict() for file in sets.dev_files],
        holdout=sets.holdout,
        teacher=teacher.as_dict() if teacher else None,
        train_rows=len(sets.training_rows),
        dev_rows=sum(map(len, sets.dev.values())),
        minutes=round(tuned.seconds / 60, 1),
        curve=[
            {"epoch": result.epoch, "loss": result.loss, "macro_f1": result.macro_f1}
            for result in tuned.curve
        ],
        best_epoch=tuned.best.epoch,
        versions=versions(),
        machine=f"{platform.system()} {platform.machine()}, torch threads: {tuned.threads}, {tuned.device}",
        collapsed=tuned.best.collapsed,
        contradicting_rows=contradicting.rows,
        rows_of_dev=sets.rows_of_dev,
    )


def versions() -> dict[str, str]:
    """Name the versions that a run's figures hang on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def checkpoint_names(contract: Contract) -> list[str]:
    """List the checkpoint's label names, in the order of the contract's labels."""
    name_of = {label: name for name, label in contract.file.binding.items()}
    return [name_of[label] for label in contract.labels]


def write_checkpoint(tuned: FineTuned, record: RunRecord, out: Path, *, notes: str = "") -> None:
    """Write a checkpoint folder beside its place and rename it there; an older one is replaced.

    The weights are written as fp16, and the model is left so. `notes` ends the model card.

    Raises:
        TrainingError: `out` is there and is not a checkpoint, or cannot be written, or a weight is
            too large for fp16.
    """
    check_out(out)
    place = out.resolve()  # "." has no name to write beside
    partial = place.with_name(f".{place.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _half(tuned.model).save_pretrained(partial)
        for weights in partial.glob("*.safetensors"):
            weights.chmod((partial / "config.json").stat().st_mode)  # safetensors lets the owner alone read
        tuned.tokenizer.save_pretrained(partial)
        (partial / INPUT_FORM).write_text(written(tuned.input_form), "utf-8")
        (partial / RECORD).write_text(as_json(record), "utf-8")
        (partial / "README.md").write_text(model_card(record, notes), "utf-8")
        (partial / PICTURE).write_text(curve_picture(record), "utf-8")
        _put_in_place(partial, place)
    except OSError as error:
        raise TrainingError(f"{out}: cannot be written: {error.strerror or error}") from error
    except SafetensorError as error:  # safetensors' own word for a full disk
        raise TrainingError(f"{out}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _half(model: Any) -> Any:
    """Turn the weights to fp16, which ends at 65,504: beyond, a weight becomes infinite without a word."""
    model.half()
    broken = [name for name, weights in model.named_parameters() if not weights.isfinite().all()]
    if broken:
        raise TrainingError(f"weights of {broken[0]} do not fit fp16: lower the learning rate")
    return model


def _put_in_place(partial: Path, place: Path) -> None:
    """Move the old checkpoint aside before the new one comes, so that one of them is always whole."""
    old = place.with_name(f".{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    try:
        partial.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def check_out(out: Path) -> None:
    """Refuse a place that cannot be written or would lose something: before the hours, not after.

    Only a folder that holds files and a run record is replaced: a `config.json` is in many folders.

    Raises:
        TrainingError: `out` holds something other than a checkpoint of ours, or cannot be written.
    """
    nearest = next(folder for folder in out.resolve().parents if folder.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise TrainingError(f"{out}: cannot be written: {nearest} is no folder that can be written to")
    if out.is_dir():
        found = list(out.iterdir())
        foreign = found and not ((out / RECORD).is_file() and all(path.is_file() for path in found))
    else:
        foreign = out.exists()
    if foreign:
        raise TrainingError(f"{out}: is there already and is not a checkpoint")


def as_json(record: RunRecord) -> str:
    """Spell the record as `training.json`."""
    return json.dumps(asdict(record), indent=2, ensure_ascii=False) + "\n"


def curve_picture(record: RunRecord) -> str:
    """Draw the record's curve as SVG."""
    epochs = [float(result["epoch"]) for result in record.curve]
    scores = {
        name: list(zip(epochs, (result["macro_f1"][name] for result in record.curve), strict=True))
        for name in record.curve[0]["macro_f1"]
    }
    losses = list(zip(epochs, (result["loss"] for result in record.curve), strict=True))
    return training_chart(losses, scores, score="Macro-F1")


def model_card(record: RunRecord, notes: str = "") -> str:
    """Write the model card that stands in the checkpoint folder as README.md."""
    loader = PackageLoader("polarity.training", "templates")
    environment = Environment(
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown of our own numbers and file names
        keep_trailing_newline=True,
    )
    return environment.get_template("model_card.md").render(run=record, notes=notes)
