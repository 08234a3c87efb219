"""The temperature that belongs to a checkpoint, read from beside its weights."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from polarity.backends.facts import WEIGHTS
from polarity.errors import CheckpointError
from polarity.places import file_hash
from polarity.statistics.measures import Measures
from polarity.validation import said_of

FILE = "calibration.json"


class Calibration(BaseModel):
    """A temperature and what it was measured to do.

    `weights_sha256` are the weights that it is for. `fold_temperatures` are those that the folds were
    measured at: how far they lie apart is how well the temperature is known. `before` and `after`
    are measured by file and over all of them. `labels` are those that the checkpoint's names had, where
    scores were sums of several names'.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(gt=0.0, allow_inf_nan=False)
    fold_temperatures: tuple[float, ...]
    weights_sha256: str
    before: Mapping[str, Measures]
    after: Mapping[str, Measures]
    labels: Mapping[str, str] | None = None


def read_calibration(checkpoint: Path, labels: Mapping[str, str] | None = None) -> Calibration | None:
    """Read the calibration of a checkpoint's folder; None where it has none.

    `labels` are those of the checkpoint's names where scores are sums: see `binding.Bound`.

    Raises:
        CheckpointError: the file is broken, or was made for other weights, or for other sums.
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
        raise CheckpointError(f"{path}: {key or 'the file'}: {said_of(problem)}") from None
    if found.weights_sha256 != weights_hash(checkpoint):
        raise CheckpointError(f"{path}: was made for other weights: calibrate again, or remove it")
    if found.labels != labels:
        raise CheckpointError(f"{path}: was made for other labels of the checkpoint's names: calibrate again")
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
