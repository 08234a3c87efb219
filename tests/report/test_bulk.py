"""Folders of labelled rows, as a report takes them."""

import json
from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.records import Record
from polarity.report.bulk import Folder, folder_of
from polarity.stored import spelled
from polarity.stored.folders import MANIFEST, Manifest
from polarity.types import Completion, ContractRef, Model

SAID = {"llm": Completion(text="Positive.")}


def _manifest(*, finished: bool = True, raws: bool = True) -> Manifest:
    return Manifest(
        polarity="0.5.0",
        finished=finished,
        fingerprint={},
        contract=ContractRef("polarity", "1.0.0", "ef"),
        models={"llm": Model("gpt")},
        raws=raws,
    )


def _record(raws: object) -> Record:
    return Record(text="Fine.", id="1", line=4, path=Path("part"), extra={"raws": raws})


def test_what_was_said_is_read_back() -> None:
    """As it was, by who said it."""
    spelled_out = json.dumps({name: spelled(raw) for name, raw in SAID.items()})
    ((_, said),) = Folder(Path(), _manifest()).said([_record(spelled_out)], ["llm"])
    assert SAID == {question.backend: raw for question, raw in said.items()}


@pytest.mark.parametrize("raws", [None, "{", "{}", "[]"])
def test_what_is_not_there_is_named(raws: object) -> None:
    """By file and row."""
    with pytest.raises(RecordError, match=r"^part:4: column 'raws' does not hold what llm said$"):
        list(Folder(Path(), _manifest()).said([_record(raws)], ["llm"]))


@pytest.mark.parametrize(
    ("raws", "asked", "repeat", "expected"),
    [
        (True, ["llm"], 1, True),
        (True, [], 1, True),
        (True, ["bert", "llm"], 1, False),
        (True, ["llm"], 2, False),
        (False, ["llm"], 1, False),
    ],
)
def test_it_answers_what_was_asked(raws: bool, asked: list[str], repeat: int, expected: bool) -> None:
    """All of it, or somebody has to be asked."""
    assert expected == Folder(Path(), _manifest(raws=raws)).answers(asked, repeat)


def test_only_a_finished_folder_is_one(tmp_path: Path) -> None:
    """A file or another folder is none; one that is not finished is an error that says how to go on."""
    assert folder_of([]) is None
    assert folder_of(tmp_path) is None
    (tmp_path / MANIFEST).write_text(_manifest(finished=False).spelled(), "utf-8")
    with pytest.raises(RecordError, match="the run is not finished: polarity classify --resume goes on"):
        folder_of(tmp_path)
    assert folder_of([tmp_path, tmp_path]) is None
