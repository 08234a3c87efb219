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
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from polarity.charts import reliability_chart
from polarity.confidence import Measures, fit_temperature, measures, reliability, with_temperature
from polarity.errors import CheckpointError, RecordError
from polarity.records import file_hash, replacing

FILE, PICTURE = "calibration.json", "reliability.svg"
WEIGHTS = "model.safetensors"
ALL = "all texts"
FOLDS = 5


class Scored(NamedTuple):
    """The texts of one file: probabilities of shape (texts, labels), and the index of each gold label."""

    name: str
    texts: Sequence[str]
    probabilities: NDArray[np.float64]
    gold: NDArray[np.int64]


class Calibration(BaseModel):
    """A temperature and what it was measured to do.

    `weights_sha256` are the weights that it is for. `fold_temperatures` are those that the folds were
    measured at: how far they lie apart is how well the temperature is known. `before` and `after`
    are measured by file and over all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(gt=0.0, allow_inf_nan=False)
    fold_temperatures: tuple[float, ...]
    weights_sha256: str
    before: Mapping[str, Measures]
    after: Mapping[str, Measures]


class Calibrated(NamedTuple):
    """A calibration, and the picture of its reliability before and after as SVG."""

    calibration: Calibration
    picture: str


def calibrate(scored: Sequence[Scored], weights_sha256: str) -> Calibrated:
    """Fit one temperature over all files, and measure what it does.

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
        raise RecordError(f"{len(folds)} texts are too few to calibrate on")
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


def read_calibration(checkpoint: Path) -> Calibration | None:
    """Read the calibration of a checkpoint's folder; None where it has none.

    Raises:
        CheckpointError: the file is broken, or was made for other weights.
    """
    path = checkpoint / FILE
    try:
        found = Calibration.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(map(str, problem["loc"]))
        raise CheckpointError(f"{path}: {key or 'the file'}: {problem['msg']}") from None
    if found.weights_sha256 != weights_hash(checkpoint):
        raise CheckpointError(f"{path}: was made for other weights: calibrate again, or remove it")
    return found


def weights_hash(checkpoint: Path) -> str:
    """Give the sha256 of a checkpoint's weights, in hex.

    Raises:
        CheckpointError: there is no such file, as where the weights are in several.
    """
    path = checkpoint / WEIGHTS
    try:
        return file_hash(path)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None


def as_json(calibration: Calibration) -> str:
    """Spell it as `calibration.json`."""
    values: dict[str, Any] = calibration.model_dump()
    for side in ("before", "after"):
        values[side] = {name: Measures(*found)._asdict() for name, found in values[side].items()}
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
