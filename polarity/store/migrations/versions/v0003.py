"""All reviews are found by their decision, also those that were taken back: a purge removes them with it."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Index them."""
    op.create_index("reviews_by_decision", "reviews", ["decision_id"])
