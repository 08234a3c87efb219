"""How honest a classifier's probabilities are: measures, and the one number that mends them.

Everywhere, `probabilities` has the shape (texts, labels), each row sums to one, and `gold` holds one
label's index a text. A text's confidence is the largest of its probabilities.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polarity.statistics.measures import Measures

BINS = 15
SMALLEST = 1e-12  # a probability of exactly 0 has no logarithm


class Bin(NamedTuple):
    """`n` texts of neighbouring confidence: its mean, and the share of them that is right."""

    confidence: float
    accuracy: float
    n: int


def measures(probabilities: ArrayLike, gold: ArrayLike) -> Measures:
    """Take all three; smaller is better in each.

    >>> measures([[0.9, 0.1], [0.9, 0.1]], [0, 0])
    Measures(n=2, ece=0.1, brier=0.02, nll=0.105361)
    """
    shares, right = _arrays(probabilities, gold)
    return Measures(
        len(right),
        round(expected_calibration_error(shares, right), 6),
        round(brier(shares, right), 6),
        round(negative_log_likelihood(shares, right), 6),
    )


def reliability(probabilities: ArrayLike, gold: ArrayLike, bins: int = BINS) -> list[Bin]:
    """Sort by confidence and cut into bins of as many texts each, to one, but for equal confidences.

    Equal mass and not equal width: most texts are classified with much confidence, and bins of a few
    texts measure nothing (Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis").
    Texts of one confidence stay together, or what is measured would depend on their order: such a bin
    is larger, and there are fewer of them.

    >>> reliability([[0.8, 0.2], [0.6, 0.4], [0.8, 0.2], [0.6, 0.4]], [0, 0, 0, 1], bins=2)
    [Bin(confidence=0.6, accuracy=0.5, n=2), Bin(confidence=0.8, accuracy=1.0, n=2)]
    >>> reliability([[0.75, 0.25]] * 4, [0, 0, 0, 1], bins=2)
    [Bin(confidence=0.75, accuracy=0.75, n=4)]
    """
    shares, right = _arrays(probabilities, gold)
    confidence, correct = shares.max(1), shares.argmax(1) == right
    order = np.argsort(confidence, kind="stable")
    return [
        Bin(float(confidence[part].mean()), float(correct[part].mean()), len(part))
        for part in np.split(order, _cuts(confidence[order], bins))
    ]


def _cuts(rising: NDArray[np.float64], bins: int) -> list[int]:
    """Say where to cut: each bin takes its share of the texts that are left, and the equals of its last."""
    cuts = [0]
    for left in range(bins, 0, -1):
        share = -(-(len(rising) - cuts[-1]) // left)
        if cuts[-1] + share == len(rising):
            break
        cuts.append(int(np.searchsorted(rising, rising[cuts[-1] + share - 1], side="right")))
    return [cut for cut in cuts if 0 < cut < len(rising)]


def expected_calibration_error(probabilities: ArrayLike, gold: ArrayLike, bins: int = BINS) -> float:
    """Give the mean distance of confidence from accuracy over equal-mass bins, weighted by their texts.

    Source: Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian
    binning". It is never 0 by chance: n texts that are calibrated have about sqrt(bins / n) / 3.

    >>> expected_calibration_error([[0.75, 0.25]] * 4, [0, 0, 1, 1])
    0.25
    """
    found = reliability(probabilities, gold, bins)
    return sum(part.n * abs(part.confidence - part.accuracy) for part in found) / sum(p.n for p in found)


def brier(probabilities: ArrayLike, gold: ArrayLike) -> float:
    """Give the mean squared distance from the truth, in [0, 2] (Brier 1950).

    >>> brier([[1.0, 0.0], [0.5, 0.5]], [0, 0])
    0.25
    """
    shares, right = _arrays(probabilities, gold)
    truth = np.eye(shares.shape[1])[right]
    return float(((shares - truth) ** 2).sum(1).mean())


def negative_log_likelihood(probabilities: ArrayLike, gold: ArrayLike) -> float:
    """Give the mean of -ln of the gold label's probability.

    >>> round(negative_log_likelihood([[0.5, 0.5]], [1]), 4)
    0.6931
    """
    shares, right = _arrays(probabilities, gold)
    return float(-np.log(np.maximum(shares[np.arange(len(right)), right], SMALLEST)).mean())


def with_temperature(probabilities: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Divide the logits by `temperature` and take the softmax again; the order of labels stays.

    >>> with_temperature([[0.8, 0.2]], 2.0).round(4).tolist()
    [[0.6667, 0.3333]]
    """
    shares = np.asarray(probabilities, np.float64)
    logits = np.log(np.maximum(shares, SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _arrays(probabilities: ArrayLike, gold: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    shares, right = np.asarray(probabilities, np.float64), np.asarray(gold, np.int64)
    if shares.ndim != 2 or right.shape != shares.shape[:1] or not len(right):  # noqa: PLR2004 - a table
        raise ValueError(f"one label a row of probabilities, not {right.shape} for {shares.shape}")
    return shares, right
