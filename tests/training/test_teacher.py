"""Distillation: what a teacher says, who reads it, and whether it is learned."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from polarity.errors import CheckpointError, TrainingError
from polarity.training.dataset import DataSet, Example
from polarity.training.finetune import FineTuned, fine_tune
from polarity.training.options import TrainingOptions
from polarity.training.teacher import Teacher, teach

from .conftest import OPTIONS
from .sentences import ALL, NAMES, examples

SETS = [DataSet(examples=examples()[:20]), DataSet(examples=examples()[20:], weight=0.5)]


@pytest.fixture(scope="module")
def teacher(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Teacher:
    """A classifier that knows the sixty sentences, in a folder."""
    tuned = fine_tune([DataSet(examples=examples())], {"same": examples()}, NAMES, str(tiny_base), OPTIONS)
    return Teacher(checkpoint=str(_saved(tuned, tmp_path_factory.mktemp("teacher"))))


def _saved(tuned: FineTuned, folder: Path) -> Path:
    tuned.model.save_pretrained(folder)
    tuned.tokenizer.save_pretrained(folder)
    return folder


def _taught(
    sets: list[DataSet], teacher: Teacher, kept_at: Path, names: tuple[str, ...] = NAMES
) -> list[DataSet]:
    return teach(sets, teacher, names, kept_at, max_length=32, precision="fp32")


def _answers(sets: list[DataSet]) -> list[tuple[float, ...] | None]:
    return [example.taught for part in sets for example in part.examples]


def test_each_text_gets_its_own_distribution(teacher: Teacher, tmp_path: Path) -> None:
    """Asked in order of length, answered in the order of the sets; weights and labels are left alone."""
    sets = _taught(SETS, teacher, tmp_path / "kept")
    assert SETS == [
        replace(part, examples=[replace(row, taught=None) for row in part.examples]) for part in sets
    ]
    for part in sets:
        for row in part.examples:
            assert row.taught is not None
            assert sum(row.taught) == pytest.approx(1.0)
            assert max(row.taught) == row.taught[row.label]


def test_columns_follow_the_students_labels(teacher: Teacher, tmp_path: Path) -> None:
    """A student that numbers its labels otherwise is taught the same of each."""
    forwards = _answers(_taught(SETS, teacher, tmp_path / "a"))
    backwards = _answers(_taught(SETS, teacher, tmp_path / "b", NAMES[::-1]))
    assert forwards == [answer and answer[::-1] for answer in backwards]


def test_answers_are_kept_for_the_same_question(
    teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time no model is loaded."""
    kept_at = tmp_path / "kept"
    first = _taught(SETS, teacher, kept_at)
    monkeypatch.setattr("polarity.training.teacher.load_classifier", lambda _: pytest.fail("asked again"))
    assert first == _taught(SETS, teacher, kept_at)


def test_answers_for_another_run_are_not_thrown_away(teacher: Teacher, tmp_path: Path) -> None:
    """They may be worth hours: other texts are refused, and what was answered is still there."""
    kept_at = tmp_path / "kept"
    _taught(SETS, teacher, kept_at)
    before = kept_at.read_bytes()
    with pytest.raises(TrainingError, match=r"answers for another run"):
        _taught(SETS[:1], teacher, kept_at)
    assert before == kept_at.read_bytes()


def test_a_broken_file_of_answers_is_asked_again(teacher: Teacher, tmp_path: Path) -> None:
    """It holds nothing that cannot be had again."""
    kept_at = tmp_path / "kept"
    first = _taught(SETS, teacher, kept_at)
    kept_at.write_bytes(kept_at.read_bytes()[:100])
    assert first == _taught(SETS, teacher, kept_at)


def test_progress_counts_texts(teacher: Teacher, tmp_path: Path) -> None:
    """The last word is that all of them are answered."""
    heard: list[tuple[int, int]] = []
    teach(
        SETS,
        teacher,
        NAMES,
        tmp_path / "kept",
        max_length=32,
        precision="fp32",
        on_text=lambda done, whole: heard.append((done, whole)),
    )
    assert (60, 60) == heard[-1]


def test_other_labels_are_refused(make_checkpoint: Callable[..., Path], tmp_path: Path) -> None:
    """A spam filter cannot teach sentiment: both label sets are named."""
    spam = Teacher(checkpoint=str(make_checkpoint("ham", "spam")))
    with pytest.raises(TrainingError, match=r"knows ham, spam, not negative, neutral, positive$"):
        _taught(SETS, spam, tmp_path / "kept")


def test_a_missing_teacher_is_said(tmp_path: Path) -> None:
    """The error names the folder."""
    with pytest.raises(CheckpointError, match=r"nowhere"):
        _taught(SETS, Teacher(checkpoint=str(tmp_path / "nowhere")), tmp_path / "kept")


def test_the_record_names_weights_and_not_the_place(teacher: Teacher) -> None:
    """Where a folder lies on this machine is nobody's business; which weights it holds is."""
    record = teacher.as_dict()
    assert Path(teacher.checkpoint).name == record["checkpoint"]
    assert 64 == len(record["weights_sha256"])
    assert {"checkpoint": "a/hub-id", "weight": 0.3, "temperature": 2.0} == Teacher(
        checkpoint="a/hub-id", weight=0.3
    ).as_dict()


@pytest.mark.training
def test_a_student_follows_its_teacher(tiny_base: Path) -> None:
    """With the whole loss the teacher's, gold labels that say something else have no influence."""
    rows = [
        Example(row.text, (row.label + 1) % 3, ALL, taught=tuple(float(at == row.label) for at in range(3)))
        for row in examples()
    ]
    options = TrainingOptions(epochs=12, batch_size=8, learning_rate=2e-3, precision="fp32")
    student = fine_tune(
        [DataSet(examples=rows)],
        {"truth": examples()},
        NAMES,
        str(tiny_base),
        options,
        teacher=Teacher(checkpoint="unused", weight=1.0),
    )
    assert student.best.score > 0.9
