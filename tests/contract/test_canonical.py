"""Canonical text: dress is taken off, disguise is refused."""
# ruff: noqa: RUF001 - look-alikes are what is tested

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polarity.contract.canonical import Refused, canonical, unwrap

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # surrogates and NUL too
KEYS = {"label", "sentiment"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("positive", "positive"),
        (" Positive.\n", "positive"),
        ("**POSITIVE**!", "positive"),
        ("`neutral`", "neutral"),
        ("_neutral_", "neutral"),
        ("snake_case", "snake_case"),
        ('"neutral"', "neutral"),
        ("«neutral»", "neutral"),
        ("‘neutral’", "neutral"),
        ("ｐｏｓｉｔｉｖｅ", "positive"),
        ("very\t \u00a0positive", "very positive"),
        ("positive \r\n\n reason", "positive\nreason"),
        ("isn’t", "isn't"),
        ("positive?", "positive?"),
        ("!positive", "!positive"),
        ("~~positive~~", "~~positive~~"),
        ("pos*itive", "pos*itive"),
        ("İyi", "İyi"),  # folded, it would be two characters
        ("straße", "straße"),
        ("posıtıve", "posıtıve"),
        ("роsitive", "роsitive"),
    ],
)
def test_canonical(text: str, expected: str) -> None:
    """Width, case, white space, quotes, emphasis and closing stops go; all else stays."""
    assert expected == canonical(text)


@given(ANY_TEXT)
@settings(max_examples=150, deadline=None, database=None)
def test_canonical_text_is_its_own_canonical_text(text: str) -> None:
    """canonical() is idempotent and total, on any text."""
    once = canonical(text)
    assert once == canonical(once)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffNeutral", "neutral"),
        ("```\nneutral\n```", "neutral"),
        ('```json\n{"label": "NEUTRAL"}\n```', "neutral"),
        ("```neutral```", "neutral"),
        ('{"label": null}', "null"),
        ('{" LABEL ": "Neutral.", "Confidence": 0.9}', "neutral"),
        ('{"label": "positive", "sentiment": "Positive."}', "positive"),
        ("<think>Hm.</think>Neutral", "neutral"),
        ("<THINK>Hm.\n</think>\n\nNeutral", "neutral"),
        ("<think></think><think></think>Neutral", "<think></think>neutral"),
        ("Neutral <think>Hm.</think>", "neutral <think>hm.</think>"),
        ("<think>a</think>", ""),
    ],
)
def test_unwrap(text: str, expected: str) -> None:
    """A mark, one reasoning block, one fence and one JSON object are opened, each once."""
    assert expected == unwrap(text, KEYS, {"confidence"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("posi\u200btive", "invisible"),
        ("posi\u00adtive", "invisible"),
        ("positive\u202e", "invisible"),
        ("posi\x00tive", "invisible"),
        ("positive\ud800", "invisible"),
        ("\ufeff\ufeffpositive", "invisible"),
        ('{"label": "posi\\u200btive"}', "invisible"),
        ("рositive", "confusable"),
        ("pοsitive", "confusable"),
        ('{"label": "\\u0440ositive"}', "confusable"),
        ("<think>Hm.", "truncated"),
        ('{"label": "positive"', "malformed_json"),
        ('{"label": "positive"} so it is', "malformed_json"),
        ('{"label": "positive", "label": "negative"}', "malformed_json"),
        ('{"label": ' + "9" * 5000 + "}", "malformed_json"),
        ('{"label": ' * 5000, "malformed_json"),
        ('{"label": "positive", "Label": "negative"}', "conflicting"),
        ('{"mood": "positive"}', "undeclared"),
        ("{}", "undeclared"),
        ('{"label": ["positive"]}', "undeclared"),
        ('{"label": true}', "undeclared"),
        ('{"label": 1}', "numeric"),
        ('{"label": 0.5}', "numeric"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What could disguise a word, or is broken, is refused with its reason and never repaired."""
    with pytest.raises(Refused) as caught:
        unwrap(text, KEYS)
    assert reason == caught.value.reason
