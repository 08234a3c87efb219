"""A corpus of completions held against a contract."""

import json
from pathlib import Path
from typing import Any

import pytest

from polarity.contract import load_contract
from polarity.contract.review.corpus import CorpusRow, Expected, conform, described, read_corpus
from polarity.errors import RecordError
from polarity.types import Failure

CONTRACT = load_contract()
FIXTURE = Path(__file__).parents[3] / "fixtures" / "completions.jsonl"


def row(text: str, **parts: Any) -> CorpusRow:
    """Make a corpus row."""
    return CorpusRow(id=text, text=text, source="written", **parts)


def test_conform_counts_what_is_right_wrong_and_lost() -> None:
    """Precision is over verdicts, recall over labels said; opposite labels are counted apart."""
    rows = [
        row("positive", says="POSITIVE"),
        row("negative", says="POSITIVE"),
        row("neutral", says="NEGATIVE"),
        row("gut", says="POSITIVE"),
        row("mixed", says="abstain"),
        row("mostly positive", says="none"),
        row("not great", expect=Expected(kind="verdict", label="NEGATIVE", rule="phrase")),
        row("great", expect=Expected(kind="verdict", label="POSITIVE", rule="phrase")),
        row("unread"),
    ]
    found = conform(rows, CONTRACT)
    assert (6, 4, 4, 1, 1) == (found.said, found.labelled, found.verdicts, found.right, found.opposite)
    assert (0.25, 0.25) == (found.precision, found.recall)
    assert (2, 1) == (found.written, found.expected)
    kinds = [(miss.row.id, miss.kind) for miss in found.misses]
    assert [
        ("negative", "opposite"),
        ("neutral", "wrong"),
        ("gut", "lost"),
        ("mostly positive", "wrong"),
        ("great", "unexpected"),
    ] == kinds


def test_nothing_to_count_is_no_number() -> None:
    """Without rows there is neither precision nor recall, and not 0 or 1 either."""
    found = conform([], CONTRACT)
    assert (None, None, 0) == (found.precision, found.recall, found.verdicts)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"id": "1"', "not JSON: "),
        pytest.param('{"a":' * 100_000, "nested too deep", id="nesting without end"),
        ('{"id": "1", "text": "x"}', "source: is missing"),
        ('{"id": "1", "text": "x", "source": "written", "label": "A"}', "label: unknown key"),
        (
            '{"id": "1", "text": "x", "source": "written", "says": "GOOD"}',
            "says: 'GOOD' is not one of NEGATIVE",
        ),
        ('{"id": "1", "text": "x", "source": "written", "finish_reason": "end"}', "finish_reason: "),
        ('{"id": "1", "text": {"repeat": "x", "times": 0}, "source": "written"}', "times"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, problem: str) -> None:
    """A row that is none is an error with the file, the line and the key."""
    path = tmp_path / "corpus.jsonl"
    good = json.dumps({"id": "0", "text": "x", "source": "written"})
    path.write_text(f"{good}\n{line}\n", "utf-8")
    with pytest.raises(RecordError) as caught:
        read_corpus(path, CONTRACT)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert problem in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is an error that names it."""
    with pytest.raises(RecordError, match="cannot be read"):
        read_corpus(tmp_path / "none.jsonl", CONTRACT)


def test_the_corpus_is_as_large_as_it_says() -> None:
    """Over 600 real completions, 300 of them labelled, and 150 written ones; no id stands twice."""
    rows = read_corpus(FIXTURE, CONTRACT)
    real = [row for row in rows if row.source != "written"]
    assert len(real) >= 600
    assert sum(row.says is not None for row in real) >= 300
    assert sum(row.expect is not None for row in rows) >= 150
    assert len(rows) == len({row.id for row in rows})


def test_the_third_set_is_about_messages_of_our_own() -> None:
    """Each of its answers is labelled, has an id of its own and the message, which is ours, beside it."""
    folder = FIXTURE.parent
    lines = (folder / "messages.jsonl").read_text("utf-8").splitlines()
    messages = {json.loads(line)["text"] for line in lines}
    rows = read_corpus(folder / "completions_third.jsonl", CONTRACT)
    assert [] == [row.id for row in rows if row.says is None or row.input not in messages]
    assert len(rows) == len({row.id for row in rows})


def test_a_failure_is_no_outcome_of_a_completion() -> None:
    """No completion is a failure, so a corpus has no word for it."""
    with pytest.raises(ValueError, match="a failure"):
        described(Failure(reason="timeout"))
