"""Values beside a JSON object's answer: which of them contradict it."""

import pytest

from polarity.contract import load_contract
from polarity.contract.beside import contradicts_beside

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("key", "value", "label", "expected"),
    [
        ("emotion", "negative", "POSITIVE", True),
        ("emotion", "very negative", "POSITIVE", True),
        ("emotion", "not positive", "POSITIVE", True),
        ("emotion", "not negative", "POSITIVE", False),
        ("emotion", "anger", "POSITIVE", True),
        ("emotion", "anger", "NEGATIVE", False),
        ("emotion", "anger", "NEUTRAL", False),
        ("emotions", ["joy", "anger"], "POSITIVE", True),
        ("emotion", "a word that is angry with all", "POSITIVE", False),
        ("text", "an angry text", "POSITIVE", False),
        ("text", "negative", "POSITIVE", True),
        ("score", -0.9, "POSITIVE", True),
        ("score", -0.9, "NEUTRAL", True),
        ("score", -0.1, "NEUTRAL", False),
        ("score", -0.9, "NEGATIVE", False),
        ("score", 0.9, "NEGATIVE", False),
        ("class id", 0, "POSITIVE", False),
        ("class_id", 0, "POSITIVE", True),
        ("class_id", 2, "POSITIVE", False),
        ("class_id", "2", "POSITIVE", True),
        ("score", True, "POSITIVE", False),
        ("score", -0.9, None, False),
        ("confidence", 0, "POSITIVE", False),
        ("confidence", "0%", "POSITIVE", False),
        ("confidence", "very low", "POSITIVE", False),
        ("confidence", "not sure", "POSITIVE", True),
        ("confidence_level", "it depends", "POSITIVE", True),
        ("comment", "not sure", "POSITIVE", False),
    ],
)
def test_what_contradicts(key: str, value: object, label: str | None, expected: bool) -> None:
    """Another label, feeling or code, a score of the other side, a certainty that is none; not the input."""
    assert expected == contradicts_beside(key, value, label, CONTRACT)
