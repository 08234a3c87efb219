"""The suite that comes with polarity."""

import re
from collections import Counter

from polarity.checklist import check_labels, expand, load_suite
from polarity.contract import load_contract

SUITE = load_suite("checklist")
CASES = expand(SUITE)


def test_it_is_large_and_covers_every_capability_and_kind() -> None:
    """At least 30 tests and 3,000 cases."""
    asked_for = {
        "negation",
        "intensifiers",
        "temporal-change",
        "contrast",
        "typos",
        "names-and-places",
        "entity-swap",
        "question-answer",
        "sarcasm",
    }

    assert len(SUITE.tests) >= 30
    assert len(CASES) >= 3000
    assert asked_for <= {test.capability for test in SUITE.tests}
    assert {"MFT", "INV", "DIR"} == {test.kind for test in SUITE.tests}


def test_every_test_can_be_gated_by_itself() -> None:
    """With 30 cases or more, and 50 to say something."""
    assert min(Counter(case.test.name for case in CASES).values()) >= 50


def test_its_labels_are_the_default_contracts() -> None:
    """It can be run as it comes."""
    check_labels(SUITE, load_contract().labels)


def test_no_case_is_there_twice_in_a_test() -> None:
    """Nor turned around."""
    cases = Counter((case.test.name, frozenset(case.texts)) for case in CASES)

    assert [] == [case for case, count in cases.items() if count > 1]


def test_both_texts_of_a_pair_differ() -> None:
    """A pair of one text twice would pass always."""
    assert all(len(set(case.texts)) == len(case.texts) for case in CASES)
    assert all(len(case.texts) == (1 if case.test.kind == "MFT" else 2) for case in CASES)


def test_it_is_the_same_every_time() -> None:
    """Pass rates can be held against last week's."""
    assert CASES == expand(load_suite("checklist"))


def test_no_text_is_expected_to_have_two_labels() -> None:
    """Two tests that ask the same of a text agree."""
    expected: dict[str, set[str]] = {}
    for case in CASES:
        labels = set(getattr(case.test, "expect", ())) if case.test.kind == "MFT" else set()
        if labels:
            expected[case.texts[0]] = expected.get(case.texts[0], labels) & labels

    assert [] == [text for text, labels in expected.items() if not labels]


def test_texts_are_english_sentences() -> None:
    """No slot is left open, no article stands before the wrong sound, no word is there twice in a row."""
    texts = [text for case in CASES if case.test.capability != "typos" for text in case.texts]

    assert [] == [text for text in texts if "{" in text or "}" in text]
    assert [] == [text for text in texts if re.search(r"\b[Aa] [aeiouAEIOU]|\b[Aa]n [^aeiouhAEIOUH]", text)]
    assert [] == [text for text in texts if re.search(r"\b(\w+) \1\b", text)]
