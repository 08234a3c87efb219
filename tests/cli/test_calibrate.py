"""`polarity calibrate`."""

import json
import shutil
from pathlib import Path

import pytest

from .conftest import FIXTURES, Run

REVIEWS = FIXTURES / "reviews.jsonl"


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the tiny checkpoint, to write into."""
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "checkpoint"))


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Four hundred rows, each with a text of its own, out of the reviews."""
    rows = [json.loads(line) for line in REVIEWS.read_text("utf-8").splitlines()] * 5
    lines = [json.dumps({**row, "text": f"{row['text']} {at}"}) for at, row in enumerate(rows)]
    (tmp_path / "labelled.jsonl").write_text("\n".join(lines), "utf-8")
    return tmp_path / "labelled.jsonl"


@pytest.mark.slow
def test_the_temperature_is_stored_and_applied(run: Run, checkpoint: Path, labelled: Path) -> None:
    """A table is printed, the file lies in the checkpoint, and from then on probabilities differ."""
    before = json.loads(run("classify", "Great app.", "--checkpoint", checkpoint, "--json").out)
    status, out, err = run("calibrate", checkpoint, labelled)

    found = json.loads((checkpoint / "calibration.json").read_text("utf-8"))
    assert (0, f"temperature {found['temperature']}") == (status, err.strip().rpartition(", ")[2])
    assert f"{found['after']['all texts']['ece']:.4f}" in out
    assert found["temperature"] != 1.0
    after = json.loads(run("classify", "Great app.", "--checkpoint", checkpoint, "--json").out)
    assert before["label"] == after["label"]
    assert before["confidence"] != after["confidence"]


@pytest.mark.slow
def test_again_it_gives_the_same(run: Run, checkpoint: Path, labelled: Path) -> None:
    """A calibration is fitted to the logits as they are, not to what an older one made of them."""
    run("calibrate", checkpoint, labelled)
    first = (checkpoint / "calibration.json").read_bytes()

    assert 0 == run("calibrate", checkpoint, labelled).status
    assert first == (checkpoint / "calibration.json").read_bytes()


@pytest.mark.slow
def test_a_gate_on_the_error(run: Run, checkpoint: Path, labelled: Path) -> None:
    """Above the limit the exit status is 3, the reason is said, and the checkpoint is as it was."""
    before = sorted(path.name for path in checkpoint.iterdir())
    status, out, err = run("calibrate", checkpoint, labelled, "--fail-over", "ece=0")

    assert 3 == status
    assert err.startswith("nothing was stored\ngate failed: ece 0.")
    assert err.endswith(" is over 0.0000\n")
    assert out.startswith("Temperature ")
    assert before == sorted(path.name for path in checkpoint.iterdir())


@pytest.mark.slow
def test_a_gate_on_one_file(run: Run, checkpoint: Path, labelled: Path) -> None:
    """By its folder's and its own name; another file's is refused before anything is scored."""
    name = f"{labelled.parent.name}/{labelled.name}"
    kept = run("calibrate", checkpoint, labelled, "--fail-over", f"ece.{name}=1", "--fail-over", "nll=99")
    unknown = run("calibrate", "/nowhere", labelled, "--fail-over", "ece.other.jsonl=1")

    assert 0 == kept.status
    assert f"gate passed: ece.{name} 0." in kept.err
    problem = f"--fail-over: no measure 'ece.other.jsonl'; known: ece[.({name})]"
    assert (2, "", f"error: {problem}\n") == unknown


def test_a_text_without_scores_is_named_with_its_reason(
    run: Run, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, line, and what the classifier says of it."""
    monkeypatch.setenv("POLARITY_BERT__OVERFLOW", "error")
    texts = {"NEGATIVE": "bad", "POSITIVE": "good", "NEUTRAL": "the " * 100}
    path = tmp_path / "long.jsonl"
    path.write_text(
        "\n".join(json.dumps({"text": text, "label": label}) for label, text in texts.items()), "utf-8"
    )
    status, _, err = run("calibrate", checkpoint, path)

    problem = "no scores: 102 tokens, and 64 are read: see bert.overflow"
    assert (1, f"error: {path}:3: {problem}\n") == (status, err)


def test_what_fits_no_temperature_is_refused(run: Run, checkpoint: Path, labelled: Path) -> None:
    """A checkpoint that knows nothing of the labels cannot be too unsure: exit status 1, nothing stored."""
    rows = [json.loads(line) for line in labelled.read_text("utf-8").splitlines()]
    golds = ["NEGATIVE"] * 20 + ["NEUTRAL", "POSITIVE"] * 190  # and it calls all of them NEGATIVE
    lines = [json.dumps({**row, "label": gold}) for row, gold in zip(rows, golds, strict=True)]
    labelled.write_text("\n".join(lines), "utf-8")
    status, _, err = run("calibrate", checkpoint, labelled)

    problem = "the temperature runs out of 0.05 to 20.0: no temperature can be fitted"
    assert (1, f"error: {problem}\n") == (status, err)
    assert not (checkpoint / "calibration.json").exists()


def test_too_few_texts_are_inconclusive(run: Run, checkpoint: Path) -> None:
    """Eighty texts measure nothing over fifteen bins: exit status 4, and nothing is stored."""
    status, _, err = run("calibrate", checkpoint, REVIEWS)

    assert (4, "inconclusive: 80 texts are fewer than 300\n") == (status, err)
    assert not (checkpoint / "calibration.json").exists()


def test_a_file_without_a_label_is_refused(run: Run, checkpoint: Path, tmp_path: Path) -> None:
    """A temperature from a world without neutral texts would be wrong in ours."""
    path = tmp_path / "two.jsonl"
    path.write_text(
        '{"text": "Bad.", "label": "NEGATIVE"}\n{"text": "Good.", "label": "POSITIVE"}\n', "utf-8"
    )
    status, _, err = run("calibrate", checkpoint, path)

    assert (1, f"error: {path}: no row is labelled NEUTRAL\n") == (status, err)


def test_two_files_of_one_name_are_refused(
    run: Run, checkpoint: Path, labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One would be measured in the other's place: it is said before any text is read or scored."""
    monkeypatch.setattr("polarity.tuning.scored_files.gold_rows", lambda *_, **__: pytest.fail("was read"))
    other = tmp_path / "other" / tmp_path.name / labelled.name
    other.parent.mkdir(parents=True)
    shutil.copy(labelled, other)
    status, _, err = run("calibrate", checkpoint, labelled, other)
    assert (1, "error: two files have the same name and folder name: rename one\n") == (status, err)
    assert not (checkpoint / "calibration.json").exists()


def test_a_folder_without_weights(run: Run, tmp_path: Path, labelled: Path) -> None:
    """It is named before anything is read."""
    status, _, err = run("calibrate", tmp_path / "nothing", labelled)

    assert 1 == status
    assert "nothing/model.safetensors: cannot be read: No such file or directory" in err
