"""Templates -> cases: the same suite gives the same cases, on every machine.

Where a test's slots give more cases than it asks for, they are drawn, evenly from each template. Each
template is drawn from by its own seed: a template more leaves the others' cases as they were. Any
first part of a test's cases is a fair sample of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from random import Random
from typing import NamedTuple

from polarity.checklist.perturbing import Typo, misspelt
from polarity.checklist.suite import ORIGINAL, MinimumFunctionality, Suite, Test, slots_in
from polarity.errors import SuiteError

Texts = tuple[str, ...]
Lists = Mapping[str, Sequence[str]]


class Case(NamedTuple):
    """One case of a test: a text, or an original and a perturbed one."""

    test: Test
    texts: Texts


class Form(NamedTuple):
    """What one kind of case is made from: templates filled alike, of which the second may be changed."""

    templates: Texts
    swap: str | None = None
    typo: Typo | None = None


def expand(suite: Suite, *, limit: int | None = None) -> list[Case]:
    """Make all cases of a suite, or the first `limit` of each test.

    Raises:
        SuiteError: a test has no case: the texts of its pairs never differ.
    """
    cases = []
    for test in suite.tests:
        found = list(_cases(test, suite.slots(test)))
        if not found:
            raise SuiteError(
                [f"test {test.name!r}: has no case: its pairs never differ"], source=suite.source
            )
        cases += [Case(test, texts) for texts in found[:limit]]
    return cases


def distinct_texts(cases: Sequence[Case]) -> list[str]:
    """List every text once, in the order of the cases: what has to be asked."""
    return list(dict.fromkeys(text for case in cases for text in case.texts))


def _cases(test: Test, lists: Lists) -> Iterator[Texts]:
    seen: set[frozenset[str]] = set()  # a swap and the same swap back are one case
    for texts in _in_turns([_texts(form, lists, test.name) for form in forms(test)]):
        if len(seen) == test.cases:
            return
        case = frozenset(texts)
        if case not in seen and len(case) == len(texts):
            seen.add(case)
            yield texts


def _in_turns(streams: Sequence[Iterator[Texts]]) -> Iterator[Texts]:
    """Take one of each, again and again, until all are at their end."""
    running = list(streams)
    while running:
        for stream in list(running):
            texts = next(stream, None)
            if texts is None:
                running.remove(stream)
            else:
                yield texts


def forms(test: Test) -> list[Form]:
    """List what a test's cases are made from."""
    if isinstance(test, MinimumFunctionality):
        return [Form((template,)) for template in test.templates]
    if test.pairs:
        return [Form(pair) for pair in test.pairs]
    around = "{" + ORIGINAL + "}"
    ways = [
        *[(outer, None, None) for outer in test.perturbed],
        *([(around, test.swap, None)] if test.swap else []),
        *[(around, None, typo) for typo in test.typos],
    ]
    return [
        Form((template, outer.replace(around, template)), swap, typo)
        for template in test.templates
        for outer, swap, typo in ways
    ]


def _texts(form: Form, lists: Lists, seed: str) -> Iterator[Texts]:
    rng = Random(f"{seed}/{form}")
    slots = list(dict.fromkeys(name for template in form.templates for name in slots_in(template)))
    sizes = [len(lists[slot]) for slot in slots]
    for at in drawn(prod(sizes), rng):
        values = dict(zip(slots, _nth(at, [lists[slot] for slot in slots]), strict=True))
        yield _filled(form, values, lists, rng)


def _filled(form: Form, values: dict[str, str], lists: Lists, rng: Random) -> Texts:
    first, *rest = form.templates
    original = first.format_map(values)
    if not rest:
        return (original,)
    if form.swap:
        others = [value for value in lists[form.swap] if value != values[form.swap]]
        values = {**values, form.swap: others[int(rng.random() * len(others))]}
    perturbed = rest[0].format_map(values)
    return original, misspelt(perturbed, form.typo, rng) if form.typo else perturbed


def drawn(size: int, rng: Random) -> Iterator[int]:
    """Draw every number below `size` once, in random order, in memory that grows with what is taken.

    The shuffle of Fisher and Yates, which stores only what it has moved. Of the generator only
    `random()` is used, which alone is promised to stay the same in later Pythons.

    >>> sorted(drawn(4, Random(1)))
    [0, 1, 2, 3]
    """
    moved: dict[int, int] = {}
    for last in range(size - 1, -1, -1):
        at = int(rng.random() * (last + 1))
        yield moved.get(at, at)
        moved[at] = moved.pop(last, last)


def _nth(at: int, lists: Sequence[Sequence[str]]) -> Texts:
    """Give the product's item at a place without making the product."""
    values = []
    for found in reversed(lists):
        at, place = divmod(at, len(found))
        values.append(found[place])
    return tuple(reversed(values))
