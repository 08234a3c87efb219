"""Judged cases -> pass rates by part of the suite, and where one backend passes and another fails."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, product, zip_longest
from typing import Any, Literal

import numpy as np

from polarity.checklist.judging import DECISION, Judged
from polarity.checklist.suite import ALL, Test
from polarity.statistics.intervals import Interval, paired_interval, wilson

Level = Literal["all", "kind", "capability", "test"]
LEVELS: Mapping[Level, Callable[[Test], str]] = {
    "all": lambda _: ALL,
    "kind": lambda test: test.kind,
    "capability": lambda test: test.capability,
    "test": lambda test: test.name,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many cases a side passes, as a share with its interval; `unanswered` ones fail."""

    passed: int
    unanswered: int
    share: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The `n` cases of a part of the suite: its pass rates by side.

    `difference` is the second backend's share less the first's, None where there is only one.
    """

    level: Level
    name: str
    n: int
    rates: Mapping[str, Rate]
    difference: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The cases on which the backends fare alike: each passes all of them, or fails all."""

    passed: Mapping[str, bool]
    cases: tuple[Judged, ...]

    @property
    def title(self) -> str:
        """Say who passes: "bert passes, llm fails"."""
        return ", ".join(f"{name} {'passes' if passed else 'fails'}" for name, passed in self.passed.items())

    def spread(self, count: int) -> list[Judged]:
        """Choose at most `count` cases, as many of each test as can be, in the order of the tests."""
        by_test = [list(cases) for _, cases in groupby(self.cases, key=lambda judged: judged.test.name)]
        rounds = [case for row in zip_longest(*by_test) for case in row if case is not None]
        chosen = {id(case) for case in rounds[:count]}
        return [case for case in self.cases if id(case) in chosen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """A suite's cases, judged: its parts from the whole to each test, in the suite's order."""

    sides: tuple[str, ...]
    cases: tuple[Judged, ...]
    parts: tuple[Part, ...]

    @property
    def whole(self) -> Part:
        """The part that is the whole suite."""
        return self.parts[0]

    @property
    def backends(self) -> tuple[str, ...]:
        """The sides that are backends."""
        return backends_in(self.sides)

    @property
    def groups(self) -> list[Group]:
        """The groups with a failing backend, those where the backends differ first."""
        patterns = list(product((True, False), repeat=len(self.backends)))[1:]
        return [
            Group(
                passed=dict(zip(self.backends, pattern, strict=True)),
                cases=tuple(
                    judged
                    for judged in self.cases
                    if pattern == tuple(judged.passed[name] for name in self.backends)
                ),
            )
            for pattern in patterns
        ]

    def at(self, level: Level) -> list[Part]:
        """List the parts of one level."""
        return [part for part in self.parts if part.level == level]

    def as_json(self) -> dict[str, Any]:
        """Give everything as one object of plain values."""
        return {
            "sides": list(self.sides),
            "parts": [asdict(part) for part in self.parts],
            "groups": {group.title: len(group.cases) for group in self.groups},
            "cases": [_case_as_json(judged) for judged in self.cases],
        }


def backends_in(sides: Sequence[str]) -> tuple[str, ...]:
    """List the sides that are backends.

    >>> backends_in(["bert", "llm", "decision"])
    ('bert', 'llm')
    """
    return tuple(side for side in sides if side != DECISION)


def find(cases: Sequence[Judged], sides: Sequence[str]) -> Findings:
    """Count the judged cases of a suite, in its order.

    Raises:
        ValueError: there is no case.
    """
    if not cases:
        raise ValueError("nothing was judged")
    return Findings(sides=tuple(sides), cases=tuple(cases), parts=tuple(_parts(cases, sides)))


def _parts(cases: Sequence[Judged], sides: Sequence[str]) -> Iterator[Part]:
    for level, name_of in LEVELS.items():
        groups: dict[str, list[Judged]] = {}
        for judged in cases:
            groups.setdefault(name_of(judged.test), []).append(judged)
        yield from (_part(level, name, members, sides) for name, members in groups.items())


def _part(level: Level, name: str, cases: Sequence[Judged], sides: Sequence[str]) -> Part:
    return Part(
        level=level,
        name=name,
        n=len(cases),
        rates={side: _rate(cases, side) for side in sides},
        difference=_difference(cases, backends_in(sides)),
    )


def _rate(cases: Sequence[Judged], side: str) -> Rate:
    passed = sum(judged.passed[side] for judged in cases)
    unanswered = sum(judged.unanswered(side) for judged in cases)
    return Rate(passed=passed, unanswered=unanswered, share=wilson(passed, len(cases)))


def _difference(cases: Sequence[Judged], backends: Sequence[str]) -> Interval | None:
    if len(backends) == 1:
        return None
    first, second = backends
    return paired_interval(np.array([int(case.passed[second]) - int(case.passed[first]) for case in cases]))


def _case_as_json(judged: Judged) -> dict[str, Any]:
    return {
        "test": judged.test.name,
        "capability": judged.test.capability,
        "kind": judged.test.kind,
        "texts": list(judged.texts),
        "expected": _expectation(judged.test),
        "said": {side: [said._asdict() for said in answers] for side, answers in judged.said.items()},
        "passed": dict(judged.passed),
    }


def _expectation(test: Test) -> Any:
    """Give what a test expects, as its suite spells it; an invariance test expects no label."""
    return test.model_dump(mode="json").get("expect")
