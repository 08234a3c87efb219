"""A labelled record as a row."""

from pathlib import Path

import pytest

from polarity.asking.rows import with_room
from polarity.errors import RecordError
from polarity.records import Columns, Record

RECORD = Record(text="Fine.", id="1", line=3, extra={"shop": "north"})


def test_columns_with_other_names_pass() -> None:
    """Records come through as they are."""
    assert [RECORD] == list(with_room([RECORD], Path("a.csv"), Columns()))


@pytest.mark.parametrize("columns", [Columns(text="error"), Columns(id="gold")])
def test_text_and_id_are_columns_too(columns: Columns) -> None:
    """A text in a column that the answer needs would be lost: refused, with the line."""
    with pytest.raises(RecordError, match=r"a\.csv:3: column '(error|gold)' would be overwritten"):
        list(with_room([RECORD], Path("a.csv"), columns))
