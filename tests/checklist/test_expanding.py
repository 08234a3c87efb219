"""Templates to cases."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.checklist import distinct_texts, expand
from polarity.checklist.expanding import drawn
from polarity.errors import SuiteError

from .helpers import DIR, INV, MFT, SMALL, suite


def _texts(*tests: str) -> list[tuple[str, ...]]:
    return [case.texts for case in expand(suite(*tests))]


def test_every_filling_is_there() -> None:
    """Where they are fewer than a test asks for: three things, and three things by two names."""
    texts = _texts(MFT)

    assert 9 == len(texts)
    assert {("The desk broke.",), ("Wei broke the lamp.",)} <= set(texts)


def test_templates_take_turns() -> None:
    """Of few cases each template has its share, though its slots give fewer."""
    texts = _texts(MFT + "cases = 4\n")

    assert 2 == sum(text.startswith("The ") for (text,) in texts)
    assert 4 == len(texts)


def test_a_pair_is_filled_alike() -> None:
    """The perturbed text differs by what its template says alone."""
    things = ("kettle", "lamp", "desk")

    assert {(f"The {thing} is good.", f"The {thing} is not good.") for thing in things} == set(_texts(DIR))


def test_a_swap_gives_another_value() -> None:
    """Of that slot, and of no other; there and back is one case."""
    texts = _texts(INV)

    assert 4 == len(texts)
    for original, perturbed in texts:
        assert original != perturbed
        assert original.replace("Anna", "Wei") == perturbed.replace("Anna", "Wei")


def test_perturbed_stands_around_the_original() -> None:
    """With slots of its own, filled like the original's."""
    around = 'perturbed = ["{original} Ask {name}.", "Hi! {original}"]'
    texts = _texts(INV.replace('swap = "name"', around).replace('"{name} was great.", ', ""))

    assert 12 == len(texts)
    assert ("Wei sold me the desk.", "Wei sold me the desk. Ask Wei.") in texts
    assert ("Anna sold me the lamp.", "Hi! Anna sold me the lamp.") in texts


def test_typos_are_made_in_the_perturbed_text() -> None:
    """Each kind in its turn; a text without a word to slip in is no case."""
    texts = _texts(INV.replace('swap = "name"', 'typos = ["doubled", "dropped"]').replace("sold me", "sells"))

    assert {1, -1} == {len(perturbed) - len(original) for original, perturbed in texts}
    assert all(original != perturbed for original, perturbed in texts)


def test_cases_are_the_same_every_time() -> None:
    """And another template leaves those of the first as they are."""
    assert expand(SMALL) == expand(SMALL)
    more = MFT.replace('"{name} broke the {thing}."', '"{name} broke the {thing}.", "Gone."')
    assert [text for text in _texts(more) if text != ("Gone.",)] == _texts(MFT)


def test_a_limit_takes_the_first_of_each_test() -> None:
    """So that a small run tries every test."""
    cases = expand(SMALL, limit=2)

    assert ["broken"] * 2 + ["another-name"] * 2 + ["denied"] * 2 == [case.test.name for case in cases]
    assert [case for case in expand(SMALL) if case in cases] == cases


def test_the_same_text_of_two_templates_is_one_case() -> None:
    """It would count twice."""
    twice = MFT.replace("{name} broke the {thing}.", "The {thing} broke.")

    assert 3 == len(_texts(twice))


def test_each_text_is_asked_once() -> None:
    """Also where several cases have it."""
    cases = expand(suite(DIR, DIR.replace("denied", "again")))

    assert 6 == len(cases)
    assert 6 == len(distinct_texts(cases))


def test_pairs_that_never_differ_are_an_error() -> None:
    """A test without a case would pass unseen."""
    with pytest.raises(SuiteError, match=r"small\.toml: test 'denied': has no case: its pairs never differ"):
        expand(suite(DIR.replace("not good", "good")))


@given(size=st.integers(0, 300), seed=st.integers())
def test_every_number_is_drawn_once(size: int, seed: int) -> None:
    """In an order that the seed alone decides."""
    numbers = list(drawn(size, Random(seed)))

    assert list(range(size)) == sorted(numbers)
    assert numbers == list(drawn(size, Random(seed)))


def test_draws_are_fair() -> None:
    """Each of four numbers is first in about a quarter of the draws."""
    firsts = [next(drawn(4, Random(seed))) for seed in range(2000)]

    assert all(400 < firsts.count(number) < 600 for number in range(4))
