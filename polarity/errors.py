"""Everything polarity raises on purpose.

PolarityError
├── SettingsError      a setting is unknown, malformed, or contradicts another
├── RecordError        a data file or one of its rows cannot be used
├── ContractError      a contract file is invalid; lists every problem found
├── SuiteError         a suite of behavioural tests is invalid; lists every problem found
├── CheckpointError    a checkpoint is missing, corrupt, unsafe, or does not fit the contract
├── TrainingError      training cannot start or go on
├── WeightsError       weights that have a name are not there, cannot be fetched, or are not what they were
├── RunError           a comparison cannot be begun, taken up, or kept
├── ServiceError       the service cannot start
├── StoreError         the store of decisions cannot be opened, read or written
├── PackageMissing     a package is not installed that only some commands need; says how to install it
├── CallRefused        a backend does not take a call, which may be made again, or be made smaller
│   ├── Overloaded           too much is waiting; says when to come back
│   └── TooManyTokens        more than one call may have
└── BackendError       a backend as a whole cannot answer
    ├── BackendUnavailable   not now: refused connection, still loading, closed
    ├── BackendRejected      not ever as configured: bad credentials, unknown model, no money left
    └── BudgetSpent          not for the money that was set: it is spent

One text that cannot be answered is never an exception: backends return a `Failure` in its place
and the policy an `Undecided`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import Any, Literal

BackendReason = Literal["unavailable", "unauthorized", "unknown_model", "quota_used_up"]

EXTRAS = {
    "alembic": "store",
    "backports": "zst",
    "daft": "daft",
    "datasets": "train",
    "matplotlib": "report",
    "onnx": "optimize",
    "onnxruntime": "onnxruntime",
    "opentelemetry.exporter": "spans",  # the rest of opentelemetry the framework brings
    "opentelemetry.sdk": "spans",
    "openvino": "openvino",
    "psycopg": "postgres",
    "pyarrow": "parquet",
    "pyspark": "spark",
    "python_calamine": "excel",
    "ray": "ray",
    "safetensors": "torch",
    "scipy": "report",
    "sklearn": "report",
    "sqlalchemy": "store",
    "statsmodels": "report",
    "torch": "torch",
    "transformers": "torch",
    "xllamacpp": "embedded",
}  # a package, or a part of one, that the core does without -> the extra that brings it


class PolarityError(Exception):
    """Base of every error that polarity raises on purpose. It comes whole out of another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), self.args, self.__dict__)


def _made_again(kind: type[PolarityError], args: tuple[Any, ...], own: dict[str, Any]) -> PolarityError:
    """Make an error as it was, past its `__init__`, which takes other arguments than it keeps."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(own)
    return error


class SettingsError(PolarityError):
    """A setting is unknown, malformed, or contradicts another."""


class RecordError(PolarityError):
    """A data file, or one of its rows, cannot be used.

    >>> str(RecordError("no value for column 'text'", path=Path("reviews.csv"), line=3))
    "reviews.csv:3: no value for column 'text'"
    """

    def __init__(self, problem: str, *, path: Path | None = None, line: int | None = None) -> None:
        self.problem, self.path, self.line = problem, path, line
        at_line = None if line is None else f"line {line}" if path is None else str(line)
        place = ":".join(str(part) for part in (path, at_line) if part is not None)
        super().__init__(f"{place}: {problem}" if place else problem)


class ContractError(PolarityError):
    """A contract file is invalid.

    `problems` holds one sentence a problem, each naming its key.
    """

    def __init__(self, problems: Sequence[str], *, path: Path | None = None) -> None:
        self.problems, self.path = tuple(problems), path
        head = f"{path}: " if path else ""
        super().__init__("\n".join(f"{head}{problem}" for problem in self.problems))


class SuiteError(PolarityError):
    """A suite of behavioural tests cannot be read, is invalid, or does not fit the contract.

    `problems` holds one sentence a problem, each naming the test, where it is one's, and the key.
    """

    def __init__(self, problems: Sequence[str], *, source: str) -> None:
        self.problems, self.source = tuple(problems), source
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))


class CheckpointError(PolarityError):
    """A checkpoint is missing, corrupt, unsafe, or does not fit the contract.

    `lines` are to be pasted somewhere, as `problem` says.
    """

    def __init__(self, problem: str, *, lines: Sequence[str] = ()) -> None:
        self.problem, self.lines = problem, tuple(lines)
        super().__init__("\n".join([problem, *lines]))


class TrainingError(PolarityError):
    """Training cannot start or go on."""


class WeightsError(PolarityError):
    """Weights that have a name are not there, cannot be fetched, or are not what they were."""


class RunError(PolarityError):
    """A comparison cannot be begun, because another one is unfinished, or taken up, or kept on disk."""


class ServiceError(PolarityError):
    """The service cannot start."""


class StoreError(PolarityError):
    """The store of decisions cannot be opened, read or written."""


class PackageMissing(PolarityError):
    """A package is not installed that only some commands need."""


class CallRefused(PolarityError):
    """A backend does not take this call. It is sound, and so is the backend."""


class Overloaded(CallRefused):
    """Too much is waiting. In `retry_after_s` seconds there is likely room."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class TooManyTokens(CallRefused):
    """The texts of one call have more tokens than one call may have."""


class BackendError(PolarityError):
    """A backend as a whole cannot answer.

    `reason` stands, as a `Failure`'s, in the place of each text that nobody else answers.
    """

    def __init__(self, message: str, *, reason: BackendReason = "unavailable") -> None:
        self.reason = reason
        super().__init__(message)


class BackendUnavailable(BackendError):
    """The backend cannot answer now: connection refused, still loading, closed."""


class BackendRejected(BackendError):
    """The backend will not answer as configured: bad credentials, unknown model, no money left."""


class BudgetSpent(BackendError):
    """The money that the settings allow is spent."""


@contextmanager
def missing_packages_named() -> Iterator[None]:
    """Turn the import of a package that only an extra brings into a sentence that names the extra.

    >>> with missing_packages_named():
    ...     raise ModuleNotFoundError(name="scipy.stats")
    Traceback (most recent call last):
    polarity.errors.PackageMissing: this needs scipy: pip install 'polarity[report]'

    Raises:
        PackageMissing: what was imported is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = next((known for known in EXTRAS if f"{error.name}.".startswith(f"{known}.")), None)
        if package is None:
            raise
        importers = (frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__))
        trains = any(name.startswith("polarity.training") for name in importers)
        raise PackageMissing(f"this {need_of(package, 'train' if trains else None)}") from error


def need_of(package: str, extra: str | None = None) -> str:
    """Say that a package is needed, and how to install it.

    >>> need_of("xllamacpp")
    "needs xllamacpp: pip install 'polarity[embedded]'"
    """
    return f"needs {package}: pip install 'polarity[{extra or EXTRAS[package]}]'"
