"""The texts of our own that the next checkpoint learns from: many, of all labels, and none that tests it."""

import re
from collections import Counter
from pathlib import Path

from polarity.checklist import distinct_texts, expand, load_suite
from polarity.checklist.expanding import forms
from polarity.contract import load_contract
from polarity.training.sides import side_of
from polarity.training.templates import template_rows

RECIPES = Path(__file__).parents[2] / "recipes"
FILES = [RECIPES / "pairs.toml", RECIPES / "denials.toml"]
PAIRS = template_rows(FILES[0])
ROWS = [*PAIRS, *template_rows(FILES[1])]
SUITE = load_suite("checklist")
SHARED = 5  # words in a row: as many as "to the left of the" are anybody's, and no template's wording
SLOT = re.compile(r"\{[^}]*\}")


def _bare(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.lower())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[at : at + SHARED]) for at in range(len(words) - SHARED + 1)}


def _templates_of_the_suite() -> set[str]:
    return {template for test in SUITE.tests for form in forms(test) for template in form.templates}


def test_there_are_many_texts_of_many_templates() -> None:
    """At least two thousand, of two hundred and fifty templates, and every label has a good share."""
    assert len(PAIRS) >= 2000
    assert len({row.template for row in PAIRS}) >= 250
    counts = Counter(row.label for row in PAIRS)
    assert set(load_contract().labels) == set(counts)
    assert min(counts.values()) >= len(PAIRS) / 6


def test_no_text_stands_twice() -> None:
    """Of two that are equal but for case and white space one might take back what the other teaches."""
    counts = Counter(" ".join(row.text.casefold().split()) for row in ROWS)
    assert [] == [text for text, count in counts.items() if count > 1]


def test_every_capability_has_texts_on_both_sides() -> None:
    """About a fifth of all texts is left to choose by, and something of everything that is taught."""
    sides = Counter((row.capability, side_of(row.template)) for row in PAIRS)
    capabilities = {row.capability for row in PAIRS}
    assert [] == [name for name in capabilities if not (sides[name, "train"] and sides[name, "dev"])]
    dev = sum(side_of(row.template) == "dev" for row in PAIRS)
    assert 0.15 <= dev / len(PAIRS) <= 0.25


def test_no_text_of_the_checklist_is_trained_on() -> None:
    """Whatever is left without case and punctuation differs from every text that the suite asks."""
    asked = {_bare(text) for text in distinct_texts(expand(SUITE))}
    assert [] == [row.text for row in ROWS if _bare(row.text) in asked]


def test_no_template_of_the_checklist_is_trained_on() -> None:
    """No text has five words in a row with one, outside of its slots, nor is it one with other values."""
    theirs = _templates_of_the_suite()
    runs = set().union(*(_runs(part) for template in theirs for part in SLOT.split(template)))
    assert len(runs) > 100
    assert [] == [row.text for row in ROWS if _runs(row.text) & runs]
    written = "".join(file.read_text("utf-8") for file in FILES)
    ours = {SLOT.sub("{}", line) for line in re.findall(r'"([^"]*\{[^"]*)"', written)}
    assert set() == ours & {SLOT.sub("{}", template) for template in theirs}
