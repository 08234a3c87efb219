"""Each decision has a word for all that is counted of it, and an index of these: see `store.alike`."""

import sqlalchemy as sa
from alembic import op

from polarity.store.alike import alike_word

revision = "0002"
down_revision = "0001"

PAGE = 1000
READ = ("label", "error", "decided_by", "confidence", "known", "language", "tokens", "setup_id")
DECISIONS = sa.table(
    "decisions",
    sa.column("id"),
    *(sa.column(name) for name in READ),
    sa.column("outcomes", sa.JSON),
    sa.column("alike"),
)


def upgrade() -> None:
    """Add the column, write every decision's word, and index them."""
    op.add_column("decisions", sa.Column("alike", sa.Text, nullable=False, server_default=""))
    _write_words(op.get_bind())
    op.create_index("decisions_by_alike", "decisions", ["side", "answered_at", "alike"])


def _write_words(connection: sa.Connection) -> None:
    page = sa.select(DECISIONS).order_by(DECISIONS.c.id).limit(PAGE)
    written = sa.update(DECISIONS).where(DECISIONS.c.id == sa.bindparam("number"))
    after = 0
    while rows := connection.execute(page.where(DECISIONS.c.id > after)).mappings().all():
        words = [{"number": row["id"], "alike": alike_word(dict(row))} for row in rows]
        connection.execute(written, words)
        after = rows[-1]["id"]
