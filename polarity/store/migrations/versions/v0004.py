"""A setup has the sha256 of all that its answers depend on: of older ones nobody knows it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("setups", sa.Column("fingerprint", sa.Text))
