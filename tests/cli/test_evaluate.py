"""`polarity evaluate`."""

import json
from pathlib import Path

import pytest

from .conftest import FIXTURES, Run

REVIEWS = FIXTURES / "reviews.jsonl"

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")


def test_json_is_one_object(run: Run, tiny_checkpoint: Path) -> None:
    """Every measure by its name, over all rows; a label for each of them."""
    status, out, err = run("evaluate", REVIEWS, "--checkpoint", tiny_checkpoint, "--json")
    assert (0, "") == (status, err)
    found = json.loads(out)
    assert (80, 1.0) == (found["n"], found["verdict_rate"])
    assert all(0 <= found[name] <= 1 for name in ("accuracy", "macro_f1", "two_class_accuracy"))
    assert ["NEGATIVE", "NEUTRAL", "POSITIVE"] == list(found["labels"])
    hits = sum(found["confusion"][at][at] for at in range(3))
    assert found["accuracy"] == pytest.approx(hits / 80)
    assert {"bert": 80} == found["decided_by"]


def test_the_measures_are_those_of_the_labels(run: Run, tiny_checkpoint: Path) -> None:
    """What `classify` says of each text, counted by hand, is the accuracy of `evaluate`."""
    options = ("--checkpoint", tiny_checkpoint, "--json")
    rows = [json.loads(line) for line in run("classify", "--file", REVIEWS, *options).out.splitlines()]
    expected = sum(row["label"] == row["gold"] for row in rows) / len(rows)
    assert expected == pytest.approx(json.loads(run("evaluate", REVIEWS, *options).out)["accuracy"])


def test_tables_are_printed(run: Run, tiny_checkpoint: Path) -> None:
    """Without `--json`: how many labels are right, then what the page holds, table by table."""
    status, out, err = run("evaluate", REVIEWS, "--checkpoint", tiny_checkpoint, "--limit", 10)
    titles = ["Measures", "Each label", "Confusion", "By length", "By confidence", "Decided by"]
    assert (0, "") == (status, err)
    assert "of 10 rows got the right label (95 %: " in out.splitlines()[0]
    assert titles == [line.strip() for line in out.splitlines() if line.strip() in titles]
    assert all(word in out for word in ("Macro-F1", "precision", "NO VERDICT", "POSITIVE"))


def test_standard_input_is_read(run: Run, tiny_checkpoint: Path) -> None:
    """`-` reads JSON Lines and gives what the file gives."""
    options = ("--checkpoint", tiny_checkpoint, "--json", "--limit", 5)
    expected = run("evaluate", REVIEWS, *options)
    assert expected == run("evaluate", "-", *options, stdin=REVIEWS.read_bytes())


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"text": "Fine."}', "no gold label in column 'label'"),
        (
            '{"text": "Fine.", "label": "GOOD"}',
            f"gold label 'GOOD' is not one of {', '.join(LABELS)}; say which: fill in --labels 'GOOD=?'",
        ),
    ],
)
def test_gold_must_be_there_and_known(run: Run, row: str, problem: str) -> None:
    """A row without usable gold label is named, before any weights are loaded."""
    stdin = f'{{"text": "Good.", "label": "POSITIVE"}}\n{row}\n'.encode()
    expected = (1, "", f"error: -:2: {problem}\n")
    assert expected == run("evaluate", "-", "--strict", "--checkpoint", "/nowhere", stdin=stdin)


@pytest.mark.slow
def test_a_gate(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Exit status 0 where it is kept, 3 where not, 4 where rows are too few; the page is written first."""
    rows = REVIEWS.read_text("utf-8").splitlines() * 2
    (tmp_path / "many.jsonl").write_text("\n".join(rows), "utf-8")
    options = ("--checkpoint", tiny_checkpoint, "--json")

    kept = run("evaluate", tmp_path / "many.jsonl", *options, "--fail-under", "verdict_rate=1")
    failed = run(
        "evaluate", tmp_path / "many.jsonl", *options, "--fail-over", "brier=0", "-o", tmp_path / "page.html"
    )
    few = run("evaluate", REVIEWS, *options, "--fail-under", "accuracy=0")

    assert (0, "gate passed: verdict_rate 1.0000 is within 1.0000\n") == (kept.status, kept.err)
    assert 3 == failed.status
    assert "gate failed: brier 0." in failed.err
    assert (tmp_path / "page.html").exists()
    assert (4, "gate inconclusive: accuracy rests on 80 rows, fewer than 100\n") == (few.status, few.err)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--fail-under", "accuracy"), "--fail-under 'accuracy' is not MEASURE[.SIDE][.PART]=VALUE"),
        (("--fail-under", "acuracy=1"), "--fail-under: no measure 'acuracy'; known: accuracy"),
        (("-o", "page.pdf"), "page.pdf: unknown suffix '.pdf'"),
        (("-o", "nowhere/page.md"), "nowhere/page.md: cannot be written: no such folder"),
    ],
)
def test_what_cannot_work_is_said_before_any_model_is_asked(
    run: Run, tmp_path: Path, options: tuple[str, ...], problem: str
) -> None:
    """The checkpoint, which is not there, was not looked for."""
    status, _, err = run("evaluate", REVIEWS, "--checkpoint", tmp_path / "none", *options)

    assert status in (1, 2)
    assert problem in err


NASTY = "\x1b]0;owned\x07"


def _nasty(tmp_path: Path) -> Path:
    """A row of each label, so that some are mistaken, with an id and a text that steer a terminal."""
    rows = [
        {"id": f"{NASTY}{label}", "text": f"Fine.{NASTY}\nNot.", "label": label}
        for label in ("NEGATIVE", "NEUTRAL", "POSITIVE")
    ]
    path = tmp_path / "nasty.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


def test_a_mistake_does_not_steer_the_terminal(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Ids and texts are shown with their control characters spelled."""
    status, out, _ = run("evaluate", _nasty(tmp_path), "--checkpoint", tiny_checkpoint)

    assert 0 == status
    assert "The worst mistakes" in out
    assert r"\x1b]0;" in out
    assert not set("\x1b\x07") & set(out)


def test_each_label_has_its_intervals(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Beside each share; a label that was never predicted has no precision, in the word of the pages."""
    _, out, _ = run("evaluate", _nasty(tmp_path), "--checkpoint", tiny_checkpoint)
    table = out[out.index("Each label") : out.index("Confusion")]

    assert "undefined" in table
    assert "1.000 (0.207 to" in table
