"""What people say of the primary's decisions, as gold for shadow pairs."""

from polarity.promotion.pairs import Gold
from polarity.statistics.sampled import priority_probabilities
from polarity.store import CANNOT_TELL, Desk, Store, settled

Place = tuple[str, int]  # of a decision: its request's id, and its index there


def reviewed(store: Store) -> dict[Place, Gold]:
    """Give the labels that hold, by the places of their decisions; what was read out of turn is in no sample.

    The chance is the one with which priority sampling drew the decision and its readers came to it: see
    `statistics.sampled`. It is of this decision, and not of its text: one that came ten times was drawn ten
    times as likely by one of them. So a label is gold for the pair of its own decision only.

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
        found[one.decision.request_id, one.decision.index] = Gold(verdict, chance)
    return found
