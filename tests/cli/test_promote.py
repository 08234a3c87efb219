"""`polarity promote --checkpoint`: the weekly checkpoint's road. Candidates: see `tests/promotion`."""

import json
from pathlib import Path

import pytest

from polarity.contract import load_contract

from .conftest import Run

TEXTS = 120


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A file of texts without gold."""
    rows = (json.dumps({"text": f"love the app {at}"}) for at in range(TEXTS))
    (tmp_path / "texts.jsonl").write_text("\n".join(rows), "utf-8")
    return tmp_path / "texts.jsonl"


@pytest.fixture
def place(tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file that names a checkpoint, which the command line reads."""
    file = tmp_path / "polarity.toml"
    file.write_text(f'[bert]\ncheckpoint = "{tiny_checkpoint}"  # this week\n')
    monkeypatch.setenv("POLARITY_CONFIG", str(file))
    return file


@pytest.mark.slow
def test_one_that_collapsed_is_not_promoted(run: Run, place: Path, data: Path, tiny_checkpoint: Path) -> None:
    """A network without training says one label of all: it changes nothing and is not let in."""
    before = place.read_text()
    arguments = ("--checkpoint", tiny_checkpoint, "--data", data, "--fail-over", "churn=0.1", "--apply")
    status, _, err = run("promote", *arguments)

    assert 4 == status
    assert "the new one" in err
    assert before == place.read_text()


@pytest.mark.slow
def test_one_that_passes_is_switched_to(
    run: Run, place: Path, tmp_path: Path, telling_checkpoint: Path
) -> None:
    """The settings name the new checkpoint, the rest of the line stays; the old file is kept."""
    place.write_text(f'[bert]\ncheckpoint = "{telling_checkpoint}"  # this week\n')
    texts = [example.text for example in load_contract().prompt.examples]  # which it tells apart
    data = tmp_path / "many.jsonl"
    data.write_text("\n".join(json.dumps({"text": texts[at % len(texts)]}) for at in range(TEXTS)), "utf-8")
    new = tmp_path / "next"
    new.symlink_to(telling_checkpoint)

    status, _, err = run(
        "promote", "--checkpoint", new, "--data", data, "--fail-over", "churn=0.1", "--apply"
    )

    assert 0 == status, err
    assert f'[bert]\ncheckpoint = "{new}"  # this week\n' == place.read_text()
    assert 1 == len(list(tmp_path.glob("polarity.toml.before-checkpoint.*")))


def test_without_a_gate_nothing_is_judged(run: Run, place: Path, data: Path) -> None:
    """There is nothing that a checkpoint could pass."""
    status, _, err = run("promote", "--checkpoint", place.parent, "--data", data)

    assert 2 == status
    assert "no gate is declared" in err
