"""Decisions -> plain rows, as files of them hold them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from polarity.store.entries import StoredDecision
from polarity.store.query import Wanted
from polarity.store.reviewing import Desk
from polarity.store.settling import CANNOT_TELL, settled
from polarity.store.store import Store


def exported(store: Store, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Stream the decisions that are wanted as rows: see `export_row`.

    Raises:
        StoreError: the store cannot be read.
    """
    said = labels_said(store, wanted)
    found = store.decisions(**wanted.bounds)
    rows = (export_row(one, said.get(one.id)) for one in found if not wanted.reviewed or one.id in said)
    yield from islice(rows, wanted.limit)


def labels_said(store: Store, wanted: Wanted) -> dict[int, str]:
    """Give the labels that people settled on, by the decision's id, of the time that is wanted.

    Raises:
        StoreError: the store cannot be read.
    """
    read = Desk(store).read(since=wanted.since, until=wanted.until)
    verdicts = ((one.decision.id, settled(one.reviews).verdict) for one in read)
    return {number: verdict for number, verdict in verdicts if verdict not in (None, CANNOT_TELL)}


def export_row(one: StoredDecision, label: str | None = None) -> dict[str, Any]:
    """Spell a decision as a row of a file: its text first, and all that `polarity audit` needs to replay it.

    `label` is what people say that it is, where they were asked; the machine's own is `decision`.
    """
    setup = one.setup
    return {
        "id": f"{one.request_id}/{one.index}",
        "text": one.text,
        "label": label,
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
