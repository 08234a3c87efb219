"""Scores -> outcome: probabilities of a checkpoint's labels, or of candidate tokens at the answer position.

Of tokens, a server shows the likeliest few. **What is not shown is not impossible**: a token that is not
among the candidates has at most `Scores.unseen`. So

- a label of which no word is shown counts with that bound, all of them together with no more than the
  candidates leave over: the verdict's own probability is then the least that it can be;
- there is a verdict only if its label's mass is above the most that any other label can have.

A label's word may be several tokens, of which the first is a candidate: `pos`. A candidate that begins
words of one label, and no other declared word, counts for that label. One that may be several labels'
(`ne`) counts for none, and against each rival: it may be all of theirs. One byte says too little.

A contract's calibration for the model that answers weighs the labels against each other, bounds and all.
How much of the mass is on label words, and if the model declined, is said of the mass as it came.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from polarity.contract.canonical import canonical
from polarity.contract.loading import Contract
from polarity.contract.vocabulary import NO_LABEL
from polarity.types import Abstention, Failure, Outcome, Scores, Unmapped, UnmappedReason, Verdict

TOLERANCE = 0.01  # rounding of what servers and half precision send
LONGEST_TOKEN = 64  # characters; no declared word is longer
MATERIAL = 0.05  # a share of the distribution that is worth another question


def map_scores(raw: Scores, contract: Contract) -> Outcome:
    """Read scores by the contract.

    >>> from polarity.contract import load_contract
    >>> shown = {" positive": 0.06, " the": 0.5, " a": 0.2, " it": 0.1, " this": 0.05}
    >>> found = map_scores(Scores(probabilities=shown, source="logprobs", unseen=0.05), load_contract())
    >>> {label: round(p, 3) for label, p in found.scores.items()}
    {'NEGATIVE': 0.3, 'NEUTRAL': 0.3, 'POSITIVE': 0.4}
    """
    if problem := _problem(raw):
        return Failure(reason="bad_response", detail=problem)
    return _map_softmax(raw, contract) if raw.source == "softmax" else _map_logprobs(raw, contract)


def _problem(raw: Scores) -> str | None:
    """Say why these are no probabilities, or None."""
    if not all(0 <= p <= 1 + TOLERANCE for p in (*raw.probabilities.values(), raw.unseen)):
        return "a probability is negative, above 1 or not a number"
    total = math.fsum(raw.probabilities.values())
    if total > 1 + TOLERANCE or (raw.source == "softmax" and total < 1 - TOLERANCE):
        return f"the probabilities sum to {total:.3f}"
    return None


def _map_softmax(raw: Scores, contract: Contract) -> Outcome:
    """Rename the checkpoint's labels; the most probable one is the verdict, if the text was known."""
    names = {label: name for name, label in contract.file.binding.items()}
    if raw.probabilities.keys() != contract.file.binding.keys():
        return Unmapped(reason="undeclared", contract=contract.ref)
    floor = contract.file.policy.known_floor
    if floor is not None and raw.known is not None and raw.known.share < floor:
        return Unmapped(reason="unreadable", contract=contract.ref)
    scores = {label: raw.probabilities[names[label]] for label in contract.labels}
    label = _likeliest(scores)
    if label is None:
        return Unmapped(reason="multiple_labels", contract=contract.ref)
    return Verdict(label=label, rule=f"binding/{names[label]}", contract=contract.ref, scores=scores)


class _Masses(NamedTuple):
    """What the candidates say: by label, of abstention, and on beginnings of several labels' words."""

    labels: Mapping[str, float]
    abstained: float
    between: Mapping[frozenset[str], float]
    hidden: int  # labels of which no word is shown
    share: float  # what each of them has at most if all have as much

    @property
    def coverage(self) -> float:
        return math.fsum(self.labels.values())

    def most(self, unseen: float) -> dict[str, float]:
        """Give the most that each label can have."""
        return {
            label: mass
            + math.fsum(begun for labels, begun in self.between.items() if label in labels)
            + (0.0 if mass else unseen)
            for label, mass in self.labels.items()
        }

    def distribution(self, label: str) -> dict[str, float]:
        """Give the distribution that is the worst for a label: all that is open is its rivals'."""
        worst = {name: mass or self.share for name, mass in self.labels.items()}
        for labels, mass in self.between.items():
            rivals = labels - {label, NO_LABEL}
            for rival in rivals:
                worst[rival] += mass / len(rivals)
        total = math.fsum(worst.values())
        return {name: mass / total for name, mass in worst.items()}


def _map_logprobs(raw: Scores, contract: Contract) -> Outcome:
    """Sum the candidates' mass by label, and normalise it.

    Tokens that are abstain words compete as one more candidate. Coverage is the labels' mass
    before normalising.
    """
    masses = _masses(raw, contract)
    coverage, abstained, floor = masses.coverage, masses.abstained, contract.rules.coverage_floor
    top = max(masses.labels.values())
    unseen = raw.unseen if masses.hidden else 0.0
    if abstained > max(top, unseen) and abstained + coverage >= floor:
        return Abstention(rule="abstain/logprobs", contract=contract.ref, coverage=coverage)
    if not coverage or coverage < floor or top <= unseen:
        return Unmapped(reason="undeclared", contract=contract.ref, coverage=coverage)
    weights = _weighed(masses.labels, contract)
    label = _likeliest(weights)
    rivals = [weight for name, weight in _weighed(masses.most(unseen), contract).items() if name != label]
    if label is None or abstained == top or weights[label] <= max(rivals):
        reason: UnmappedReason = "conflicting" if label and abstained == top else "multiple_labels"
        return Unmapped(reason=reason, contract=contract.ref, coverage=coverage)
    scores, calibration = masses.distribution(label), contract.calibration
    return Verdict(
        label=label,
        rule=calibration.rule if calibration else "exact/logprobs",
        contract=contract.ref,
        scores=calibration.applied.applied(scores) if calibration else scores,
        coverage=coverage,
    )


def _weighed(masses: Mapping[str, float], contract: Contract) -> dict[str, float]:
    """Give what labels are compared by: their mass, or what a calibration makes of its logarithm."""
    if contract.calibration is None:
        return dict(masses)
    weigh = contract.calibration.applied.weight
    return {label: weigh(label, mass) for label, mass in masses.items()}


def could_be_otherwise(raw: Scores, contract: Contract) -> bool:
    """Say whether more candidates could change what is read: the labels not shown may have much of it.

    >>> from polarity.contract import load_contract
    >>> shown = {" positive": 0.5, " negative": 0.3, " the": 0.1}
    >>> could_be_otherwise(Scores(probabilities=shown, source="logprobs", unseen=0.1), load_contract())
    True
    >>> could_be_otherwise(Scores(probabilities=shown, source="logprobs", unseen=0.01), load_contract())
    False
    """
    masses = _masses(raw, contract)
    hidden = masses.share * masses.hidden
    whole = masses.coverage + hidden
    return hidden > MATERIAL * whole and whole >= contract.rules.coverage_floor


def label_masses(raw: Scores, contract: Contract) -> Mapping[str, float]:
    """Give the probability on each label's words and their beginnings, among what is shown."""
    return _masses(raw, contract).labels


def _masses(raw: Scores, contract: Contract) -> _Masses:
    """Sum the probability on each label's words and their beginnings, and on the abstain words."""
    labels = dict.fromkeys(contract.labels, 0.0)
    between: dict[frozenset[str], float] = {}
    abstained = 0.0
    for token, p in raw.probabilities.items():
        text = _canonical(token) if len(token) <= LONGEST_TOKEN else ""
        stated = contract.statements.get(text)
        if stated and stated.family == "exact" and stated.label:
            labels[stated.label] += p
        elif stated and stated.family == "abstain":
            abstained += p
        elif token[-1:].isalnum() and (begun := contract.beginnings.get(text)):
            between[begun] = between.get(begun, 0.0) + p
    labels, between = _decided(labels, between)
    hidden = sum(not mass for mass in labels.values())
    rest = max(0.0, 1.0 - math.fsum(raw.probabilities.values()))
    return _Masses(labels, abstained, between, hidden, min(raw.unseen, rest / hidden) if hidden else 0.0)


@lru_cache(maxsize=4096)
def _canonical(token: str) -> str:
    """Give a token's canonical text. The same candidates come again and again."""
    return canonical(token)


def _decided(
    labels: Mapping[str, float], between: Mapping[frozenset[str], float]
) -> tuple[dict[str, float], dict[frozenset[str], float]]:
    """Count what begins one label's words only for that label."""
    whole = {label: mass + between.get(frozenset({label}), 0.0) for label, mass in labels.items()}
    return whole, {begun: mass for begun, mass in between.items() if len(begun) > 1}


def _likeliest(masses: Mapping[str, float]) -> str | None:
    """Name the label with the most mass; None on an exact tie, since to pick one would be a guess."""
    top = max(masses.values())
    first, *others = (label for label, mass in masses.items() if mass == top)
    return None if others else first
