"""Label offsets and a temperature, fitted to distributions and gold labels."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from polarity.statistics.label_offsets import SMALLEST, LabelOffsets, centred
from polarity.tuning.temperature_fit import COLDEST, HOTTEST

FARTHEST = 15.0  # an offset of a label from the first one's; beyond, it would outweigh any probability
DIGITS = 4


def fit_offsets(distributions: Sequence[Mapping[str, float]], gold: Sequence[str]) -> LabelOffsets:
    """Find the temperature and offsets of the greatest likelihood, to four digits.

    A multinomial logistic regression on the log-probabilities with one slope, 1 / temperature, and an
    intercept a label (Platt 1999, "Probabilistic outputs for support vector machines", for more than
    two labels). The loss is convex, so that there is one best fit or none.

    >>> leaning = [{"A": 0.8, "B": 0.2}] * 2 + [{"A": 0.5, "B": 0.5}] * 4
    >>> found = fit_offsets(leaning, ["A", "B", "B", "B", "B", "A"])
    >>> {label: round(p, 2) for label, p in found.applied({"A": 0.5, "B": 0.5}).items()}
    {'A': 0.25, 'B': 0.75}

    Raises:
        ValueError: a label is no text's gold label, or nothing is the likeliest: the scores tell every
            text's label, or none.
    """
    labels = list(distributions[0]) if distributions else []
    missing = [label for label in labels if label not in gold]
    if missing or not labels:
        raise ValueError(f"no text is labelled {', '.join(missing)}" if missing else "there is no text")
    logs = np.log(np.maximum([[scores[label] for label in labels] for scores in distributions], SMALLEST))
    right = np.array([labels.index(label) for label in gold])
    bounds = [(1 / HOTTEST, 1 / COLDEST), *[(-FARTHEST, FARTHEST)] * (len(labels) - 1)]
    begin = np.array([1.0, *np.zeros(len(labels) - 1)])
    precisely = {"ftol": 1e-14, "gtol": 1e-9}
    found = minimize(_loss, begin, (logs, right), "L-BFGS-B", jac=True, bounds=bounds, options=precisely)
    is_at_an_end = any(not low < value < high for value, (low, high) in zip(found.x, bounds, strict=True))
    # By the likelihood, too: where the loss is flat, the search stops anywhere on its way.
    if is_at_an_end or _loss(2 * found.x, logs, right)[0] <= found.fun:
        raise ValueError("the scores tell every text's label, or none")
    offsets = centred(dict(zip(labels, (0.0, *map(float, found.x[1:])), strict=True)))
    return LabelOffsets(round(1 / float(found.x[0]), DIGITS), rounded(offsets))


def rounded(offsets: Mapping[str, float]) -> dict[str, float]:
    """Give offsets to four digits, none of them a negative zero.

    >>> rounded({"A": -0.00001, "B": 0.12344})
    {'A': 0.0, 'B': 0.1234}
    """
    return {label: round(offset, DIGITS) + 0.0 for label, offset in offsets.items()}


def _loss(
    parameters: NDArray[np.float64], logs: NDArray[np.float64], right: NDArray[np.int64]
) -> tuple[float, NDArray[np.float64]]:
    """Give the mean negative log-likelihood, in nats, and its gradient by slope and offsets."""
    values = parameters[0] * logs + np.array([0.0, *parameters[1:]])
    values -= values.max(axis=1, keepdims=True)
    shares = np.exp(values)
    shares /= shares.sum(axis=1, keepdims=True)
    rows = np.arange(len(right))
    residuals = shares.copy()
    residuals[rows, right] -= 1.0
    gradient = np.array([(residuals * logs).sum(), *residuals[:, 1:].sum(axis=0)]) / len(right)
    return float(-np.log(shares[rows, right]).mean()), gradient
