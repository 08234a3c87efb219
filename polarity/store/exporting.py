"""Decisions -> plain rows, as files of them hold them."""

from collections.abc import Iterator
from typing import Any

from polarity.store.entries import StoredDecision
from polarity.store.query import Wanted
from polarity.store.store import Store


def exported(store: Store, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Stream the decisions that are wanted as rows: see `export_row`.

    Raises:
        StoreError: the store cannot be read.
    """
    found = store.decisions(
        since=wanted.since,
        until=wanted.until,
        side=wanted.side,
        request_id=wanted.request_id,
        limit=wanted.limit,
    )
    yield from map(export_row, found)


def export_row(one: StoredDecision) -> dict[str, Any]:
    """Spell a decision as a row of a file: its text first, and all that `polarity audit` needs to replay it.

    The machine's label is `decision`: `label` is left for what people say, and nobody takes the one for the
    other.
    """
    setup = one.setup
    return {
        "id": f"{one.request_id}/{one.index}",
        "text": one.text,
        "decision": one.label,
        "confidence": one.confidence,
        "decided_by": one.decided_by,
        "error": one.error,
        "side": one.side,
        "answered_at": one.answered_at.isoformat(),
        "language": one.language,
        "known": one.known,
        "tokens": one.tokens,
        "truncated": one.truncated,
        "latency_ms": one.latency_ms,
        "cost": one.cost,
        "text_sha256": one.text_sha256,
        "backend": setup.backend,
        "contract": setup.contract._asdict(),
        "models": {name: model._asdict() for name, model in setup.models.items()},
        "polarity_version": setup.polarity_version,
        "scores": one.scores,
        "outcomes": one.outcomes,
        "raws": one.raws,
    }
