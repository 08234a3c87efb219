"""Suites read from their files, and everything that is wrong with one, so that a person mends it once."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from polarity.checklist.suite import (
    ALL,
    ORIGINAL,
    MinimumFunctionality,
    Suite,
    SuiteFile,
    Test,
    labels_of,
    slots_in,
)
from polarity.errors import SuiteError
from polarity.places import file_bytes
from polarity.validation import said_of

PACKAGED = ("checklist",)


def load_suite(name: str) -> Suite:
    """Read a suite: one that comes with polarity, by its name, or a TOML file.

    Raises:
        SuiteError: there is none, or it is invalid; names every test and key that is wrong.
    """
    if name in PACKAGED:
        return parse_suite(files("polarity.checklist").joinpath(f"suites/{name}.toml").read_bytes(), name)
    try:
        return parse_suite(file_bytes(Path(name)), name)
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
        found = tomllib.loads(content.decode("utf-8-sig"))
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


def _sentence(fault: Any, found: Mapping[str, Any]) -> str:
    """Say one of pydantic's faults, with the test by its name where that can be read."""
    place, reason = list(fault["loc"]), said_of(fault)
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
        if ALL in (test.name, test.capability):
            yield f"test {test.name!r}: {ALL!r} names the whole suite"
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
