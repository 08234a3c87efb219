"""What an answer says first, of which somebody may get no more."""

import pytest

from polarity.contract import load_contract, mapper
from polarity.contract.first_said import may_turn, says_another_first
from polarity.contract.review.corpus import label_of
from polarity.types import Completion

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("positive", True),
        ("positively not so", True),
        ("the sentiment is mostly positive here and there", True),
        ("negative", False),
        ("not positive", False),
        ("it uses positive words", False),
        ("positive points are few", False),
        ("neutral at first", True),
        ("option a: positive\noption b: ne", True),
        ("(a) negative (b) positive", False),
        ("the author is happy with it", True),
        ("the author is happy, yet it broke", False),
        ("the author is happy. they smile", True),
        ("the author is happy. but they do not smile", False),
        ("the author is happy. they do not like it, though", True),
        ("it works", False),
    ],
)
def test_says_another_first(text: str, expected: bool) -> None:
    """What states by itself counts: a label's word, a choice, a description that does not turn at once."""
    assert expected is says_another_first(text, "NEGATIVE", CONTRACT)


def test_what_follows_may_turn_from_a_description() -> None:
    """One sentence that describes may be turned from; behind a second one that comes too late."""
    assert not says_another_first("the author is happy with it", "NEGATIVE", CONTRACT, turns=True)
    assert says_another_first("the author is happy. it works", "NEGATIVE", CONTRACT, turns=True)


def test_an_abstention_has_no_other_side() -> None:
    """Who declines behind a label's word is held to account elsewhere."""
    assert not says_another_first("positive", None, CONTRACT)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (" with it", False),
        (". however, it broke", False),
        (". ...", True),
        (".\nthey wr ...", True),
        (". they write that it bro ...", True),
        (". they write that it broke on the fi ...", False),
    ],
)
def test_may_turn(rest: str, expected: bool) -> None:
    """What was cut may turn until so many words of its next sentence are there; what was not cut is whole."""
    assert expected is may_turn(rest)


@pytest.mark.parametrize(
    "text",
    [
        "(A) positive (B) negative (C) ne\nThe correct answer is: negative",
        "The customer is very angry because the parc, because  Positive\n\nThe answer is: Positive",
        "Sentiment: positiva mixed sentimentse\nSentiment: negative",
        "Negative beca  positive. The review is positive, and I am happy to help",
        "The author is disappointed by the plot. However, they have some humor. The answer is: positive",
        "The customer is happy with the food and frustrated with the staff.\nSentiment: negative",
        "The customer was disappointed at first, but is now happy. Sentiment: positive",
    ],
)
def test_the_beginning_of_what_is_read_never_says_the_opposite(text: str) -> None:
    """Cut by the token limit, at whatever place, an answer gets its own label or none."""
    label = label_of(mapper.map(Completion(text=text), CONTRACT))
    short = [Completion(text=text[:end], finish_reason="length") for end in range(len(text))]
    assert label is None or {label_of(mapper.map(cut, CONTRACT)) for cut in short} <= {label, None}
