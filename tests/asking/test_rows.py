"""A labelled record as a row."""

import pytest

from polarity.asking.rows import labelled_row, with_room
from polarity.records import Columns, Record
from polarity.types import Decision, Undecided

RECORD = Record(text="Fine.", id="1", line=3, extra={"shop": "north"})
ANSWER = {"label": "POSITIVE", "confidence": "0.9", "decided_by": "bert", "error": ""}


def test_columns_with_other_names_pass() -> None:
    """Records come through as they are."""
    assert [RECORD] == list(with_room([RECORD], Columns()))


def test_columns_of_the_answers_names_are_carried_under_others() -> None:
    """Whatever is there already."""
    record = Record(text="Fine.", id="1", line=3, extra={"error": "a", "input_error": "b", "gold": "c"})
    (found,) = with_room([record], Columns())
    assert {"input_input_error": "a", "input_error": "b", "input_gold": "c"} == found.extra


@pytest.mark.parametrize(
    ("columns", "record"),
    [
        (Columns(), Record(text="a", id="1", line=1, label="POSITIVE", extra={"gold": "NEUTRAL", **ANSWER})),
        (Columns(label="gold"), Record(text="a", id="1", line=1, label="NEUTRAL", extra=ANSWER)),
    ],
)
def test_an_older_answer_gives_way(columns: Columns, record: Record) -> None:
    """Its gold stays gold: what was said of a text is not."""
    (found,) = with_room([record], columns)
    assert ("NEUTRAL", {}) == (found.label, found.extra)


@pytest.mark.parametrize("columns", [Columns(text="error"), Columns(id="gold")])
def test_text_and_id_are_columns_too(columns: Columns) -> None:
    """A text in a column that the answer needs gets another one."""
    row = labelled_row(RECORD, Decision(label="POSITIVE", decided_by="bert"), columns)
    names = {"input_error", "id"} if columns.text == "error" else {"input_gold", "text"}
    assert names < row.keys()


def test_a_row_of_no_use_keeps_what_it_had() -> None:
    """What stood in place of a text, and the reason."""
    record = Record(text="", id="1", line=1, extra={"text": 5}, problem="no text")
    row = labelled_row(record, Undecided(reason="no_text", detail="no text"), Columns())
    assert (5, None, "no text") == (row["text"], row["label"], row["error"])
