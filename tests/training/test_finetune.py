"""Fine-tuning: the loss, the batches, and whether a model really learns."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from polarity.backends.network import Representation, new_classifier
from polarity.errors import CheckpointError, TrainingError
from polarity.training import finetune
from polarity.training.dataset import DataSet, Example
from polarity.training.finetune import FineTuned, fine_tune
from polarity.training.options import TrainingOptions
from polarity.training.state import EpochResult, State
from polarity.training.trainer import Listeners, Progress

from .conftest import OPTIONS
from .sentences import ALL, LABELS, NAMES, examples

TRAIN = [DataSet(examples=examples())]
QUICK = TrainingOptions(epochs=1, batch_size=16, learning_rate=1e-3, precision="fp32")


def _weights(tuned: FineTuned) -> list[torch.Tensor]:
    return list(tuned.model.state_dict().values())


def _predicted(tuned: FineTuned, rows: list[Example]) -> list[int]:
    tuned.model.eval()
    encoded = tuned.tokenizer([row.text for row in rows], padding=True, return_tensors="pt")
    with torch.inference_mode():
        return [int(label) for label in tuned.model(**encoded).logits.argmax(-1)]


@pytest.fixture(scope="module")
def learned(tiny_base: Path) -> FineTuned:
    """A model that was trained on the sixty sentences long enough to know them."""
    return fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), OPTIONS)


def test_training_lowers_the_loss(learned: FineTuned) -> None:
    """From about ln 3, which is knowing nothing, to less than half of it."""
    assert math.log(3) == pytest.approx(learned.curve[0].loss, abs=0.4)
    assert learned.curve[-1].loss < learned.curve[0].loss / 2


def test_training_learns_its_rows(learned: FineTuned) -> None:
    """One word gives each sentence away: nearly all are right where chance is a third."""
    rows = examples()
    right = sum(row.label == label for row, label in zip(rows, _predicted(learned, rows), strict=True))
    assert right / len(rows) > 0.9
    assert learned.best.score > 0.9


@pytest.mark.training
def test_one_seed_gives_one_model(tiny_base: Path) -> None:
    """Two runs with one seed are equal to the last bit, whatever was drawn before; another seed differs."""
    runs = []
    for seed in (0, 0, 1):
        options = replace(QUICK, epochs=2, seed=seed)
        runs.append(fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options))
        torch.rand(7)
    first, again, other = runs
    assert all(torch.equal(a, b) for a, b in zip(_weights(first), _weights(again), strict=True))
    assert first.curve == again.curve
    assert first.curve != other.curve


@pytest.mark.training
def test_the_average_of_the_weights_is_kept(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured and kept is the moving average: each step leaves of it the share that was named."""
    models: list[torch.nn.Module] = []
    after_steps: list[list[torch.Tensor]] = []

    def remembered(base: str, names: list[str], representation: Representation) -> torch.nn.Module:
        models.append(new_classifier(base, names, representation))
        return models[0]

    def on_step(_progress: Progress) -> None:
        after_steps.append([weight.clone() for weight in models[0].state_dict().values()])

    monkeypatch.setattr(finetune, "new_classifier", remembered)
    listeners = Listeners(on_step=on_step)
    options = replace(QUICK, averaging=0.75)
    tuned = fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options, listeners=listeners)
    expected, *later = after_steps
    for weights in later:
        expected = [0.75 * old + 0.25 * new for old, new in zip(expected, weights, strict=True)]
    kept = _weights(tuned)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(expected, kept, strict=True))
    assert not all(torch.equal(one, other) for one, other in zip(after_steps[-1], kept, strict=True))


@pytest.mark.training
def test_a_share_of_the_base_is_kept(tiny_checkpoint: Path) -> None:
    """A classifier that goes on keeps the named share of what it was, in every weight."""
    begun = new_classifier(str(tiny_checkpoint), list(NAMES), "cls")
    runs = {}
    for share in (0.0, 0.75):
        options = replace(QUICK, base_share=share)
        runs[share] = _weights(fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_checkpoint), options))
    expected = [
        0.75 * old + 0.25 * new for old, new in zip(begun.state_dict().values(), runs[0.0], strict=True)
    ]
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(expected, runs[0.75], strict=True))


def test_a_new_head_has_no_share(make_checkpoint: Callable[..., Path]) -> None:
    """Half of a head that was drawn would be half noise: the base is refused by name."""
    base = str(make_checkpoint("bad", "so-so", "good"))
    with pytest.raises(TrainingError) as caught:
        fine_tune(TRAIN, {"same": examples()}, NAMES, base, replace(QUICK, base_share=0.5))
    expected = f"base_share: {base!r} is no classifier of {', '.join(NAMES)}: nothing of it can be kept"
    assert expected == str(caught.value)


@pytest.mark.training
def test_the_best_epoch_is_kept(tiny_base: Path) -> None:
    """The weights are the best epoch's. On dev rows with rotated labels, whoever learns gets worse."""
    rotated = [Example(row.text, (row.label + 1) % 3, ALL) for row in examples()]
    told: list[EpochResult] = []
    tuned = fine_tune(
        TRAIN,
        {"rotated": rotated},
        NAMES,
        str(tiny_base),
        OPTIONS,
        listeners=Listeners(on_epoch=told.append),
    )
    assert tuple(told) == tuned.curve
    assert max(result.score for result in told) == tuned.best.score
    assert tuned.best.score > told[-1].score
    assert tuned.best.score == pytest.approx(_macro_f1(tuned, rotated))


def _macro_f1(tuned: FineTuned, rows: list[Example]) -> float:
    gold, predicted = [row.label for row in rows], _predicted(tuned, rows)
    scores = []
    for label in range(len(LABELS)):
        hits = sum(p == label == g for p, g in zip(predicted, gold, strict=True))
        scores.append(2 * hits / (predicted.count(label) + gold.count(label)))
    return sum(scores) / len(scores)


@pytest.mark.training
def test_the_first_of_equal_epochs_is_kept(tiny_base: Path) -> None:
    """Without learning every epoch is equal: the first one is named, and nothing was moved."""
    options = replace(QUICK, epochs=3, learning_rate=0.0)
    tuned = fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options)
    assert [1, 2, 3] == [result.epoch for result in tuned.curve]
    assert 1 == tuned.best.epoch


@pytest.mark.training
@pytest.mark.parametrize("patience", [1, 2])
def test_patience_ends_a_run(tiny_base: Path, patience: int) -> None:
    """Without learning the first epoch stays the best, and the run ends so many epochs after it."""
    options = replace(QUICK, epochs=6, learning_rate=0.0, patience=patience)
    tuned = fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options)
    assert 1 + patience == len(tuned.curve)


@pytest.mark.training
def test_patience_counts_across_a_resumption(tiny_base: Path) -> None:
    """A run that goes on from its first epoch's state ends where one that never stopped does."""
    options = replace(QUICK, epochs=6, learning_rate=0.0, patience=2)
    states: list[State] = []
    whole = fine_tune(
        TRAIN,
        {"same": examples()},
        NAMES,
        str(tiny_base),
        options,
        listeners=Listeners(on_state=states.append),
    )
    resumed = fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options, state=states[0])
    assert whole.curve == resumed.curve


@pytest.mark.training
def test_memory_that_ends_in_a_step_is_said(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step, its rows and their tokens are named, and what to lower."""

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("polarity.training.trainer.set_pace", full)
    expected = r"^out of memory at step 1, 16 rows of \d+ tokens: lower the batch size or the maximum length$"
    with pytest.raises(TrainingError, match=expected):
        fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), QUICK)


@pytest.mark.training
def test_class_weights_count_what_an_epoch_sees(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file at half its weight has half its rows' say in how dear its labels are."""
    seen: list[list[float]] = []

    def kept(counts: torch.Tensor) -> torch.Tensor:
        seen.append(counts.tolist())
        return torch.ones(3)

    monkeypatch.setattr("polarity.training.trainer.balanced_weights", kept)
    parts = [DataSet(examples=examples()), DataSet(examples=examples()[:20], weight=0.5)]
    options = replace(QUICK, class_weights="balanced")
    fine_tune(parts, {"same": examples()}, NAMES, str(tiny_base), options)
    assert [[30.0, 20.0, 20.0]] == seen


def test_best_is_the_mean_over_the_dev_sets() -> None:
    """A small dev set counts as much as a large one."""
    assert 0.5 == EpochResult(1, 0.1, {"a": 0.8, "b": 0.2}).score


@pytest.mark.training
def test_a_dev_row_is_judged_by_the_labels_of_its_file(tiny_base: Path) -> None:
    """A dev row of a two-class file is never counted as the third label, however sure the model is of it."""
    neutral = [row for row in examples() if row.label == 1]
    rows = [Example(row.text, 2 * (at % 2), frozenset({0, 2})) for at, row in enumerate(neutral)]
    tuned = fine_tune(TRAIN, {"two": rows}, NAMES, str(tiny_base), OPTIONS)
    assert tuned.curve[-1].macro_f1["two"] > 0.3


@pytest.mark.training
def test_steps_are_told(tiny_base: Path) -> None:
    """Sixty rows by sixteen are four steps an epoch, each told with its loss and the total."""
    told: list[Progress] = []
    options = replace(QUICK, epochs=2)
    fine_tune(
        TRAIN,
        {"same": examples()},
        NAMES,
        str(tiny_base),
        options,
        listeners=Listeners(on_step=told.append),
    )
    assert [(step, 8) for step in range(1, 9)] == [(done.step, done.steps) for done in told]
    assert all(0 < done.loss < 3 for done in told)


@pytest.mark.training
def test_bf16_trains_too(tiny_base: Path) -> None:
    """Under autocast the weights stay fp32 and the loss is a number."""
    options = replace(QUICK, precision="bf16")
    tuned = fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options)
    assert torch.float32 == tuned.model.dtype
    assert math.isfinite(tuned.curve[0].loss)


@pytest.mark.training
def test_a_long_text_is_cut_to_what_the_base_can_read(tiny_base: Path) -> None:
    """The tiny BERT has 64 positions: asking for 128 tokens reads 64 and breaks nothing."""
    rows = [Example(row.text + " and" * 200, row.label, ALL) for row in examples()]
    tuned = fine_tune([DataSet(examples=rows)], {"same": rows[:5]}, NAMES, str(tiny_base), QUICK)
    assert 1 == tuned.best.epoch


@pytest.mark.parametrize(
    ("train", "dev", "problem"),
    [
        ([], {"d": examples()}, "no training examples"),
        (examples(), {}, "no dev examples to choose the best epoch by"),
        (examples(), {"d": examples(), "e": []}, "no dev examples to choose the best epoch by"),
        (examples()[20:], {"d": examples()}, "no training example is labelled negative"),
        (examples()[:20], {"d": examples()}, "no training example is labelled neutral, positive"),
    ],
)
def test_too_little_data_is_an_error(
    train: list[Example], dev: dict[str, list[Example]], problem: str
) -> None:
    """A label without examples, or nothing to train on or to choose by, is said before a base is loaded."""
    with pytest.raises(TrainingError, match=f"^{problem}$"):
        fine_tune([DataSet(examples=train)], dev, NAMES, "/nowhere", QUICK)


@pytest.mark.training
@pytest.mark.parametrize("batch_size", [8, 64])
def test_a_loss_that_is_no_number_is_an_error(tiny_base: Path, batch_size: int) -> None:
    """A learning rate that breaks the weights is found in the next loss, or after the last step."""
    options = replace(QUICK, batch_size=batch_size, learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"lower the learning rate$"):
        fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options)


def test_a_base_that_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    """The error is the checkpoint's, and names it."""
    with pytest.raises(CheckpointError, match="nothing"):
        fine_tune(TRAIN, {"same": examples()}, NAMES, str(tmp_path / "nothing"), QUICK)


@pytest.mark.training
def test_a_best_epoch_that_knows_one_label_is_told(tiny_base: Path) -> None:
    """Without learning the random head gives nearly all rows one label: each epoch says so."""
    options = replace(QUICK, learning_rate=0.0)
    tuned = fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options)
    assert tuned.best.collapsed is not None
    assert tuned.best.collapsed.startswith(("never gives ", "gives "))


def test_what_has_learned_has_not_collapsed(learned: FineTuned) -> None:
    """The best epoch knows all three labels."""
    assert learned.best.collapsed is None


@pytest.mark.training
def test_few_rows_get_more_epochs(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody says how many: sixty rows by sixteen are four steps, and twelve steps three epochs."""
    monkeypatch.setattr("polarity.training.options.FEWEST_STEPS", 14)
    told: list[Progress] = []
    listeners = Listeners(on_step=told.append)
    options = replace(QUICK, epochs=None)
    tuned = fine_tune(TRAIN, {"same": examples()}, NAMES, str(tiny_base), options, listeners=listeners)
    assert 4 == len(tuned.curve)
    assert [16] * 16 == [done.steps for done in told]
