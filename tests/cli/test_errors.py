"""What goes wrong: one line on standard error, nothing on standard output, the right exit status."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Run

READERS = pytest.mark.parametrize(
    "args", [("classify", "--file"), ("evaluate",), ("report", "-o", "out.json")], ids=" ".join
)


def _one_line(ran: tuple[int, str, str], status: int, start: str) -> None:
    assert (status, "") == ran[:2]
    assert ran[2].startswith(f"error: {start}")
    assert 1 == ran[2].count("\n")
    assert "Traceback" not in ran[2]


@READERS
@pytest.mark.parametrize(
    ("name", "content", "start"),
    [
        ("none.jsonl", None, "none.jsonl: no such file"),
        ("d.jsonl", b"", "d.jsonl: holds no records"),
        ("d.jsonl", b'{"review": "Fine."}\n', "d.jsonl:1: no column 'text'; found 'review'"),
        ("d.jsonl", b'{"text": "\xff"}\n', "d.jsonl:1: not UTF-8: byte"),
        ("d.jsonl", b'\n{"text": "  "}\n', "d.jsonl:2: column 'text' is blank"),
        ("d.jsonl", b'{"text": 1}\n', "d.jsonl:1: column 'text' is not text: 1"),
        ("d.csv", b"text,label\nFine.,POSITIVE,x\n", "d.csv:2: 3 cells where the header has 2"),
        ("d.csv", b'text\n"open\n', "d.csv:2: not CSV: "),
        ("d.xlsx", b"PK", "d.xlsx: not an Excel workbook: "),
        ("d.ods", b"PK", "d.ods: unknown suffix '.ods'; known: .csv, .json, .jsonl, .ndjson, .parquet, "),
    ],
)
def test_a_bad_file(
    run: Run, tmp_path: Path, args: tuple[str, ...], name: str, content: bytes | None, start: str
) -> None:
    """File and line of what is wrong, before any weights are loaded; status 1; no output is left."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    _one_line(run(*args, name, "--checkpoint", "/nowhere"), 1, start)
    assert not (tmp_path / "out.json").exists()


@READERS
def test_bad_settings(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, args: tuple[str, ...]
) -> None:
    """An unknown setting, in the environment or in the file, is usage: status 2, named with its place."""
    monkeypatch.setenv("POLARITY_BAKEND", "llm")
    _one_line(run(*args, "d.jsonl"), 2, "POLARITY_BAKEND: no such setting; nearest: POLARITY_BACKEND")
    monkeypatch.delenv("POLARITY_BAKEND")
    (tmp_path / "polarity.toml").write_text("[bert]\ncheckpiont = 'x'\n", "utf-8")
    expected = "bert.checkpiont: no such setting, from polarity.toml; nearest: bert.checkpoint"
    _one_line(run(*args, "d.jsonl"), 2, expected)


def test_every_bad_setting_has_its_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two mistakes are two lines."""
    monkeypatch.setenv("POLARITY_A", "1")
    monkeypatch.setenv("POLARITY_B", "1")
    expected = "error: POLARITY_A: no such setting\nerror: POLARITY_B: no such setting\n"
    assert (2, "", expected) == run("classify", "Fine.")


def test_a_bad_value_of_a_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The value and where it was set are named."""
    monkeypatch.setenv("POLARITY_BACKEND", "gpt")
    _one_line(run("classify", "Fine."), 2, "backend: should be 'bert', 'llm' or 'both' (got 'gpt')")


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--backend", "bort", "'bort' is not one of 'bert', 'llm', 'both'."),
        ("--limit", "many", "'many' should be a whole number"),
        ("--limit", "0", "'0' should be greater than or equal to 1"),
    ],
)
def test_a_bad_value_of_an_option(run: Run, option: str, value: str, problem: str) -> None:
    """The option and the value, in no library's words."""
    status, out, err = run("classify", "Fine.", option, value)
    assert (2, "") == (status, out)
    shown = " ".join(err.replace("│", " ").split())
    assert f"Invalid value for '{option}': {problem}" in shown


def test_a_missing_checkpoint(run: Run) -> None:
    """The checkpoint is named."""
    _one_line(run("classify", "Fine.", "--checkpoint", "/nowhere"), 1, "'/nowhere'")


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_corrupt_checkpoint(run: Run, tiny_checkpoint: Path, tmp_path: Path, file: str) -> None:
    """A file of it that cannot be read names the folder."""
    broken = tmp_path / "ck"
    shutil.copytree(tiny_checkpoint, broken)
    (broken / file).write_bytes(b"\x00broken")
    _one_line(run("classify", "Fine.", "--checkpoint", broken), 1, f"'{broken}'")


def test_a_checkpoint_of_other_labels(run: Run, make_checkpoint: Callable[..., Path]) -> None:
    """LABEL_0 is bound by no contract: refused, with both sides named and lines to paste."""
    checkpoint = make_checkpoint("LABEL_0", "LABEL_1", "LABEL_2")
    status, out, err = run("classify", "Fine.", "--checkpoint", checkpoint)

    assert (1, "") == (status, out)
    names = "'LABEL_0', 'LABEL_1', 'LABEL_2'"
    assert err.startswith(f"error: the checkpoint names its labels {names}, and contract polarity")
    assert ['LABEL_0 = "NEGATIVE"', 'LABEL_1 = "NEUTRAL"', 'LABEL_2 = "POSITIVE"'] == err.splitlines()[-3:]


def test_missing_weights_of_the_language_model(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is named."""
    monkeypatch.setenv("POLARITY_LLM__GGUF", "/nowhere.gguf")
    start = "llm.gguf: no such file: '/nowhere.gguf'"
    _one_line(run("classify", "Fine.", "--backend", "llm"), 1, start)


def test_a_missing_contract(run: Run) -> None:
    """The file is named."""
    start = "/nowhere.toml: cannot be read: No such file or directory"
    _one_line(run("classify", "Fine.", "--contract", "/nowhere.toml"), 1, start)


@pytest.mark.parametrize(
    ("out", "start"),
    [
        ("missing/out.csv", "missing/out.csv: cannot be written: no such folder: 'missing'"),
        ("out.xlsx", "out.xlsx: unknown suffix '.xlsx'; written are: .csv, .jsonl, .ndjson, .parquet, .tsv"),
    ],
)
def test_a_bad_output(run: Run, out: str, start: str) -> None:
    """Said before anything is loaded."""
    _one_line(run("classify", "Fine.", "--checkpoint", "/nowhere", "-o", out), 1, start)


@pytest.mark.slow
def test_a_real_process_shows_no_traceback(process: Run) -> None:
    """What holds in this process holds in one of its own."""
    _one_line(process("classify", "--file", "none.jsonl"), 1, "none.jsonl: no such file")
