"""A suite: behavioural tests in one TOML file, written as templates whose slots are filled from lists.

The three kinds of test are those of Ribeiro et al. 2020, "Beyond Accuracy: Behavioral Testing of NLP
Models with CheckList":

MFT   minimum functionality: a text so plain that its label is beyond doubt
INV   invariance: two texts that differ in nothing that matters must get the same label
DIR   directional expectation: what the second text has more of must not count the other way

    id = "mine"
    version = "1.0.0"

    [slots]
    thing = ["kettle", "lamp"]

    [[tests]]
    name = "plain-complaints"
    capability = "vocabulary"
    kind = "MFT"
    about = "Something broke."
    templates = ["The {thing} broke on the first day."]
    expect = "NEGATIVE"
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from polarity.checklist.perturbing import Typo

ORIGINAL = "original"  # what a perturbed template calls the whole of the text it perturbs
ALL = "all"  # what the whole suite is called among its parts
Kind = Literal["MFT", "INV", "DIR"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Line = Annotated[str, Field(min_length=1)]


def _listed(value: Any) -> Any:
    """Take one label for a list of one."""
    return [value] if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Test(_Part):
    """What every test has.

    `cases` is how many cases there are at most: where the slots give more, so many are drawn. `slots`
    are the test's own lists; they go before the suite's.
    """

    name: Name
    capability: Name
    about: Line
    cases: int = Field(100, ge=1)
    slots: Mapping[str, tuple[Line, ...]] = {}


class MinimumFunctionality(_Test):
    """Each text must get one of the labels `expect`."""

    kind: Literal["MFT"]
    templates: tuple[Line, ...] = Field(min_length=1)
    expect: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


class _OfPairs(_Test):
    """A test whose cases are an original and a perturbed text.

    They are `pairs` of templates; or `templates`, perturbed in one way: `perturbed`, templates around
    `{original}`; `swap`, a slot that gets another value; `typos`, slips of a hand.
    """

    pairs: tuple[tuple[Line, Line], ...] = ()
    templates: tuple[Line, ...] = ()
    perturbed: tuple[Line, ...] = ()
    swap: str | None = None
    typos: tuple[Typo, ...] = ()

    @model_validator(mode="after")
    def _has_one_perturbation(self) -> "_OfPairs":
        if bool(self.pairs) == bool(self.templates):
            raise ValueError("give either pairs or templates")
        ways = sum(map(bool, (self.perturbed, self.swap, self.typos)))
        if ways != bool(self.templates):
            raise ValueError("templates need one of perturbed, swap and typos; pairs need none")
        return self


class Invariance(_OfPairs):
    """Both texts must get the same label."""

    kind: Literal["INV"]


class Direction(_Part):
    """Which label's probability must not fall, or rise, by more than `tolerance` (in [0, 1])."""

    label: str
    never: Literal["falls", "rises"]
    tolerance: float = Field(0.05, ge=0.0, le=1.0)


class Directional(_OfPairs):
    """From the original to the perturbed text, a label's probability must keep to a direction."""

    kind: Literal["DIR"]
    expect: Direction


Test = Annotated[MinimumFunctionality | Invariance | Directional, Field(discriminator="kind")]


class SuiteFile(_Part):
    """What may stand in the file of a suite."""

    id: Name
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    description: str = ""
    slots: Mapping[str, tuple[Line, ...]] = {}
    tests: tuple[Test, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One exact suite: `sha256` is taken over the bytes of its file, `source` is how it was named."""

    file: SuiteFile
    source: str
    sha256: str

    @property
    def tests(self) -> tuple[Test, ...]:
        """The tests, in the file's order."""
        return self.file.tests

    def slots(self, test: Test) -> dict[str, tuple[str, ...]]:
        """Give the lists that a test's slots are filled from, by the slot's name."""
        return {**self.file.slots, **test.slots}


def labels_of(test: Test) -> tuple[str, ...]:
    """List the labels that a test names."""
    match test:
        case MinimumFunctionality(expect=labels):
            return labels
        case Directional(expect=direction):
            return (direction.label,)
        case _:
            return ()


def slots_in(template: str) -> list[str]:
    """List the slots of a template.

    >>> slots_in("The {thing} is {good}.")
    ['thing', 'good']

    Raises:
        ValueError: it has a brace too many or too few, or more than a name in one.
    """
    found = []
    for _, name, form, conversion in Formatter().parse(template):
        if name is not None:
            if form or conversion or not name.isidentifier():
                raise ValueError(f"{name!r} is no slot: it takes a name in braces")
            found.append(name)
    return found
