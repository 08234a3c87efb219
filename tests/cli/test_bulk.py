"""`polarity classify --engine ray`, and `polarity report` over what it wrote."""

import json
from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.slow
@pytest.mark.usefixtures("ray_here")
def test_a_folder_is_labelled_and_reported(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """What got no label is counted by reason, and is status 1; a report takes the folder."""
    rows = [{"text": text, "label": "POSITIVE", "old": "negative"} for text in ("love it", "broke it", "")]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    settings = ("--checkpoint", tiny_checkpoint)
    engine = ("--engine", "ray", "in.jsonl", "-o", "out", "--workers", 1, *settings)
    said = "wrote out\n1 of 3 rows got no label (1 no_text): see _errors\n"
    assert (1, "", said) == run("classify", *engine, "--raws")
    status, out, err = run(
        "report", "out", "-o", "r.md", "--left", "bert", "--right", "column:old", *settings
    )
    assert (1, "2 texts, 1 left out, 2 compared") == (status, out.partition(", agreement")[0])
    assert "wrote r.md\n" == err.partition("out/")[0]
    assert (1, "error: out: a finished run lies there: resume it, or name another folder\n") == (
        run("classify", *engine)[::2]
    )
    assert (1, "", said) == run("classify", *engine, "--raws", "--resume")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--engine", "ray", "a.jsonl"), "--engine labels INPUT... into a folder: -o DIR"),
        (("--engine", "ray", "-o", "out"), "--engine labels INPUT... into a folder: -o DIR"),
        (("--engine", "ray", "a.csv", "-o", "out", "--left", "bert"), "--left and --right go together"),
        (("--engine", "ray", "--file", "a.csv", "-o", "out"), "--file has nothing to say"),
        (("--engine", "ray", "a.csv", "-o", "out", "--limit", 3), "--limit has nothing to say"),
        (("--file", "a.csv", "--workers", 2), "--workers has nothing to say"),
        (("Fine.", "--raws"), "--raws has nothing to say"),
        (("--engine", "spork", "a.csv", "-o", "out"), "'spork' is not"),
    ],
)
def test_what_contradicts_itself_is_refused(args: tuple[object, ...], said: str, run: Run) -> None:
    """Before anything is read or begun; the option is named."""
    status, out, err = run("classify", *args)
    assert (2, "") == (status, out)
    assert said in " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("a.xlsx", "-o", "out"), 1, "a.xlsx: is not what an engine reads: "),
        (("a.csv", "-o", "out", "--part-rows", 300), 2, "a part has a multiple of 256 rows"),
        (("a.csv", "-o", "out", "--resume"), 1, "out: no run to resume"),
        (("a.csv", "-o", "out", "--text-column", "body"), 1, "a.csv: no column 'body'; found 'text'"),
        (
            ("a.csv", "-o", "out", "--left", "column:a", "--right", "column:b"),
            2,
            "two columns are compared by",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    args: tuple[object, ...],
    status: int,
    said: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before a cluster is begun, and no folder is left."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "a.xlsx"):
        (tmp_path / name).write_text("text\n", "utf-8")
    found, _, err = run("classify", "--engine", "ray", *args)
    assert (status, 1) == (found, err.count("\n"))
    assert err.startswith(f"error: {said}")
    assert not Path("out").exists()
