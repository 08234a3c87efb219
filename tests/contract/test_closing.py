"""Closing statements: what may stand before and behind them, and what voids them."""

import pytest

from polarity.contract import load_contract
from polarity.contract.closing import read_closing
from polarity.contract.mentions import competes
from polarity.contract.statements import Reading

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the parcel came late. therefore, the sentiment is negative", "NEGATIVE"),
        ("the pool was warm.\npositive", "POSITIVE"),
        ("although the queue was long, the overall sentiment is positive", "POSITIVE"),
        ("it leaks, so the sentiment is negative", "NEGATIVE"),
        ("it leaks.\nsentiment: negative\nlet me know if you need more", "NEGATIVE"),
        ("it leaks. the answer is negative because it leaks", "NEGATIVE"),
        ("the tone is positive. the sentiment is negative", "multiple_labels"),
        ("the tone is not negative. the sentiment is negative", "negated"),
        ("the tone cannot be determined, so the sentiment is neutral", "conflicting"),
        ("the tone isn't negative.\nsentiment: negative", "negated"),
        ("review: it leaks.\nsentiment: negative", "runaway"),
        ("mostly negative or so, therefore, it is positive overall", "multiple_labels"),
        ("it is neutral thus, therefore: the tone is positive", "multiple_labels"),
        ("it is neutral, so, therefore, the sentiment is positive", "multiple_labels"),
        ("therefore, the tone is neutral / therefore, the tone is positive", "multiple_labels"),
        ("here is another one: review: it leaks.\nsentiment: negative", "runaway"),
        ("i cannot help with that.\nsentiment: neutral", "refusal"),
        ("it leaks. is the sentiment negative?", None),
        ("it is not true that\nthe sentiment is negative", None),
        ("not\npositive", None),
        ("negative beca positive. the review is positive", "multiple_labels"),
        ("sentiment: positiva mixed sentimentse\nsentiment: negative", "multiple_labels"),
        ("sentiment: negativish. the answer is: positive", "multiple_labels"),
        ("(a) positive (b) negative (c) neutral\nthe answer is: negative", "multiple_labels"),
        ("(a) positive (b) ne\nthe answer is: negative", "multiple_labels"),
        ("negative aspects are few. the answer is: positive", "POSITIVE"),
        ("the customer is angry because it is late.\nthe answer is: positive", "conflicting"),
        ("the customer is angry. they write a lot.\nthe answer is: positive", "multiple_labels"),
        ("the customer was angry, but they got a refund.\nthe answer is: positive", "POSITIVE"),
        ("the customer is angry. however, they got a refund.\nthe answer is: positive", "POSITIVE"),
        (
            "the customer is happy with the food and furious with the staff.\nthe answer is: negative",
            "NEGATIVE",
        ),
        ("the staff were kind. they were positive", None),
        ("it leaks. the sentiment is negative. the price is fair", None),
    ],
)
def test_closing(text: str, expected: str | None) -> None:
    """The last line, sentence or clause states, and nothing before it competes."""
    found = read_closing(text, CONTRACT)
    assert expected == (found.label if isinstance(found, Reading) else found)


def test_the_span_counts_from_the_start() -> None:
    """A span says where the label stands in the whole text, and the rule that it closes the answer."""
    text = "it leaks. therefore, the sentiment is negative"
    found = read_closing(text, CONTRACT)
    assert isinstance(found, Reading)
    assert ("negative", text.index("negative")) == (found.span.text, found.span.start)
    assert "closing/frame/therefore, the sentiment is {label}" == found.rule


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("it uses negative words", "POSITIVE", None),
        ("it is more negative than positive", "NEGATIVE", None),
        ("options: positive, negative, neutral", "NEUTRAL", None),
        ("it could be positive or negative", "POSITIVE", None),
        ("the food: negative", "POSITIVE", "multiple_labels"),
        ("it is a negative review", "POSITIVE", "multiple_labels"),
    ],
)
def test_competing(text: str, label: str, expected: str | None) -> None:
    """To name a label, to deny it or to weigh it is no statement; a frame, a verb or a colon makes it one."""
    assert expected == competes(text, label, CONTRACT)


@pytest.mark.parametrize(
    ("choices", "label", "expected"),
    [
        ("it is positive, negative, or neutral", "NEGATIVE", None),
        ("it is not positive, negative, or neutral", "NEGATIVE", "negated"),
        ("it is not 'positive', 'negative' or 'neutral'", "NEUTRAL", "negated"),
        ("it is positive, not negative, or neutral", "NEGATIVE", "negated"),
        ("it is positive, not negative, or neutral", "POSITIVE", None),
        ("it is neutral, neither positive nor negative", "NEUTRAL", None),
    ],
)
def test_choices_that_are_denied(choices: str, label: str, expected: str | None) -> None:
    """A list of all labels states none of them, but a "not" denies each that follows it in the list."""
    assert expected == competes(choices, label, CONTRACT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the user wrote: i hate it. sentiment: negative", "NEGATIVE"),  # whose it is does not matter
        ("the user wrote: i hate it. sentiment: positive", "runaway"),
        ("the user wrote: i hate it, but it works. sentiment: negative", "runaway"),
        ("the user asked: do they hate it? sentiment: negative", "runaway"),
        ("the user wrote: it is blue. sentiment: negative", "runaway"),
        ("as the customer put it, the sentiment is positive", "runaway"),
        ("it broke. the author says: no. sentiment: negative", "runaway"),
        ("the user wrote: i hate it.\nsentiment: negative", "NEGATIVE"),
        ("the user wrote that it broke. sentiment: negative", "NEGATIVE"),
    ],
)
def test_an_input_repeated_in_the_line_voids(text: str, expected: str) -> None:
    """Without quotation marks nobody knows where it ends; in a line of its own it does."""
    found = read_closing(text, CONTRACT)
    assert expected == (found.label if isinstance(found, Reading) else found)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("nobody thinks", None),
        ("the claim that", None),
        ("if it had worked", None),
        ("2. the guest would not come back again", "POSITIVE"),
        ('2. "nobody cared": praise', "POSITIVE"),
        ("the staff are praised", "POSITIVE"),
    ],
)
def test_a_line_that_breaks_off(before: str, expected: str | None) -> None:
    """It may deny what follows; an item of a list is whole, and what is quoted denies nothing."""
    found = read_closing(f"{before}\nthe sentiment is positive", CONTRACT)
    assert expected == (found.label if isinstance(found, Reading) else found)
