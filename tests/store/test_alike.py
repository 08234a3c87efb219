"""Alike decisions have the same word, and the word says in what they are alike."""

from typing import Any

import pytest

from polarity.store import Store
from polarity.store.alike import Alike, Said, alike_from, alike_word
from polarity.store.tables import DECISIONS

from .helpers import decided, entry, recorded

ROW: dict[str, Any] = {
    "setup_id": 3,
    "label": "POSITIVE",
    "error": None,
    "decided_by": "bert:empty",
    "confidence": 0.9,
    "known": 0.8,
    "language": "en",
    "tokens": 12,
    "outcomes": {
        "bert": {"kind": "verdict", "label": "POSITIVE"},
        "llm": {"kind": "unmapped", "reason": "empty"},
    },
}


def test_a_word_says_all_that_is_counted() -> None:
    """What was written is what is read."""
    expected = Alike(
        setup=3,
        label="POSITIVE",
        error=None,
        decided_by="bert:empty",
        confidence=180,
        known=32,
        language="en",
        size=1,
        bert=Said("verdict", "POSITIVE", None),
        llm=Said("unmapped", None, "empty"),
    )
    assert expected == alike_from(alike_word(ROW))


@pytest.mark.parametrize(
    ("decided_by", "asked"),
    [("agreement", (True, True)), ("bert:confident", (True, False)), ("llm", (False, True))],
)
def test_who_agrees_or_was_alone_needs_no_outcome(decided_by: str, asked: tuple[bool, bool]) -> None:
    """Then each that was needed said the label, and what another one said beside does not count."""
    found = alike_from(alike_word(ROW | {"decided_by": decided_by}))
    verdict = Said("verdict", "POSITIVE", None)
    assert tuple(verdict if was else None for was in asked) == (found.bert, found.llm)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"confidence": 0.9001, "tokens": 16}, True),
        ({"confidence": 0.9051}, False),
        ({"confidence": None}, False),
        ({"tokens": 17}, False),
        ({"tokens": None}, False),
        ({"language": "de"}, False),
        ({"setup_id": 4}, False),
        ({"outcomes": {}}, False),
        ({"text": "another", "latency_ms": 7.0}, True),
    ],
)
def test_nearly_alike_is_alike(changed: dict[str, Any], *, same: bool) -> None:
    """A confidence counts by two-hundredths, a length by its size, and what is not counted not at all."""
    assert same == (alike_word(ROW) == alike_word(ROW | changed))


def test_a_decision_is_written_with_its_word(store: Store) -> None:
    """By the setup that it has in this store."""
    recorded(store, entry(), entry(1, result=decided(said="positive")))
    with store.reading() as connection:
        words = connection.execute(DECISIONS.select().order_by(DECISIONS.c.id)).mappings().all()
    assert [
        Alike(1, "POSITIVE", None, "bert", 180, None, None, 0, Said("verdict", "POSITIVE", None), None),
        Alike(1, "POSITIVE", None, "llm", None, None, None, None, None, Said("verdict", "POSITIVE", None)),
    ] == [alike_from(row["alike"]) for row in words]
