"""Cells for tests."""

from typing import Any

from polarity.watch.cells import Cell

PLAIN = Cell(
    period=0,
    setup=1,
    label="POSITIVE",
    error=None,
    decided_by="bert",
    confidence=180,
    known=40,
    language="en",
    size=1,
    bert="POSITIVE",
    llm=None,
    n=1,
)


def cell(**fields: Any) -> Cell:
    """Give a cell that differs from a plain one in some fields."""
    return PLAIN._replace(**fields)
