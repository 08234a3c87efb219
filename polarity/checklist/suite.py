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

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from polarity.checklist.perturbing import Typo
from polarity.errors import SuiteError

ORIGINAL = "original"  # what a perturbed template calls the whole of the text it perturbs
PACKAGED = ("checklist",)
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


def load_suite(name: str) -> Suite:
    """Read a suite: one that comes with polarity, by its name, or a TOML file.

    Raises:
        SuiteError: there is none, or it is invalid; names every test and key that is wrong.
    """
    if name in PACKAGED:
        return parse_suite(files("polarity.checklist").joinpath(f"suites/{name}.toml").read_bytes(), name)
    try:
        return parse_suite(Path(name).read_bytes(), name)
    except (OSError, ValueError) as error:  # a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else error
        problem = f"cannot be read: {reason}; give a TOML file, or one of: {', '.join(PACKAGED)}"
        raise SuiteError([problem], source=name) from None


def parse_suite(content: bytes, source: str) -> Suite:
    """Read a suite from the bytes of its file.

    Raises:
        SuiteError: it is invalid; names every test and key that is wrong.
    """
    try:
        found = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, nesting without end
        raise SuiteError([f"not TOML: {error}"], source=source) from None
    try:
        file = SuiteFile.model_validate(found)
    except ValidationError as error:
        raise SuiteError([_sentence(fault, found) for fault in error.errors()], source=source) from None
    problems = [*_name_problems(file), *_slot_problems(file)]
    if problems:
        raise SuiteError(problems, source=source)
    return Suite(file=file, source=source, sha256=hashlib.sha256(content).hexdigest())


def check_labels(suite: Suite, labels: Sequence[str]) -> None:
    """Make sure that every label a suite names is the contract's: before any model is asked, not after.

    Raises:
        SuiteError: one is not; names the tests and the contract's labels.
    """
    problems = [
        f"test {test.name!r}: expect: {label!r} is not one of the contract's labels: {', '.join(labels)}"
        for test in suite.tests
        for label in labels_of(test)
        if label not in labels
    ]
    if problems:
        raise SuiteError(problems, source=suite.source)


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


def _sentence(fault: Any, found: Mapping[str, Any]) -> str:
    """Say one of pydantic's faults, with the test by its name where that can be read."""
    place, reason = list(fault["loc"]), fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        reason = "there is no such key"
    head = ""
    if place[:1] == ["tests"] and len(place) > 1:
        at = place[1]
        test = found["tests"][at]
        name = test.get("name") if isinstance(test, dict) else None
        head = f"test {name!r}: " if isinstance(name, str) else f"test {at + 1}: "
        place = [part for part in place[2:] if part not in ("MFT", "INV", "DIR")]
    key = ".".join(map(str, place))
    return f"{head}{key}: {reason}" if key else f"{head}{reason}"


def _name_problems(file: SuiteFile) -> Iterator[str]:
    """A gate names a test or a capability by one word, which must not mean two things."""
    capabilities = {test.capability for test in file.tests}
    seen: set[str] = set()
    for test in file.tests:
        if test.name in seen:
            yield f"test {test.name!r}: name: there are two tests of this name"
        if test.name in capabilities:
            yield f"test {test.name!r}: name: a capability has this name"
        seen.add(test.name)


def _slot_problems(file: SuiteFile) -> Iterator[str]:
    for test in file.tests:
        lists = {**file.slots, **test.slots}
        for key, template in _keyed_templates(test):
            known = {*lists, ORIGINAL} if key == "perturbed" else set(lists)
            for problem in _template_problems(template, known, lists):
                yield f"test {test.name!r}: {key}: {problem} in {template!r}"
            if key == "perturbed" and "{" + ORIGINAL + "}" not in template:
                yield f"test {test.name!r}: perturbed: no {{{ORIGINAL}}} in {template!r}"
        yield from _swap_problems(test, lists)


def _keyed_templates(test: Test) -> Iterator[tuple[str, str]]:
    if isinstance(test, MinimumFunctionality):
        yield from (("templates", template) for template in test.templates)
        return
    yield from (("pairs", template) for pair in test.pairs for template in pair)
    yield from (("templates", template) for template in test.templates)
    yield from (("perturbed", template) for template in test.perturbed)


def _template_problems(template: str, known: set[str], lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    try:
        names = slots_in(template)
    except ValueError as error:
        yield str(error)
        return
    for name in names:
        if name not in known:
            yield f"no slot {name!r}"
        elif name in lists and not lists[name]:
            yield f"slot {name!r} has no value"


def _swap_problems(test: Test, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if isinstance(test, MinimumFunctionality) or not test.swap:
        return
    if len(set(lists.get(test.swap, ()))) < 2:  # noqa: PLR2004 - one to swap for another
        yield f"test {test.name!r}: swap: slot {test.swap!r} has no two values"
    for template in test.templates:
        if "{" + test.swap + "}" not in template:
            yield f"test {test.name!r}: swap: no {{{test.swap}}} in {template!r}"
