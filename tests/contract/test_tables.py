"""Tables and lines of keys and values: read like one JSON object, or not at all."""

import pytest

from polarity.contract import load_contract
from polarity.contract.tables import read_lines, read_table
from polarity.contract.unwrapping import unwrap

from .review.successors import BASE, with_value

CONTRACT = load_contract()
RULE = "|---|:-:|"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (f"| Text | Label |\n{RULE}\n| a | b |", {"Text": "a", "Label": "b"}),
        (f"|Text|Label|\r\n{RULE}\r\n|a|b|", {"Text": "a", "Label": "b"}),
        (
            f"| Key | Value |\n{RULE}\n| Label | b |\n| Reason | c |",
            {"Key": "Value", "Label": "b", "Reason": "c"},
        ),
        (f"| Sentiment | Positive |\n{RULE}\n| Reason | c |", {"Sentiment": "Positive", "Reason": "c"}),
        (f"| Text | Label (positive, negative, neutral) |\n{RULE}\n| a | b |", {"Text": "a", "label": "b"}),
        (f"| Text | Label |\n{RULE}\n| a | b |\n| c | d |", None),
        (f"| Text | Label |\n{RULE}\n| a | b | c |", None),
        (f"| Label | Label |\n{RULE}\n| a | b |", None),
        (f"| Text | Label |\n{RULE}", None),
        ("| Text | Label |\n| a | b |", None),
        ("a | b", None),
    ],
)
def test_read_table(table: str, expected: dict[str, str] | None) -> None:
    """One row stands under its header; of two columns without a label's key each row is a pair."""
    found = read_table(table, CONTRACT)
    assert expected == (None if found is None else dict(found.values))


def test_what_stands_around_a_table() -> None:
    """What is before and behind it is kept; a second table makes none of them the answer."""
    table = f"| Text | Label |\n{RULE}\n| a | b |"
    found = read_table(f"Here:\n\n{table}\nSo it is.", CONTRACT)
    assert found is not None
    assert ("Here:\n\n", "\nSo it is.") == (found.before, found.behind)
    assert None is read_table(f"{table}\n\n{table}", CONTRACT)


def test_a_cut_cell_goes_on() -> None:
    """What the token limit cut is no whole value; a row that is closed is."""
    table = f"| Text | Label |\n{RULE}\n| a | posi"
    found, closed = read_table(table, CONTRACT, cut=True), read_table(f"{table}tive |", CONTRACT, cut=True)
    assert found is not None
    assert closed is not None
    assert ("posi ...", "positive") == (found.values["Label"], closed.values["Label"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Topic: a\n**Sentiment:** b", {"Topic": "a", "**Sentiment": "** b"}),
        ("- Topic: a\n- Sentiment: b", {"Topic": "a", "Sentiment": "b"}),
        ("1. Topic: a\n\n2. Sentiment: b", {"Topic": "a", "Sentiment": "b"}),
        ("Sentiment: b\nTopic: a", None),
        ("Topic: a\nTopic: b", None),
        ("Topic: a\nand more", None),
        ("Review: a\nSentiment: b", None),
        ("Review 2: a\nSentiment: b", None),
        ("Example: a\nSentiment: b", None),
        ("Feedback: it did not work at all\nSentiment: b", None),
        ("The customer said: a\nSentiment: b", None),
        ("Confidence: 10%\nSentiment: b", None),
        ("Topic: a", None),
        ("positiveview: it flickers\nsentiment: negative", None),  # cut within
    ],
)
def test_read_lines(text: str, expected: dict[str, str] | None) -> None:
    """Every line has a key of its own; an input that the model writes itself makes it none."""
    found = read_lines(text, CONTRACT)
    assert expected == (None if found is None else dict(found.values))


@pytest.mark.parametrize(
    "text",
    [
        "✅ Topic: food\nSentiment: positive",
        "[Topic: food\nSentiment: positive]",
        "> Topic: food\nSentiment: positive",
        "✅ | Text | Sentiment |\n|---|---|\n| a | positive |",
        " topicReview: I can't sto{p laughing.\nSentiment: positive",
        "[ topicview: I can't stop laughing.\nSentiment: positive] ",
    ],
)
def test_lines_that_canonical_text_shows(text: str) -> None:
    """What a picture, brackets or a capital hide is read as it is without them."""
    found = unwrap(text, CONTRACT)
    assert "positive" == found.text
    assert "table" in {what for what, _ in found.taken}


def test_tables_are_read_only_where_declared() -> None:
    """By default a table is what it was: bars and words."""
    table = f"| Why | Answer |\n{RULE}\n| a | yes |"
    assert "|" in unwrap(table, BASE).text
    opened = unwrap(table, with_value("rules.tables", value=True))
    assert ("yes", "a") == (opened.text, opened.explanation)
