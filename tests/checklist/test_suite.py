"""The model of a suite."""

import pytest

from polarity.checklist.suite import labels_of, slots_in

from .helpers import MFT, SMALL, suite


def test_tests_are_read_in_order() -> None:
    """Each with its kind; one label stands for a list of one."""
    assert [("broken", "MFT"), ("another-name", "INV"), ("denied", "DIR")] == [
        (test.name, test.kind) for test in SMALL.tests
    ]
    assert ["NEGATIVE"] == SMALL.tests[0].model_dump(mode="json")["expect"]


def test_a_tests_own_slots_go_first() -> None:
    """A list of the test's own takes the place of the suite's of that name."""
    found = suite(MFT + 'slots = { thing = ["rug"] }\n')

    assert ("rug",) == found.slots(found.tests[0])["thing"]
    assert ("Anna", "Wei") == found.slots(found.tests[0])["name"]


def test_labels_and_slots_of_a_test() -> None:
    """Invariance names no label; a brace too few is an error."""
    assert [("NEGATIVE",), (), ("POSITIVE",)] == [labels_of(test) for test in SMALL.tests]
    assert ["name", "thing"] == slots_in("{name} broke the {thing} {{twice}}.")
    with pytest.raises(ValueError, match="expected '}'"):
        slots_in("{name")
