"""`polarity compare-checkpoints`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import FIXTURES, Run

REVIEWS = FIXTURES / "reviews.jsonl"


@pytest.mark.slow
def test_a_checkpoint_against_itself(run: Run, tiny_checkpoint: Path) -> None:
    """Nothing changes, and the accuracy is what `evaluate` says."""
    options = (tiny_checkpoint, tiny_checkpoint, REVIEWS)
    found = json.loads(run("compare-checkpoints", *options, "--json").out)
    evaluated = json.loads(run("evaluate", REVIEWS, "--checkpoint", tiny_checkpoint, "--json").out)

    assert (80, 0.0, [], []) == (found["n"], found["churn"]["value"], found["directions"], found["flips"])
    assert evaluated["accuracy"] == found["accuracy"]["old"] == found["accuracy"]["new"]


@pytest.mark.slow
def test_another_one(run: Run, tiny_checkpoint: Path, make_checkpoint: Callable[..., Path]) -> None:
    """The same network with its labels turned around flips every text that is not the middle one."""
    turned = make_checkpoint("positive", "neutral", "negative")
    status, out, _ = run("compare-checkpoints", tiny_checkpoint, turned, REVIEWS, "--flips", 1, "--markdown")

    found = json.loads(run("compare-checkpoints", tiny_checkpoint, turned, REVIEWS, "--json").out)
    assert {("NEGATIVE", "POSITIVE"), ("POSITIVE", "NEGATIVE")} >= {
        (row["old"], row["new"]) for row in found["directions"]
    }
    assert found["flips"]
    assert 4 == status, "a network without training says one label of all: it has collapsed"
    assert ["## Old against new", "## Directions", "## The surest flips"] == [
        line for line in out.splitlines() if line.startswith("## ")
    ]


def test_a_gate_on_few_texts(run: Run, telling_checkpoint: Path) -> None:
    """Eighty texts are too few to pass or to fail."""
    status, _, err = run(
        "compare-checkpoints", telling_checkpoint, telling_checkpoint, REVIEWS, "--fail-over", "churn=0.5"
    )

    assert 4 == status
    assert "gate inconclusive: churn rests on 80 texts, fewer than 100" in err.splitlines()


def test_a_gold_label_must_be_known(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A label of another contract would count as wrong on both sides."""
    (tmp_path / "other.jsonl").write_text('{"text": "Fine.", "label": "GOOD"}', "utf-8")
    status, _, err = run("compare-checkpoints", tiny_checkpoint, tiny_checkpoint, tmp_path / "other.jsonl")

    assert 1 == status
    assert "other.jsonl: no gold label is one of NEGATIVE, NEUTRAL, POSITIVE; found 'GOOD'" in err


@pytest.mark.parametrize("markdown", [(), ("--markdown",)])
def test_a_flip_does_not_steer_the_terminal(
    run: Run,
    tiny_checkpoint: Path,
    make_checkpoint: Callable[..., Path],
    tmp_path: Path,
    markdown: tuple[str, ...],
) -> None:
    """Ids and texts are shown with their control characters spelled."""
    nasty = "\x1b]0;owned\x07"
    rows = [
        {"id": f"{nasty}{at}", "text": f"{word}{nasty}"} for at, word in enumerate(("good", "bad", "the"))
    ]
    (tmp_path / "nasty.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    turned = make_checkpoint("positive", "negative", "neutral")
    _, out, _ = run("compare-checkpoints", tiny_checkpoint, turned, tmp_path / "nasty.jsonl", *markdown)

    assert "The surest flips" in out
    assert r"\x1b]0;" in out
    assert not set("\x1b\x07") & set(out)


def test_where_nothing_is_labelled_nothing_is_passed(
    run: Run, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred texts that both refuse: no label changed, and nothing is known."""
    monkeypatch.setenv("POLARITY_BERT__OVERFLOW", "error")
    rows = [json.dumps({"text": f"{'good ' * 100}{at}"}) for at in range(100)]
    (tmp_path / "long.jsonl").write_text("\n".join(rows), "utf-8")
    options = (tiny_checkpoint, tiny_checkpoint, tmp_path / "long.jsonl", "--fail-over", "churn=0")
    status, out, err = run("compare-checkpoints", *options)

    reason = "100 of 100 texts got no label from one side or both"
    assert (4, f"gate inconclusive: {reason}\n") == (status, err)
    assert "texts without a label" in out


def test_pages(run: Run, telling_checkpoint: Path, tmp_path: Path) -> None:
    """Written in each format, with what the gate came to, and named on standard error."""
    pages = [tmp_path / f"page{suffix}" for suffix in (".html", ".json", ".md")]
    files = [word for path in pages for word in ("-o", path)]
    options = (telling_checkpoint, telling_checkpoint, REVIEWS, "--fail-over", "churn=0.5", *files)
    status, _, err = run("compare-checkpoints", *options)

    assert 4 == status
    assert [f"wrote {path}" for path in pages] == [
        line for line in err.splitlines() if line.startswith("wrote ")
    ]
    for path in (pages[0], pages[2]):
        page = path.read_text("utf-8")
        assert "0.0% of 80 labels change" in page
        assert "churn rests on 80 texts, fewer than 100" in page
    assert 80 == json.loads(pages[1].read_text("utf-8"))["n"]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("page.pdf", "page.pdf: unknown suffix '.pdf'; known: .html, .json, .md"),
        ("nowhere/page.md", "nowhere/page.md: cannot be written: no such folder: 'nowhere'"),
    ],
)
def test_what_cannot_be_written_is_said_at_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, problem: str
) -> None:
    """Before a checkpoint, which is not there, is looked for."""
    monkeypatch.chdir(tmp_path)
    status, _, err = run("compare-checkpoints", "none", "none", REVIEWS, "-o", path)

    assert (1, f"error: {problem}\n") == (status, err)


@pytest.mark.slow
def test_the_packaged_one_and_one_with_other_names(
    run: Run, make_checkpoint: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name "packaged" is what polarity comes with; what is said of the other one's names is not of it."""
    (tmp_path / "mine").symlink_to(make_checkpoint("LABEL_0", "LABEL_1"))
    status, _, err = run("compare-checkpoints", "packaged", "mine", REVIEWS, "--limit", 4)
    assert 1 == status
    assert "'LABEL_0', 'LABEL_1'" in err

    monkeypatch.setenv("POLARITY_BERT__LABELS", '{"LABEL_0": "NEGATIVE", "LABEL_1": "positive"}')
    found = json.loads(run("compare-checkpoints", "packaged", "mine", REVIEWS, "--limit", 4, "--json").out)
    assert (4, 0) == (found["n"], found["failures"])


def test_a_folder_comes_before_the_packaged_one(run: Run, telling_checkpoint: Path, tmp_path: Path) -> None:
    """A folder that is named "packaged" is that folder."""
    (tmp_path / "packaged").symlink_to(telling_checkpoint)
    found = json.loads(run("compare-checkpoints", "packaged", telling_checkpoint, REVIEWS, "--json").out)
    assert 0.0 == found["churn"]["value"]
