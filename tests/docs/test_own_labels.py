"""The tutorial on labels of one's own, from start to finish, with fewer rows and a tiny encoder."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from polarity.cli import main

from .commands import commands
from .pages import DOCS, Block, blocks

PAGE = DOCS / "own_labels.md"
CUES = {"ham": ("family", "breakfast", "film"), "spam": ("money", "subscription", "price")}
FRAMES = ("the {}", "my {} and the {}", "this is the {}", "a {} for your team", "{} today")
SHORTER = {
    "epochs": "12",
    "batch_size": "8",
    "learning_rate": "2e-3",
    "precision": "fp32",
    "threads": "1",
}  # what a tiny network learns by


def _of_page(language: str) -> list[Block]:
    return [block for block in blocks(language) if block.page == PAGE]


def _desk(path: Path) -> None:
    """Write sixty messages that one word each gives away."""
    texts = [(frame.replace("{}", cue), label) for label in CUES for cue in CUES[label] for frame in FRAMES]
    path.write_text("\n".join(["text,label", *(f"{text},{label}" for text, label in texts * 2), ""]), "utf-8")


def _typed(words: list[str], base: Path) -> list[str]:
    """Give a command of the page as it is typed here: a tiny encoder, few steps, small sizes."""
    replaced = {"base=packaged": f"base={base}", "200,400,700": "20,40"}
    said = [replaced.get(word, word) for word in words]
    shorter = [word for name, value in SHORTER.items() for word in ("--set", f"options.{name}={value}")]
    return said + shorter if words[1] in ("train", "learning-curve") else said


@pytest.mark.slow
@pytest.mark.training
def test_the_tutorial_leads_to_a_classifier(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of its commands does what the page says of it, in its order, up to two checkpoints compared."""
    _desk(tmp_path / "desk.csv")
    (python,), (settings,) = _of_page("python"), _of_page("toml")
    exec(compile(python.text, python.id, "exec"), {})  # noqa: S102 - our own page
    (tmp_path / "more.csv").write_bytes((tmp_path / "train.csv").read_bytes())
    (tmp_path / "polarity.toml").write_text(settings.text, "utf-8")
    _run(["polarity", "contract", "new", "desk.toml", "--labels", "HAM,SPAM"], monkeypatch)
    told = {}
    for block in _of_page("sh"):
        for line in block.text.splitlines():
            for words in commands(line):
                if words[1] != "serve":
                    status = _run(_typed(words, tiny_checkpoint), monkeypatch)
                    told[shlex.join(words)] = (status, capsys.readouterr().out)
    expected = {"evaluate": 4, "compare-checkpoints": 4}  # a gate on twelve texts is never certain
    assert [] == [line for line, (status, _) in told.items() if status != expected.get(line.split()[1], 0)]
    found = json.loads((tmp_path / "runs" / "desk2" / "training.json").read_text("utf-8"))
    assert ["ham", "spam"] == found["label_names"]
    labels = {
        line.split("\t")[0] for line in told[next(line for line in told if "claim" in line)][1].splitlines()
    }
    assert labels <= {"HAM", "SPAM"}
    assert {"evaluation.html", "curve.html", "labelled.csv"} <= {path.name for path in tmp_path.iterdir()}


def _run(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)
