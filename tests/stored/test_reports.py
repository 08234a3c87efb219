"""JSON reports, read back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from polarity.classifier import replay
from polarity.comparison import Pair
from polarity.contract import load_contract
from polarity.errors import RecordError
from polarity.report import Side, Subject, write_reports
from polarity.stored import Origin, Row, read_report
from polarity.types import Completion, ContractRef, Failure, RawOutput, Scores

CREATED = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
CONTRACT = load_contract()
LOGPROBS = Scores(probabilities={" positive": 1 / 3, " \ud83d": 0.1}, source="logprobs")
SOFTMAX = Scores(probabilities={"negative": 0.1, "neutral": 0.2, "positive": 0.7}, source="softmax", tokens=4)
RAWS: list[tuple[RawOutput, RawOutput]] = [
    (SOFTMAX, Completion(text="so \ud83d, Positive.", refusal="no")),
    (SOFTMAX, LOGPROBS),
    (Failure(reason="unavailable", detail="closed"), Failure(reason="timeout")),
]


def pair(id_: str, bert: RawOutput, llm: RawOutput) -> Pair:
    """Map and decide as the classifier does."""
    result = replay("both", {"bert": bert, "llm": llm}, CONTRACT)
    left, right = result.answers["bert"], result.answers["llm"]
    return Pair(id=id_, text="Fine.", gold="POSITIVE", left=left, right=right, result=result)


@pytest.fixture
def subject() -> Subject:
    """What is said of a report besides its pairs."""
    return Subject(
        contract=CONTRACT,
        left=Side(backend="bert", model="tiny"),
        right=Side(backend="llm", model="small"),
        source="reviews.jsonl",
        created=CREATED,
        version="0.1.0",
        settings={"llm.strategy": "free", "llm.temperature": 0.0, "bert.max_length": 128, "odd": None},
    )


@pytest.fixture
def path(tmp_path: Path, subject: Subject) -> Path:
    """A report as a file: three pairs, with every kind of raw output."""
    pairs = [pair(f"r{at}", bert, llm) for at, (bert, llm) in enumerate(RAWS)]
    write_reports([tmp_path / "old.json"], pairs, subject)
    return tmp_path / "old.json"


def test_a_written_report_is_read(path: Path, subject: Subject) -> None:
    """Rows hold the raw outputs by backend, exactly as they were; the rest is what the report said."""
    found = read_report(path)
    expected = [
        Row(f"r{at}", "Fine.", "POSITIVE", {"bert": bert, "llm": llm}) for at, (bert, llm) in enumerate(RAWS)
    ]
    assert expected == found.rows
    assert subject.contract.ref == found.contract
    assert Origin(subject.contract.ref, subject.created) == found.origin
    assert {"left": subject.left, "right": subject.right} == found.sides
    assert (path, subject.source, subject.settings) == (found.path, found.source, found.settings)


def edited(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the report in its file."""
    found = json.loads(path.read_text("utf-8"))
    edit(found)
    path.write_text(json.dumps(found), "utf-8")


def test_a_report_of_before_remapping_is_read(path: Path) -> None:
    """Reports that do not say `remapped` were not."""
    edited(path, lambda found: found["meta"].pop("remapped"))
    found = read_report(path)
    assert (found.contract, CREATED) == found.origin


def test_the_origin_of_a_remapped_report_is_the_first(path: Path) -> None:
    """However often a report is remapped, its origin is when the models were asked."""
    first = {
        "contract": {"id": "a", "version": "0.9.0", "sha256": "00"},
        "created": "2025-01-01T00:00:00+00:00",
    }
    edited(path, lambda found: found["meta"].update(remapped=first))
    expected = Origin(ContractRef("a", "0.9.0", "00"), datetime(2025, 1, 1, tzinfo=UTC))
    assert expected == read_report(path).origin


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda found: found.pop("contract"), "contract: is missing"),
        (lambda found: found["contract"].pop("sha256"), "contract.sha256: "),
        (lambda found: found["meta"].update(created="2026-01-01"), "meta.created: "),
        (lambda found: found["pairs"][1].pop("left"), "pairs.1.left: is missing"),
        (lambda found: found["pairs"][1].update(gold=3), "pairs.1.gold: "),
        (
            lambda found: found["pairs"][2]["right"]["raw"].update(kind="x"),
            "pairs.2.right.raw: Input tag 'x'",
        ),
        (
            lambda found: found["pairs"][0]["left"]["raw"].update(tokens="9"),
            "pairs.0.left.raw.scores.tokens: ",
        ),
    ],
)
def test_a_damaged_report_is_an_error(
    path: Path, edit: Callable[[dict[str, Any]], object], problem: str
) -> None:
    """The file and the place in it are named."""
    edited(path, edit)
    with pytest.raises(RecordError) as found:
        read_report(path)
    assert str(found.value).startswith(f"{path}: {problem}")
