"""What people say of the primary's decisions, as gold for shadow pairs."""

from polarity.promotion.pairs import Gold
from polarity.statistics.sampled import priority_probabilities
from polarity.store import CANNOT_TELL, Desk, Store, StoredDecision, settled


def name_of(decision: StoredDecision) -> str:
    """Name a text by its hash, or by its place in the store where that keeps neither."""
    return decision.text_sha256 or f"{decision.request_id} {decision.index}"


def reviewed(store: Store) -> dict[str, Gold]:
    """Give the labels that hold, by their texts' names; what was read out of its turn is in no sample.

    The chance is the one with which priority sampling drew the row and its readers came to it: see
    `statistics.sampled`.

    Raises:
        StoreError: the store cannot be read.
    """
    desk, found = Desk(store), {}
    thresholds = desk.thresholds()
    for one in desk.read():
        threshold, verdict = thresholds.get(one.round_id), settled(one.reviews).verdict
        if threshold is None or one.selection.priority <= threshold or verdict in (None, CANNOT_TELL):
            continue
        chance = float(priority_probabilities(one.selection.weight, threshold))
        found[name_of(one.decision)] = Gold(verdict, chance)
    return found
