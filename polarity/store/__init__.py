"""Who decided what: a store of decisions, in a SQLite file or in PostgreSQL.

`open_store` gives a `Store`, whose tables are there and of this version. What is answered goes into it by a
`Recorder`, on a thread of its own, and comes out of it page by page, however much there is.
"""

from polarity.store.drawable import Drawable, drawable, opened
from polarity.store.entries import PRIMARY, DecisionEntry, Event, Setup, StoredDecision
from polarity.store.opening import open_store, store_at, store_name
from polarity.store.recording import Recorder
from polarity.store.reviewing import Desk
from polarity.store.rounds import Counts, Queued, Round, Selection
from polarity.store.settling import CANNOT_TELL, Review, Settled, settled
from polarity.store.store import Store

__all__ = [
    "CANNOT_TELL",
    "PRIMARY",
    "Counts",
    "DecisionEntry",
    "Desk",
    "Drawable",
    "Event",
    "Queued",
    "Recorder",
    "Review",
    "Round",
    "Selection",
    "Settled",
    "Setup",
    "Store",
    "StoredDecision",
    "drawable",
    "open_store",
    "opened",
    "settled",
    "store_at",
    "store_name",
]
