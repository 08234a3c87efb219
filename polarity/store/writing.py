"""Rows into the tables, each once, however often it is tried."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from polarity.store.alike import alike_word
from polarity.store.entries import Event, Setup, setup_row
from polarity.store.tables import DECISIONS, EVENTS, SETUPS

INSERTS: Final[Mapping[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def write_decisions(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of `entries.row_of`, each with its `setup_id`; one that is there already stays as it is."""
    if rows:
        words = [{**row, "alike": alike_word(row)} for row in rows]
        connection.execute(_insert(connection, DECISIONS), words)


def write_events(connection: Connection, events: Sequence[Event]) -> None:
    """Write what happened to the service."""
    rows = [{"at": event.at, "kind": event.kind, "details": event.details} for event in events]
    if rows:
        connection.execute(sa.insert(EVENTS), rows)


def setup_id(connection: Connection, setup: Setup) -> int:
    """Find a setup by the sha256 of what it says, or write it; give its id."""
    row = setup_row(setup)
    row["sha256"] = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
    connection.execute(_insert(connection, SETUPS), row)
    query = sa.select(SETUPS.c.id).where(SETUPS.c.sha256 == row["sha256"])
    return int(connection.execute(query).scalar_one())


def _insert(connection: Connection, table: sa.Table) -> Any:
    return INSERTS[connection.dialect.name](table).on_conflict_do_nothing()
