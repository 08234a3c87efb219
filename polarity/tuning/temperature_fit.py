"""The temperature that belongs to a checkpoint: fitted on labelled texts, stored beside the weights.

What is stored is fitted on all the texts. What it does is measured by cross-fitting, as scikit-learn's
`CalibratedClassifierCV` does it: each fold at a temperature fitted on the other folds, so that every text
is measured and none by a number that has seen it. The fold of a text depends on the text alone: one
that stands twice is in one fold.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from polarity.backends.temperature import FILE, Calibration
from polarity.errors import RecordError
from polarity.pages.charts import reliability_chart
from polarity.records import replacing
from polarity.statistics.calibration import (
    measures,
    negative_log_likelihood,
    reliability,
    with_temperature,
)
from polarity.statistics.counted import counted
from polarity.statistics.measures import Measures

PICTURE = "reliability.svg"
ALL = "all texts"
FOLDS = 5
COLDEST, HOTTEST = 0.05, 20.0  # temperatures beyond say that something else is wrong


class Scored(NamedTuple):
    """The texts of one file: probabilities of shape (texts, labels), and the index of each gold label."""

    name: str
    texts: Sequence[str]
    probabilities: NDArray[np.float64]
    gold: NDArray[np.int64]


class Calibrated(NamedTuple):
    """A calibration, and the picture of its reliability before and after as SVG."""

    calibration: Calibration
    picture: str


def fit_temperature(probabilities: ArrayLike, gold: ArrayLike) -> float:
    """Find the temperature of the smallest negative log-likelihood, to four digits.

    Source: Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks". A
    softmax's probabilities give its logits back, up to a constant that it does not see.

    >>> fit_temperature([[0.9, 0.1]] * 4, [0, 0, 0, 1])  # right 3 times of 4: logit 2.2 becomes 1.1
    2.0

    Raises:
        ValueError: there is none between the coldest and the hottest: no text is wrong, say, so that
            one can never be too sure.
    """

    def loss(log: float) -> float:
        return negative_log_likelihood(with_temperature(probabilities, float(np.exp(log))), gold)

    bounds = (float(np.log(COLDEST)), float(np.log(HOTTEST)))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-7})
    # By the likelihood and not by the place: where the loss is flat, the search stops anywhere on its way.
    if min(map(loss, bounds)) <= found.fun:
        raise ValueError(_why_unbounded(probabilities, gold))
    return round(float(np.exp(found.x)), 4)


def _why_unbounded(probabilities: ArrayLike, gold: ArrayLike) -> str:
    shares, right = np.asarray(probabilities), np.asarray(gold)
    accuracy = (shares.argmax(1) == right).mean()
    if accuracy in (0.0, 1.0):
        return "no text is wrong" if accuracy else "every text is wrong"
    return f"the temperature runs out of {COLDEST} to {HOTTEST}"


def calibrate(
    scored: Sequence[Scored], weights_sha256: str, labels: Mapping[str, str] | None = None
) -> Calibrated:
    """Fit one temperature over all files, and measure what it does.

    `labels` are those of the checkpoint's names, where the scores are sums of several names'.

    Raises:
        RecordError: two files have the same name, a fold has no text, or all of them; or to all texts,
            or to those without some fold, no temperature can be fitted.
    """
    check_names([part.name for part in scored])
    whole = Scored(
        ALL,
        [text for part in scored for text in part.texts],
        np.concatenate([part.probabilities for part in scored]),
        np.concatenate([part.gold for part in scored]),
    )
    folds = _folds(whole)
    temperature = _fitted(whole, folds >= 0)
    temperatures = [_fitted(whole, folds != fold) for fold in range(FOLDS)]
    mended = np.concatenate(
        [
            with_temperature(row[None], temperatures[fold])
            for row, fold in zip(whole.probabilities, folds, strict=True)
        ]
    )
    calibration = Calibration(
        temperature=temperature,
        fold_temperatures=tuple(temperatures),
        weights_sha256=weights_sha256,
        before=_measured(scored, whole, whole.probabilities),
        after=_measured(scored, whole, mended),
        labels=labels,
    )
    return Calibrated(calibration, _picture(whole, mended, temperature))


def check_names(names: Sequence[str]) -> None:
    """Refuse files that the measures could not be kept apart by.

    Raises:
        RecordError: two have the same name.
    """
    if len(set(names)) < len(names):
        raise RecordError("two files have the same name and folder name: rename one")


def _folds(whole: Scored) -> NDArray[np.int64]:
    folds = np.array([hashlib.sha256(text.encode()).digest()[0] % FOLDS for text in whole.texts], np.int64)
    if set(folds) != set(range(FOLDS)):
        raise RecordError(f"too few to calibrate on: {counted(len(folds), 'texts')}")
    return folds


def _fitted(whole: Scored, chosen: NDArray[np.bool_]) -> float:
    try:
        return fit_temperature(whole.probabilities[chosen], whole.gold[chosen])
    except ValueError as error:
        where = "" if chosen.all() else " outside one of the folds"
        raise RecordError(f"{error}{where}: no temperature can be fitted") from None


def _measured(
    scored: Sequence[Scored], whole: Scored, probabilities: NDArray[np.float64]
) -> dict[str, Measures]:
    found = {}
    start = 0
    for part in scored:
        end = start + len(part.texts)
        found[part.name] = measures(probabilities[start:end], part.gold)
        start = end
    return {**found, ALL: measures(probabilities, whole.gold)}


def _picture(whole: Scored, mended: NDArray[np.float64], temperature: float) -> str:
    sides = {"before": whole.probabilities, f"at temperature {temperature:.3f}": mended}
    points = {
        name: [(part.confidence, part.accuracy) for part in reliability(shares, whole.gold)]
        for name, shares in sides.items()
    }
    return reliability_chart(points, title="Confidence and accuracy, each text by a fit without it")


def write_calibration(found: Calibrated, checkpoint: Path) -> None:
    """Put both files into the checkpoint's folder, the picture first: the other one is what counts.

    Raises:
        RecordError: one of them cannot be written.
    """
    for name, content in ((PICTURE, found.picture), (FILE, as_json(found.calibration))):
        with replacing(checkpoint / name) as file:
            file.write(content)


def as_json(calibration: Calibration) -> str:
    """Spell it as `calibration.json`."""
    values: dict[str, Any] = calibration.model_dump(exclude_none=True)
    for side in ("before", "after"):
        values[side] = {name: Measures(*found)._asdict() for name, found in values[side].items()}
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
