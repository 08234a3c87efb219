"""Whose decisions a store has: who asks for those of nobody has mistyped a name, more likely than not."""

import sqlalchemy as sa

from polarity.errors import StoreError
from polarity.store.entries import PRIMARY
from polarity.store.store import Store
from polarity.store.tables import DECISIONS


def check_side(store: Store, side: str | None) -> None:
    """Make sure that a candidate has decided something. None, and the primary in any case, pass.

    Raises:
        StoreError: it has not; names those who have. Or the store cannot be read.
    """
    if side in (None, PRIMARY):
        return
    with store.reading() as connection:
        of_it = sa.select(DECISIONS.c.id).where(DECISIONS.c.side == side).limit(1)
        if connection.execute(of_it).first() is not None:
            return
        found = connection.execute(sa.select(DECISIONS.c.side).distinct().order_by(DECISIONS.c.side))
        known = ", ".join(found.scalars()) or "nobody"
    raise StoreError(f"store {store.name!r}: no decision is of {side!r}; it has decisions of {known}")
