"""The grammar: patterns made readable, and answers drawn from them."""

import random
from itertools import pairwise

import pytest

from polarity.contract import load_contract, mapper
from polarity.contract.review.grammar import drawn, grammar, readable
from polarity.types import Completion, Verdict

from .successors import BASE

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("the answer is {label}", '"the answer is" statement'),
        ("[the|a] tone of {words}", '["the" | "a"] "tone of" some-words'),
        ("<a text>[s]: {quote}", 'a-text["s"]":" quotation'),
        ('say "it"', "'say \"it\"'"),
    ],
)
def test_a_pattern_to_read(pattern: str, expected: str) -> None:
    """What is said stands in quotation marks, a part and a slot by its name."""
    assert expected == readable(pattern)


def test_drawn_texts_are_of_the_pattern() -> None:
    """Each draw is one of the texts; with enough draws each is drawn."""
    chance = random.Random(0)
    found = {drawn("[the] (tone|mood) is {label}", BASE.rules, chance) for _ in range(200)}
    assert {f"{the}{noun} is {{label}}" for the in ("", "the ") for noun in ("tone", "mood")} == found


def test_every_example_is_read_as_it_says() -> None:
    """What stands behind an arrow is the mapper's, and each of the contract's own frames has an example."""
    lines = grammar(BASE)
    examples = [line.strip().split("  -> ") for line in lines if "  -> " in line]
    for text, label in examples:
        outcome = mapper.map(Completion(text=text), BASE)
        assert label == (outcome.label if isinstance(outcome, Verdict) else "abstention")
    assert len(BASE.rules.frames) == sum(
        "  -> " in after for line, after in pairwise(lines) if line.startswith("frames.")
    )


@pytest.mark.slow
def test_each_language_has_its_own() -> None:
    """The default contract's grammar has the sentences of every language."""
    lines = grammar(CONTRACT)
    names = [f"# {language.name} ({code})" for code, language in CONTRACT.file.languages.items()]
    assert names == [line for line in lines if line.startswith("# ")][1:]
