"""What people say of the primary's decisions, as gold for shadow pairs."""

from collections.abc import Mapping
from itertools import accumulate

from polarity.promotion.pairs import Gold
from polarity.statistics.sampled import priority_probabilities
from polarity.store import CANNOT_TELL, Desk, Store, settled

Place = tuple[str, int]  # of a decision: its request's id, and its index there


def reviewed(store: Store) -> dict[Place, Gold]:
    """Give the labels that hold, by the places of their decisions; what was read out of turn is in no sample.

    The chance is the one with which priority sampling drew the decision and its readers came to it: see
    `statistics.sampled`. It is of this decision, and not of its text: one that came ten times was drawn ten
    times as likely by one of them. So a label is gold for the pair of its own decision only. The least chance
    is that of the rounds up to its own: all of it is known before anybody says anything.

    Raises:
        StoreError: the store cannot be read.
    """
    desk, found = Desk(store), {}
    thresholds = desk.thresholds()
    least = _least_chances(desk.least_weights(), thresholds)
    for one in desk.read():
        threshold, verdict = thresholds.get(one.round_id), settled(one.reviews).verdict
        if threshold is None or one.selection.priority <= threshold or verdict in (None, CANNOT_TELL):
            continue
        chance = float(priority_probabilities(one.selection.weight, threshold))
        found[one.decision.request_id, one.decision.index] = Gold(verdict, chance, least[one.round_id])
    return found


def _least_chances(weights: Mapping[int, float], thresholds: Mapping[int, float]) -> dict[int, float]:
    """Give, by round, the least chance that a decision of it or of an earlier one could have.

    >>> _least_chances({1: 0.1, 2: 0.5, 3: 0.1}, {1: 0.5, 2: 1.0, 3: 2.0})
    {1: 0.2, 2: 0.2, 3: 0.05}
    """
    numbers = sorted(thresholds)
    chances = (float(priority_probabilities(weights[number], thresholds[number])) for number in numbers)
    return dict(zip(numbers, accumulate(chances, min), strict=True))
