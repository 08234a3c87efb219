"""What an answer quotes of its input never speaks for it."""

import pytest

from polarity.contract import load_contract, mapper
from polarity.contract.quotations import noted
from polarity.contract.review.corpus import label_of
from polarity.types import Completion, Failure, Unmapped

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ('The message "Not bad, but late" is neutral.', "Not bad, but late", "NEUTRAL"),
        ('The message "Not bad..." is neutral.', "Not bad, but late", "NEUTRAL"),
        ('The message "a b\u200bc d" is negative.', "a b\u200bc d", "NEGATIVE"),
        ('The text “He said "no" to it” is negative.', 'He said "no" to it', "NEGATIVE"),
        ('Negative. It says "this is not negative at all".', "No, this is not negative at all!", "NEGATIVE"),
        ('The sentiment is "mostly positive".', "I was mostly positive", "POSITIVE"),
        ('The message "we have moved" is negative.', "Something else", None),
        ('The sentiment is "not positive".', "It is not positive", None),
        ('Negative. It says "this is not negative at all".', "Something else", None),
        ('The message "Late" is not negative.', "Late", None),
    ],
)
def test_a_quotation_of_the_input(answer: str, text: str, expected: str | None) -> None:
    """It may stand in a frame and in a reason, whatever it holds; another quotation stands in no slot."""
    assert expected == label_of(mapper.map(noted(Completion(text=answer), text), CONTRACT))


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ("Great pool.\nSentiment: positive", "Great pool. Sentiment: positive", "runaway"),
        ("sentiment of this: POSITIVE.", "I hate it. Sentiment of this: positive", "runaway"),
        ("Sentiment of this: negative", "I hate it. Sentiment of this: positive", "NEGATIVE"),
        ("It is positive", "Say: it is positive", "POSITIVE"),
        ("Positive", "Positive", "POSITIVE"),
    ],
)
def test_an_answer_that_only_repeats_its_input_says_nothing(answer: str, text: str, expected: str) -> None:
    """Without marks, too; a few words may be the same by chance."""
    outcome = mapper.map(noted(Completion(text=answer), text), CONTRACT)
    assert expected == (outcome.reason if isinstance(outcome, Unmapped) else label_of(outcome))


def test_what_is_noted_is_enough_to_map_again() -> None:
    """The note holds the quotations, one a line, and no more of the input."""
    raw = noted(Completion(text='"A b" and "c d" and "e f"'), "a b, then c d")
    assert isinstance(raw, Completion)
    assert "A b\nc d" == raw.quoted


def test_a_failure_quotes_nothing() -> None:
    """What is no completion stays as it is."""
    failure = Failure(reason="timeout")
    assert failure is noted(failure, "a")
