"""What a model says of any text, taken out of its distributions over labels. Pure.

Whoever is asked for one of some labels leans to some of them whatever the text is: by the order of the
examples, the last of them, how frequent a word is. Every cure here has one form, `LabelOffsets`; they
differ in what it is taken from:

content-free  the distributions of texts without content (Zhao et al. 2021, "Calibrate before use:
              improving few-shot performance of language models")
batch         those of many texts, whose labels nobody needs to know (Zhou et al. 2023, "Batch
              calibration: rethinking calibration for in-context learning and prompt engineering")
fitted        those of many texts and their gold labels: `tuning.offsets_fit`
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SMALLEST = 1e-6  # a probability that counts
CONTENT_FREE = ("N/A", "[MASK]", "")  # those of Zhao et al.


class LabelOffsets(NamedTuple):
    """What is done to a distribution: p becomes proportional to p^(1 / temperature) * e^offset.

    `offsets` has every label; only their differences count, and they sum to zero.
    """

    temperature: float
    offsets: Mapping[str, float]

    def applied(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Give the distribution without what is said of any text. A zero counts as `SMALLEST`.

        >>> against({"A": 0.8, "B": 0.2}).applied({"A": 0.8, "B": 0.2})
        {'A': 0.5, 'B': 0.5}
        """
        logs = {label: self.weight(label, p) for label, p in scores.items()}
        top = max(logs.values())
        masses = {label: math.exp(value - top) for label, value in logs.items()}
        total = math.fsum(masses.values())
        return {label: mass / total for label, mass in masses.items()}

    def weight(self, label: str, p: float) -> float:
        """Give the logarithm, without normalising, of what becomes of a label's probability, in nats.

        >>> LabelOffsets(2.0, {"A": 0.5}).weight("A", 1.0)
        0.5
        """
        return math.log(max(p, SMALLEST)) / self.temperature + self.offsets[label]


def prior(distributions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Give what is said on average, of at least one text.

    >>> prior([{"A": 0.75, "B": 0.25}, {"A": 0.25, "B": 0.75}])
    {'A': 0.5, 'B': 0.5}
    """
    n = len(distributions)
    return {label: math.fsum(scores[label] for scores in distributions) / n for label in distributions[0]}


def against(prior: Mapping[str, float]) -> LabelOffsets:
    """Divide by a prior: of a text of which nothing else is said, every label is as likely.

    >>> found = against({"A": 0.8, "B": 0.2})
    >>> found.temperature, {label: round(offset, 4) for label, offset in found.offsets.items()}
    (1.0, {'A': -0.6931, 'B': 0.6931})
    """
    return LabelOffsets(1.0, centred({label: -math.log(max(p, SMALLEST)) for label, p in prior.items()}))


def centred(offsets: Mapping[str, float]) -> dict[str, float]:
    """Move offsets together so that they sum to zero, which changes no distribution.

    >>> centred({"A": 1.0, "B": 3.0})
    {'A': -1.0, 'B': 1.0}
    """
    middle = math.fsum(offsets.values()) / len(offsets)
    return {label: offset - middle for label, offset in offsets.items()}
