"""The tree of exceptions: one base, and messages that name the place."""

import inspect
import pickle
from pathlib import Path

import pytest

from polarity import errors
from polarity.errors import (
    BackendError,
    BackendUnavailable,
    ContractError,
    Overloaded,
    PolarityError,
    RecordError,
)

CLASSES = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, Exception)]


@pytest.mark.parametrize("error", CLASSES)
def test_one_base(error: type[Exception]) -> None:
    """Whoever catches PolarityError catches all that polarity raises on purpose."""
    assert issubclass(error, PolarityError)


@pytest.mark.parametrize("error", CLASSES)
def test_drawn_in_the_docstring(error: type[Exception]) -> None:
    """The module's docstring shows the whole tree."""
    assert error.__name__ in (errors.__doc__ or "")


def test_backend_errors() -> None:
    """A backend is unusable for now or for good; both are a BackendError."""
    assert {"BackendRejected", "BackendUnavailable", "BudgetSpent"} == {
        error.__name__ for error in BackendError.__subclasses__()
    }


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        (Path("a.csv"), 3, "a.csv:3: is blank"),
        (Path("a.csv"), None, "a.csv: is blank"),
        (None, 3, "line 3: is blank"),
        (None, None, "is blank"),
    ],
)
def test_record_error_names_its_place(path: Path | None, line: int | None, expected: str) -> None:
    """A record error leads with file and line, as compilers do, where they are known."""
    error = RecordError("is blank", path=path, line=line)
    assert (expected, "is blank", path, line) == (str(error), error.problem, error.path, error.line)


def test_contract_error_lists_every_problem() -> None:
    """A contract error is one line a problem, each with the file."""
    error = ContractError(["id: no", "labels: no"], path=Path("c.toml"))
    assert "c.toml: id: no\nc.toml: labels: no" == str(error)
    assert ("id: no", "labels: no") == error.problems
    assert "id: no" == str(ContractError(["id: no"]))


@pytest.mark.parametrize(
    "error",
    [
        RecordError("is blank", path=Path("a.csv"), line=3),
        ContractError(["id: no", "labels: no"], path=Path("c.toml")),
        Overloaded("full", retry_after_s=2.0),
        BackendUnavailable("away", reason="unauthorized"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_whole_out_of_another_process(error: PolarityError) -> None:
    """Engines carry it from a worker to whoever waits: its message and all that it knows."""
    there = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (type(error), str(error), vars(error)) == (type(there), str(there), vars(there))
