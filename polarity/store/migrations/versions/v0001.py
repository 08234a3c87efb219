"""The first tables: setups, decisions, rounds, selections, reviews, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "setups",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, unique=True),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("contract_id", sa.Text, nullable=False),
        sa.Column("contract_version", sa.Text, nullable=False),
        sa.Column("contract_sha256", sa.Text, nullable=False),
        sa.Column("models", sa.JSON, nullable=False),
        sa.Column("polarity_version", sa.Text, nullable=False),
    )
    _decisions()
    _people()
    op.create_table(
        "events",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
    )
    op.create_index("events_by_time", "events", ["at"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("answered_at", TIME, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("text_sha256", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("known", sa.Float),
        sa.Column("tokens", sa.Integer),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("confidence", sa.Float),
        sa.Column("scores", sa.JSON),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("outcomes", sa.JSON, nullable=False),
        sa.Column("raws", sa.JSON, nullable=False),
        sa.Column("latency_ms", sa.Float, nullable=False),
        sa.Column("cost", sa.Float),
        sa.Column("setup_id", NUMBER, sa.ForeignKey("setups.id"), nullable=False),
        sa.UniqueConstraint("request_id", "index", "side", name="decisions_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_by_time", "decisions", ["answered_at"])
    op.create_index("decisions_by_side", "decisions", ["side", "id"])
    op.create_index("decisions_by_text", "decisions", ["text_sha256"])


def _decision() -> sa.ForeignKey:
    return sa.ForeignKey("decisions.id", ondelete="CASCADE")


def _people() -> None:
    op.create_table(
        "rounds",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("drawn_at", TIME, nullable=False),
        sa.Column("after_id", NUMBER, nullable=False),
        sa.Column("upto_id", NUMBER, nullable=False, unique=True),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
    )
    op.create_table(
        "selections",
        sa.Column("decision_id", NUMBER, _decision(), primary_key=True),
        sa.Column("round_id", NUMBER, sa.ForeignKey("rounds.id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("priority", sa.Float, nullable=False),
        sa.Column("readers", sa.Integer, nullable=False),
    )
    op.create_index("selections_by_priority", "selections", ["round_id", "priority"])
    op.create_table(
        "reviews",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("decision_id", NUMBER, _decision(), nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("mapping_wrong", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reviewed_at", TIME, nullable=False),
        sa.Column("undone_at", TIME),
    )
    op.create_index(
        "reviews_once",
        "reviews",
        ["decision_id", "reviewer", "kind"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
