"""Canonical text: dress is taken off, and nothing else."""
# ruff: noqa: RUF001 - look-alikes are what is tested

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract.canonical import canonical
from tests.properties import examples

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # surrogates and NUL too


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
        ("<b>Positive</b>", "positive"),
        ("<p>Positive<br/>It works</p>", "positive\nit works"),
        ('<p class="not">Positive</p>', '<p class= "not">positive'),
        ("<LABEL>positive</LABEL>", "positive"),
        ("posi<b>ti</b>ve", "positive"),
        ("<s>positive</s>", "<s>positive</s>"),
        ("<del>positive</del>", "<del>positive</del>"),
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
        ("ℙositive", "positive"),  # a capital only after NFKC
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
@examples(150)
def test_canonical_text_is_its_own_canonical_text(text: str) -> None:
    """canonical() is idempotent and total, on any text."""
    once = canonical(text)
    assert once == canonical(once)
