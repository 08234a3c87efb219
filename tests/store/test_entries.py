"""A decision becomes a row that says all of it."""

import json

import pytest

from polarity.contract import Contract, mapper
from polarity.store import Store
from polarity.store.entries import Texts, row_of, text_hash
from polarity.stored import outcome_from, raw_from
from polarity.types import Answer, Completion, Decision, Failure, Known, RawOutput, Scores, Undecided
from tests.store.helpers import CONTRACT, NOON, decided, entry, recorded

TEXT = "Das Paket kam leider viel zu spaet an und war beschaedigt."


def test_a_decision_comes_back_whole(store: Store) -> None:
    """Everything that was decided, by whom and from what, is read as it was."""
    made = entry(3, text=TEXT, result=decided(), latency_ms=12.25, cost=0.5)
    recorded(store, made)
    (found,) = store.decisions()
    assert (made.request_id, made.index, made.side) == (found.request_id, found.index, found.side)
    assert (TEXT, text_hash(TEXT), "de") == (found.text, found.text_sha256, found.language)
    assert ("POSITIVE", 0.9, "bert", None) == (found.label, found.confidence, found.decided_by, found.error)
    assert (5, False, 12.25, 0.5) == (found.tokens, found.truncated, found.latency_ms, found.cost)
    assert made.setup == found.setup
    said = made.result.answers["bert"]
    assert said.raw == raw_from(found.raws["bert"], "raw")
    assert said.outcome == outcome_from(found.outcomes["bert"], CONTRACT, "outcome")


@pytest.mark.parametrize(
    "raw",
    [
        Completion(text="half \ud800 a character, and \x00", refusal="\x00", quoted="\udfff"),
        Scores(probabilities={"a": float("nan"), "b": 1e-300}, source="logprobs"),
        Failure(reason="timeout", detail="\x00"),
    ],
)
def test_whatever_a_model_says_is_kept(store: Store, contract: Contract, raw: RawOutput) -> None:
    """Half characters, NUL and what is no number go in and come out."""
    answer = Answer(raw, mapper.map(raw, contract))
    recorded(store, entry(result=Undecided(reason="unmapped", detail="", answers={"llm": answer})))
    (found,) = store.decisions()
    assert repr(raw) == repr(raw_from(found.raws["llm"], "raw"))
    assert "undecided:unmapped" == found.decided_by
    assert found.label is None


@pytest.mark.parametrize(
    ("texts", "kept"),
    [("keep", (TEXT, text_hash(TEXT))), ("hash", (None, text_hash(TEXT))), ("none", (None, None))],
)
def test_what_is_kept_of_a_text(texts: Texts, kept: tuple[str | None, str | None]) -> None:
    """All, its hash, or nothing; its language in any case."""
    row = row_of(entry(text=TEXT), texts)
    assert (*kept, "de") == (row["text"], row["text_sha256"], row["language"])


def test_how_much_was_read() -> None:
    """Tokens, what was cut off and what the classifier knew of it are the raw outputs'."""
    raw = Scores(probabilities={}, source="softmax", tokens=512, truncated=True, known=Known(0.75, 1.0))
    result = Decision(
        label="POSITIVE", decided_by="bert", answers={"bert": Answer(raw, Failure(reason="timeout"))}
    )
    row = row_of(entry(result=result, answered_at=NOON), "keep")
    assert (512, True, 0.75) == (row["tokens"], row["truncated"], row["known"])
    json.dumps([row["raws"], row["outcomes"]], allow_nan=False)
