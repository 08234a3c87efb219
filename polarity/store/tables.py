"""The tables of a store, for SQLite and PostgreSQL alike. What made them step by step is in `migrations`.

setups      one row for each distinct way to answer: contract, models, version
decisions   one row for each text and side; a shadow pair is two rows with one request id and index
rounds      each time that decisions were drawn for people to read: of which, and down to which priority
selections  which decisions were drawn, why, and by what weight
reviews     what people said of a decision
events      what happened to the service: started, promoted, reloaded
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept and given in UTC; SQLite keeps it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give a time to the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Take a time from the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Number: Final = BigInteger().with_variant(Integer, "sqlite")  # of this name only SQLite counts up
Json: Final = JSON(none_as_null=True)  # never PostgreSQL's JSONB: what models write may hold a NUL
TABLES: Final = MetaData()

SETUPS: Final = Table(
    "setups",
    TABLES,
    Column("id", Number, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("backend", Text, nullable=False),
    Column("contract_id", Text, nullable=False),
    Column("contract_version", Text, nullable=False),
    Column("contract_sha256", Text, nullable=False),
    Column("models", Json, nullable=False),
    Column("polarity_version", Text, nullable=False),
    Column("fingerprint", Text),
)

DECISIONS: Final = Table(
    "decisions",
    TABLES,
    Column("id", Number, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("index", Integer, nullable=False),
    Column("side", Text, nullable=False),
    Column("answered_at", UtcTime, nullable=False),
    Column("text", Text),
    Column("text_sha256", Text),
    Column("language", Text),
    Column("known", Float),
    Column("tokens", Integer),
    Column("truncated", Boolean, nullable=False),
    Column("label", Text),
    Column("confidence", Float),
    Column("scores", Json),
    Column("decided_by", Text, nullable=False),
    Column("error", Text),
    Column("outcomes", Json, nullable=False),
    Column("raws", Json, nullable=False),
    Column("latency_ms", Float, nullable=False),
    Column("cost", Float),
    Column("setup_id", Number, ForeignKey("setups.id"), nullable=False),
    Column("alike", Text, nullable=False, server_default=""),
    UniqueConstraint("request_id", "index", "side", name="decisions_once"),
    Index("decisions_by_time", "answered_at"),
    Index("decisions_by_side", "side", "id"),
    Index("decisions_by_alike", "side", "answered_at", "alike"),  # all that is counted: no row is opened
    Index("decisions_by_text", "text_sha256"),
    sqlite_autoincrement=True,  # no purged id is given again: readers go on behind the last one
)

ROUNDS: Final = Table(
    "rounds",
    TABLES,
    Column("id", Number, primary_key=True),
    Column("drawn_at", UtcTime, nullable=False),
    Column("after_id", Number, nullable=False),
    Column("upto_id", Number, nullable=False, unique=True),  # of two that draw at once, one does
    Column("seen", Integer, nullable=False),
    Column("threshold", Float, nullable=False),
)

SELECTIONS: Final = Table(
    "selections",
    TABLES,
    Column("decision_id", Number, ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True),
    Column("round_id", Number, ForeignKey("rounds.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("priority", Float, nullable=False),
    Column("readers", Integer, nullable=False),
    Index("selections_by_priority", "round_id", "priority"),
)

REVIEWS: Final = Table(
    "reviews",
    TABLES,
    Column("id", Number, primary_key=True),
    Column("decision_id", Number, ForeignKey("decisions.id", ondelete="CASCADE"), nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("mapping_wrong", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reviewed_at", UtcTime, nullable=False),
    Column("undone_at", UtcTime),
    Index("reviews_by_decision", "decision_id"),  # for a purge, which removes them with their decision
)
Index(  # a double click is one review; what was undone may be said anew
    "reviews_once",
    REVIEWS.c.decision_id,
    REVIEWS.c.reviewer,
    REVIEWS.c.kind,
    unique=True,
    sqlite_where=REVIEWS.c.undone_at.is_(None),
    postgresql_where=REVIEWS.c.undone_at.is_(None),
)

EVENTS: Final = Table(
    "events",
    TABLES,
    Column("id", Number, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("details", Json, nullable=False),
    Index("events_by_time", "at"),
)
