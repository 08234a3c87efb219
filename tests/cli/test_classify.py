"""`polarity classify`."""

import csv
import json
from pathlib import Path

import pytest

from .conftest import FIXTURES, Run

LABELS = {"NEGATIVE", "NEUTRAL", "POSITIVE"}


def _objects(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_texts_are_labelled_one_a_line(run: Run, tiny_checkpoint: Path) -> None:
    """Label, confidence, what decided, and the text on one line; nothing on standard error."""
    status, out, err = run("classify", "Love it!", "It broke\ntwice.", "--checkpoint", tiny_checkpoint)
    assert (0, "") == (status, err)
    rows = [line.split("\t") for line in out.splitlines()]
    assert [("bert", "Love it!"), ("bert", "It broke twice.")] == [(row[2], row[3]) for row in rows]
    assert all(row[0] in LABELS and 1 / 3 <= float(row[1]) <= 1 for row in rows)


def test_json_is_one_object_a_text(run: Run, tiny_checkpoint: Path) -> None:
    """`--json` gives id, text, gold, label, confidence, decided_by and error."""
    status, out, _ = run("classify", "Très bien 👍", "Bad.", "--checkpoint", tiny_checkpoint, "--json")
    assert 0 == status
    rows = _objects(out)
    assert [("1", "Très bien 👍"), ("2", "Bad.")] == [(row["id"], row["text"]) for row in rows]
    keys = ["id", "text", "gold", "label", "confidence", "decided_by", "error"]
    assert [keys, keys] == [list(row) for row in rows]
    assert [(None, None)] * 2 == [(row["gold"], row["error"]) for row in rows]


def test_a_file_keeps_its_columns(run: Run, tiny_checkpoint: Path, reviews: Path) -> None:
    """Unknown columns are carried through, the gold label as gold, in the file's order."""
    status, out, _ = run("classify", "--file", reviews, "--checkpoint", tiny_checkpoint, "--json")
    assert 0 == status
    expected = [("a", "Love it!", "app", "POSITIVE"), ("7", "It broke\ntwice.", "web", "NEGATIVE")]
    assert expected == [(row["id"], row["text"], row["channel"], row["gold"]) for row in _objects(out)]


def test_standard_input_is_json_lines(run: Run, tiny_checkpoint: Path, reviews: Path) -> None:
    """`--file -` reads standard input and gives what the file gives."""
    options = ("--checkpoint", tiny_checkpoint, "--json")
    expected = run("classify", "--file", reviews, *options)
    assert expected == run("classify", "--file", "-", *options, stdin=reviews.read_bytes())


def test_columns_keep_their_names(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """With other column names, another column called `text` is neither read nor lost."""
    path = tmp_path / "d.jsonl"
    path.write_text('{"key": "k1", "review": "Love it!", "text": "the reply", "stars": 5}\n', "utf-8")
    options = ("--text-column", "review", "--id-column", "key", "--checkpoint", tiny_checkpoint)
    (row,) = _objects(run("classify", "--file", path, *options, "--json").out)
    assert ("k1", "Love it!", "the reply", 5) == tuple(row[n] for n in ("key", "review", "text", "stars"))
    assert run("classify", "--file", path, *options).out.endswith("\tLove it!\n")


@pytest.mark.parametrize("column", ["confidence", "decided_by", "error", "gold", "label"])
def test_a_column_is_not_overwritten(run: Run, tiny_checkpoint: Path, tmp_path: Path, column: str) -> None:
    """A column of the file that is called like one of the answer's is carried under another name."""
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps({"text": "Fine.", "gold_label": "NEUTRAL", column: "mine"}) + "\n", "utf-8")
    options = ("--label-column", "gold_label", "--checkpoint", tiny_checkpoint, "--json")
    (row,) = _objects(run("classify", "--file", path, *options).out)
    assert ("mine", "NEUTRAL") == (row[f"input_{column}"], row["gold"])


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_out_writes_a_file(
    run: Run, tiny_checkpoint: Path, reviews: Path, tmp_path: Path, suffix: str
) -> None:
    """`--out` writes every row with every column, and prints nothing."""
    out = tmp_path / f"labelled{suffix}"
    assert (0, "", "") == run("classify", "--file", reviews, "--checkpoint", tiny_checkpoint, "-o", out)
    rows: list[dict[str, object]]
    if suffix == ".csv":
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = _objects(out.read_text("utf-8"))
    assert [("a", "app"), ("7", "web")] == [(row["id"], row["channel"]) for row in rows]
    assert all(row["label"] in LABELS for row in rows)


def test_csv_rows_need_not_all_have_gold(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A file where only a later row has a gold label is written whole."""
    path, out = tmp_path / "d.csv", tmp_path / "out.csv"
    path.write_text("text,label\nFine.,\nAwful.,NEGATIVE\n", "utf-8")
    assert (0, "", "") == run("classify", "--file", path, "--checkpoint", tiny_checkpoint, "-o", out)
    with out.open(encoding="utf-8", newline="") as file:
        assert ["", "NEGATIVE"] == [row["gold"] for row in csv.DictReader(file)]


def test_a_bad_row_leaves_no_output(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Under --strict a row that cannot be read, after many that can, leaves the older output as it was."""
    path, out = tmp_path / "d.jsonl", tmp_path / "out.jsonl"
    path.write_text('{"text": "Fine."}\n' * 70 + "{broken\n", "utf-8")
    out.write_text("older\n", "utf-8")
    options = ("--checkpoint", tiny_checkpoint, "-o", out, "--strict")
    status, printed, err = run("classify", "--file", path, *options)
    assert (1, "") == (status, printed)
    assert err.startswith(f"error: {path}:71: not JSON")
    assert "older\n" == out.read_text("utf-8")
    assert {"d.jsonl", "out.jsonl"} == {found.name for found in tmp_path.iterdir()}


def test_limit_reads_the_first_rows(run: Run, tiny_checkpoint: Path) -> None:
    """`--limit` stops after N rows, of a file and of typed texts."""
    options = ("--checkpoint", tiny_checkpoint, "--json", "--limit", 2)
    path = FIXTURES / "reviews.jsonl"
    assert ["r001", "r002"] == [row["id"] for row in _objects(run("classify", "--file", path, *options).out)]
    assert ["1", "2"] == [row["id"] for row in _objects(run("classify", "a", "b", "c", *options).out)]


def test_more_than_a_chunk_keeps_its_order(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Rows come out as they went in, also beyond one chunk."""
    path = tmp_path / "d.jsonl"
    path.write_text("".join(f'{{"text": "{"so " * (at % 7)}fine {at}"}}\n' for at in range(600)), "utf-8")
    rows = _objects(run("classify", "--file", path, "--checkpoint", tiny_checkpoint, "--json").out)
    assert [str(at) for at in range(1, 601)] == [row["id"] for row in rows]


def test_a_text_without_label_exits_with_1(run: Run, reviews: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A language model that cannot be reached gives no label: the row says why, the rest is still printed."""
    monkeypatch.setenv("POLARITY_LLM__SERVER", "remote")
    monkeypatch.setenv("POLARITY_LLM__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("POLARITY_LLM__RETRIES", "0")
    status, out, _ = run("classify", "--file", reviews, "--backend", "llm", "--json")
    assert 1 == status
    rows = _objects(out)
    assert [(None, None), (None, None)] == [(row["label"], row["confidence"]) for row in rows]
    assert all("connection" in str(row["error"]) for row in rows)
    lines = run("classify", "--file", reviews, "--backend", "llm").out.splitlines()
    assert all(line.startswith("NO LABEL\t-\tconnection") for line in lines)


def test_a_text_does_not_steer_the_terminal(run: Run, tiny_checkpoint: Path) -> None:
    """Its control characters are spelled in a printed line; in JSON it is what it was."""
    text = "good\x1b]0;owned\x07"
    line = run("classify", text, "--checkpoint", tiny_checkpoint).out
    found = json.loads(run("classify", text, "--checkpoint", tiny_checkpoint, "--json").out)

    assert r"good\x1b]0;owned\x07" == line.rstrip("\n").split("\t")[-1]
    assert text == found["text"]


def test_the_input_is_never_overwritten(run: Run, reviews: Path) -> None:
    """An output that is read is refused: it may be the only copy."""
    before = reviews.read_bytes()
    status, _, err = run("classify", "--file", reviews, "-o", reviews.parent / "." / reviews.name)
    assert (1, f"error: {reviews}: cannot be written: it is read, and would be lost\n") == (status, err)
    assert before == reviews.read_bytes()


def test_a_label_of_any_form_stops_nothing(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Lists and mappings are carried through under another name; one text or number is the gold label."""
    labels: list[object] = [float("nan"), ["a"], {"a": 1}, 2, True, None, "odd"]
    lines = [json.dumps({"text": "Fine.", "label": label}) for label in labels]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), "utf-8")
    options = ("--checkpoint", tiny_checkpoint, "--json")
    status, out, _ = run("classify", "--file", tmp_path / "in.jsonl", *options)
    found = _objects(out)
    assert (0, len(labels)) == (status, len(found))
    assert [None, "a", None, "2", "True", None, "odd"] == [row["gold"] for row in found]
    assert [["a"], {"a": 1}] == [row["input_label"] for row in found if "input_label" in row]


def test_rows_of_several_files_say_which(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Printed, behind the text with the line; in what is written, as a column that no other one hides."""
    (tmp_path / "a.csv").write_text("text\nFine.\n", "utf-8")
    (tmp_path / "b.csv").write_text("text,input_file\nBad.,mine\n,\n", "utf-8")
    options = ("classify", "--file", tmp_path / "*.csv", "--checkpoint", tiny_checkpoint)
    lines = run(*options).out.splitlines()
    assert ["a.csv:2", "b.csv:2", "b.csv:3"] == [line.rpartition("/")[2] for line in lines]
    first, second, _ = _objects(run(*options, "--json").out)
    assert (str(tmp_path / "a.csv"), "mine") == (first["input_file"], second["input_file"])
    assert str(tmp_path / "b.csv") == second["input_input_file"]


def test_out_is_a_file(run: Run) -> None:
    """A dash, which some commands print by, says what prints here; nothing is loaded."""
    status, _, err = run("classify", "Fine.", "-o", "-", "--checkpoint", "/nowhere")
    assert 2 == status
    assert "without it labels are printed" in " ".join(err.replace("│", " ").split())
