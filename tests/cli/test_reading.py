"""The options of files that are read, and bad rows: the same in every command."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer.main

from polarity.cli import app
from polarity.cli.reading import OPTIONS

from .conftest import Run

READERS = (
    *("classify", "evaluate", "report", "train", "calibrate", "compare-checkpoints", "learning-curve"),
    "optimize",
    *("contract fit-policy", "prompt calibrate", "prompt try"),
)
LABELS = ("POSITIVE", "NEGATIVE", "NEUTRAL")
BAD = ('{"id": "blank", "text": " ", "label": "NEUTRAL"}', '{"text": "half', '{"id": "number", "text": 5}')


def _rows(count: int) -> list[str]:
    return [json.dumps({"id": str(at), "text": f"fine {at}", "label": LABELS[at % 3]}) for at in range(count)]


def _file(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


@pytest.mark.parametrize("name", READERS)
def test_every_reader_has_every_option(name: str) -> None:
    """One declaration for all."""
    command = typer.main.get_command(app)
    for part in name.split():
        command = command.commands[part]  # type: ignore[attr-defined]
    assert OPTIONS.keys() <= {option.name for option in command.params}


@pytest.mark.parametrize(
    "args",
    [
        ("classify", "--file", "PATTERN"),
        ("evaluate", "PATTERN"),
        ("report", "PATTERN", "-o", "o.md"),
        ("train", "PATTERN", "--out", "o"),
        ("train", "d.jsonl", "--dev", "PATTERN", "--out", "o"),
        ("calibrate", "checkpoint", "PATTERN"),
        ("compare-checkpoints", "old", "new", "PATTERN"),
        ("learning-curve", "PATTERN", "-o", "o.md"),
        ("optimize", "checkpoint", "PATTERN"),
        ("contract", "fit-policy", "PATTERN", "-o", "o.toml"),
        ("prompt", "calibrate", "PATTERN", "-o", "o.toml"),
        ("prompt", "try", "PATTERN"),
    ],
)
def test_every_reader_takes_patterns(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    """Also those that the shell left as they are; one that nothing matches is told, before anything else."""
    monkeypatch.chdir(tmp_path)
    found = run(*(word.replace("PATTERN", "none/*.csv") for word in args))
    assert (1, "error: no file matches 'none/*.csv'\n") == (found.status, found.err)


def test_a_limit_is_of_each_file_of_a_pattern(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The same N rows of every one, whoever reads them."""
    for name in ("a", "b"):
        _file(tmp_path / f"{name}.jsonl", _rows(5))
    few = (tmp_path / "*.jsonl", "--limit", 2)
    found = run("evaluate", *few, "--checkpoint", tiny_checkpoint, "--json")
    assert 4 == json.loads(found.out)["n"]
    found = run("classify", "--file", *few, "--checkpoint", tiny_checkpoint, "--json")
    assert ["0", "1", "0", "1"] == [json.loads(line)["id"] for line in found.out.splitlines()]
    found = run("compare-checkpoints", tiny_checkpoint, tiny_checkpoint, *few, "--json")
    assert 4 == json.loads(found.out)["n"]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_bad_row_costs_itself_alone(run: Run, tiny_checkpoint: Path, tmp_path: Path, suffix: str) -> None:
    """All others get a label; it stands in its place with the reason; the status says that some lack."""
    lines = _rows(4)
    path = _file(tmp_path / "d.jsonl", [*lines[:2], *BAD, *lines[2:]])
    out = tmp_path / f"out{suffix}"
    status, _, err = run("classify", "--file", path, "--checkpoint", tiny_checkpoint, "-o", out)
    assert 1 == status
    assert [
        f"{path}:3: column 'text' is blank",
        f"{path}:4: not JSON: Invalid control character at column 15",
        f"{path}:5: column 'text' is not text: 5",
        "3 rows are of no use; all others are done",
    ] == err.splitlines()
    if suffix == ".csv":
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert ["0", "1", "blank", "4", "number", "2", "3"] == [row["id"] for row in rows]
        assert [True, True, False, False, False, True, True] == [bool(row["label"]) for row in rows]
        assert [False, False, True, True, True, False, False] == [bool(row["error"]) for row in rows]
    assert [] == list(tmp_path.glob(".*"))


def test_a_bad_row_is_printed_in_its_place(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """What stood in place of a text is shown as it was."""
    path = _file(tmp_path / "d.jsonl", [*_rows(1), *BAD])
    args = ("classify", "--file", path, "--checkpoint", tiny_checkpoint)
    printed = [json.loads(line) for line in run(*args, "--json").out.splitlines()]
    assert ["fine 0", " ", None, 5] == [row["text"] for row in printed]
    assert [None, "NEUTRAL"] == [printed[0]["error"], printed[1]["gold"]]
    assert "NO LABEL\t-\tcolumn 'text' is blank\t" == run(*args).out.splitlines()[1]


@pytest.mark.parametrize(
    "args",
    [
        ("classify", "--file"),
        ("evaluate",),
        ("report", "-o", "out.json"),
        ("compare-checkpoints", "/nowhere", "/nowhere"),
    ],
    ids=" ".join,
)
def test_strict_stops_at_the_first(run: Run, tmp_path: Path, args: tuple[str, ...]) -> None:
    """Before a checkpoint is loaded."""
    path = _file(tmp_path / "d.jsonl", [*_rows(3), *BAD])
    checkpoint = () if "compare-checkpoints" in args else ("--checkpoint", "/nowhere")
    ran = run(*args, path, *checkpoint, "--strict")
    assert (1, "", f"error: {path}:4: column 'text' is blank\n") == ran


def test_evaluate_leaves_out_rows_without_text_or_gold(
    run: Run, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """They are listed, and all others measured."""
    others = ['{"text": "x"}', '{"text": "y", "label": "MAYBE"}']
    path = _file(tmp_path / "d.jsonl", [*_rows(6), *BAD, *others])
    status, out, err = run("evaluate", path, "--checkpoint", tiny_checkpoint, "--json")
    assert (1, 6) == (status, json.loads(out)["n"])
    assert f"{path}:10: no gold label in column 'label'" in err
    assert f"{path}:11: gold label 'MAYBE' is not one of" in err
    assert err.endswith("5 rows are of no use; all others are done\n")


def test_report_leaves_out_bad_rows(run: Run, tmp_path: Path) -> None:
    """The report is of all others, and the status says that some lack."""
    lines = ['{"text": "a", "old": "positive", "new": "negative"}', BAD[0]]
    path, out = _file(tmp_path / "d.jsonl", lines * 3), tmp_path / "r.json"
    status, _, err = run("report", path, "--left", "column:old", "--right", "column:new", "-o", out)
    assert 3 == len(json.loads(out.read_text("utf-8"))["pairs"])
    assert "3 rows are of no use; all others are done" in err
    assert 0 != status


def test_more_bad_rows_than_are_named(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The first few, and how many more."""
    path = _file(tmp_path / "d.jsonl", [*_rows(1), *[BAD[0]] * 9])
    err = run("classify", "--file", path, "--checkpoint", tiny_checkpoint).err
    assert ["... and 4 more", "9 rows are of no use; all others are done"] == err.splitlines()[-2:]


def test_a_run_with_bad_rows_is_taken_up(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is asked again, and bad rows stay where they are."""
    monkeypatch.setenv("POLARITY_LLM__SERVER", "remote")
    monkeypatch.setenv("POLARITY_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("POLARITY_LLM__RETRIES", "0")
    path = _file(tmp_path / "d.jsonl", [_rows(1)[0], BAD[0], _rows(2)[1]])
    args = ("classify", "--file", path, "--backend", "llm", "-o", tmp_path / "o.jsonl")
    assert 1 == run(*args).status
    assert 1 == run(*args, "--retry-failures").status
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert ["0", "blank", "1"] == [row["id"] for row in rows]
    assert "column 'text' is blank" == rows[1]["error"]


def test_how_a_file_is_read_is_said(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """On standard error, where it was not plain from the name."""
    path = tmp_path / "d.csv"
    path.write_text("id;text\n1;naïve, really\n", "utf-16")
    status, out, err = run("classify", "--file", path, "--checkpoint", tiny_checkpoint, "--json")
    assert (0, "naïve, really") == (status, json.loads(out)["text"])
    assert [
        f"{path}: it is UTF-16, by its byte-order mark",
        f"{path}: its cells are separated by semicolons",
    ] == err.splitlines()


def test_an_encoding_can_be_named(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """`--encoding` reads what is refused with a hint without it."""
    path = tmp_path / "d.csv"
    path.write_text("text\nDéçu, très\nÀ éviter\n".replace(",", ""), "cp1252")
    args = ("classify", "--file", path, "--checkpoint", tiny_checkpoint, "--json")
    assert run(*args).err.endswith("it looks like cp1252: --encoding cp1252\n")
    found = [json.loads(line)["text"] for line in run(*args, "--encoding", "cp1252").out.splitlines()]
    assert ["Déçu très", "À éviter"] == found


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_labelled_file_labelled_again_is_the_same(
    run: Run, tiny_checkpoint: Path, tmp_path: Path, suffix: str
) -> None:
    """Mentions, formulas, quotes and control characters stay; the older answer gives way, its gold stays."""
    texts = ["@shop it broke", "=not good", "-10 of 10", 'say "no"\nto it', "red\x1b[31m\x07", "\tx", "'"]
    lines = [json.dumps({"id": str(at), "text": text, "label": "NEUTRAL"}) for at, text in enumerate(texts)]
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    options = ("--checkpoint", tiny_checkpoint)
    path = _file(tmp_path / "d.jsonl", lines)
    assert 0 == run("classify", "--file", path, *options, "-o", first).status
    assert 0 == run("classify", "--file", first, *options, "-o", second).status
    assert first.read_bytes() == second.read_bytes()
    printed = run("classify", "--file", second, *options, "--json").out
    assert texts == [json.loads(line)["text"] for line in printed.splitlines()]


def test_a_spreadsheet_may_be_meant(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """`--spreadsheet-safe` puts an apostrophe before what would be run."""
    path, out = _file(tmp_path / "d.jsonl", ['{"text": "=1+1"}']), tmp_path / "o.csv"
    assert (
        0
        == run(
            "classify", "--file", path, "--checkpoint", tiny_checkpoint, "-o", out, "--spreadsheet-safe"
        ).status
    )
    assert ",'=1+1," in f",{out.read_text('utf-8')}".replace("\n", ",")


def test_labels_may_be_spelled_as_the_file_has_them(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """`--labels` says what numbers mean; any case needs no option."""
    path = tmp_path / "rows.csv"
    path.write_text("text,label\nfine,2\nbad,0\nso so, neutral\n", "utf-8")
    measured = ("evaluate", path, "--checkpoint", tiny_checkpoint, "--json")
    refused = run(*measured)
    assert 1 == refused.status
    assert "rows.csv:2: gold label '2' is not one of NEGATIVE, NEUTRAL, POSITIVE; say which" in refused.err
    assert 3 == json.loads(run(*measured, "--labels", "0=NEGATIVE,2=POSITIVE").out)["n"]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [("0", "'0' is not NAME=LABEL"), ("a=NEUTRAL,A=POSITIVE", "'a' stands twice"), ("0=GOOD", "'GOOD'")],
)
def test_wrong_labels_are_refused(run: Run, tmp_path: Path, labels: str, problem: str) -> None:
    """Each part is a pair, no name has two meanings, and what it means is a label."""
    path = tmp_path / "rows.csv"
    path.write_text("text,label\nfine,2\n", "utf-8")
    status, _, err = run("evaluate", path, "--labels", labels)
    assert status in (1, 2)
    assert problem in err


def test_a_side_called_label_is_no_gold(run: Run, tmp_path: Path) -> None:
    """`column:label` is read like any other column: whatever it says is an answer."""
    path = tmp_path / "rows.csv"
    path.write_text("text,label,other\nfine,positive,POSITIVE\nbad,rotten,NEGATIVE\n", "utf-8")
    sides = ("--left", "column:label", "--right", "column:other")
    status, out, _ = run("report", path, *sides, "-o", tmp_path / "report.json")
    assert "2 texts, 2 compared" in out, (status, out)
    assert "1 mapping and 0 model disagreements" in out
