"""Why people are asked about a decision, and what a label of it would teach.

The reasons, the first that holds counts:

flip             a candidate, asked behind it, decides otherwise
disagreement     two backends state different labels
unreadable       a classifier that cannot see the text gave no verdict
unmapped         an answer states no label that the contract reads, or declines to
low_confidence   the decision's measured probability is under what the settings say
audit            none of these: drawn at random, so that what nobody suspects is looked at, too
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from polarity.review.voices import Voice

Reason = Literal["flip", "disagreement", "unreadable", "unmapped", "low_confidence", "audit"]


def reason_of(
    label: str | None,
    confidence: float | None,
    voices: Sequence[Voice],
    candidates: Sequence[Voice],
    *,
    unsure_below: float,
) -> Reason:
    """Say why people are asked about a decision with this label and confidence.

    `voices` are the backends', `candidates` those that were asked behind it.

    >>> reason_of("POSITIVE", 0.9, [Voice("bert", "verdict", "POSITIVE")], [], unsure_below=0.6)
    'audit'
    >>> reason_of("POSITIVE", 0.9, [], [Voice("next", "verdict", "NEGATIVE")], unsure_below=0.6)
    'flip'
    """
    if any(one.label != label for one in candidates):
        return "flip"
    stated = [one.label for one in voices if one.label is not None]
    if any(one != other for one, other in combinations(stated, 2)):
        return "disagreement"
    kinds = {one.kind for one in voices}
    if "unreadable" in kinds:
        return "unreadable"
    if kinds & {"unmapped", "abstention"}:
        return "unmapped"
    return "low_confidence" if confidence is not None and confidence < unsure_below else "audit"


def teaches(voices: Sequence[Voice], labels: Sequence[str]) -> float:
    """Say how much a label would teach, from 0 to 1: how unsure all voices together leave one of it.

    It is the entropy of their mean distribution, over the most that it can be: uncertainty sampling by a
    committee (Settles 2009, "Active learning literature survey", soft vote entropy). A verdict without scores
    is sure; a voice that states no label says nothing, and where nobody says anything, a label teaches most.

    >>> sure, other = Voice("bert", "verdict", "POSITIVE"), Voice("llm", "verdict", "NEGATIVE")
    >>> labels = ("NEGATIVE", "NEUTRAL", "POSITIVE")
    >>> round(teaches([sure, other], labels), 2), round(teaches([sure, Voice("llm", "unmapped")], labels), 2)
    (0.63, 0.79)
    >>> teaches([], labels)
    1.0
    """
    alike = dict.fromkeys(labels, 1 / len(labels))
    said = [_distribution(one, labels) for one in voices] or [alike]
    mean = [sum(one[label] for one in said) / len(said) for label in labels]
    entropy = -sum(p * math.log(p) for p in mean if p > 0)
    return min(1.0, max(0.0, round(entropy / math.log(len(labels)), 9)))


def _distribution(voice: Voice, labels: Sequence[str]) -> dict[str, float]:
    """Give a voice's distribution; a foreign label, or scores without mass, say nothing."""
    if voice.scores and (mass := sum(voice.scores.get(label, 0.0) for label in labels)) > 0:
        return {label: voice.scores.get(label, 0.0) / mass for label in labels}
    if voice.label in labels:
        return {label: float(label == voice.label) for label in labels}
    return dict.fromkeys(labels, 1 / len(labels))
