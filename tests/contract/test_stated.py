"""Leading statements with their reasons, and openings that say nothing."""

import pytest

from polarity.contract import load_contract, mapper
from polarity.contract.stated import behind_preambles, read_stated
from polarity.contract.statements import Reading
from polarity.types import Completion, Span, Unmapped, Verdict

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("text", "label", "rule", "span"),
    [
        ("positive. it works", "POSITIVE", "stated/exact/positive", "positive"),
        ("mostly negative, because it broke", "NEGATIVE", "stated/modified/mostly", "mostly negative"),
        ("not great: it broke", "NEGATIVE", "stated/phrase/not great", "not great"),
        ("mixed. some like it", None, "stated/abstain/mixed", "mixed"),
        (
            'the sentiment is "positive". it works',
            "POSITIVE",
            "stated/frame/the sentiment is {label}",
            "positive",
        ),
        ("a positive review of the film", "POSITIVE", "stated/frame/a {label} review", "positive"),
        ("neutral\nit states facts", "NEUTRAL", "stated/exact/neutral", "neutral"),
        ("neutral | it states facts", "NEUTRAL", "stated/exact/neutral", "neutral"),
        ("label: neutral / reason: facts", "NEUTRAL", "stated/frame/label: {label}", "neutral"),
        ("[neutral] it states facts", "NEUTRAL", "stated/exact/neutral", "neutral"),
        ("neutral it states facts", "NEUTRAL", "stated/exact/neutral", "neutral"),
        ("positive this praises the driver", "POSITIVE", "stated/exact/positive", "positive"),
    ],
)
def test_reading(text: str, label: str | None, rule: str, span: str) -> None:
    """The rule names what the statement is by itself; the span is the statement's."""
    found = read_stated(text, CONTRACT)
    assert isinstance(found, Reading)
    start = text.index(span)
    assert (label, rule, Span(start, start + len(span), span)) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("positive. it is negative", "multiple_labels"),
        ("a positive review with a caveat", "contrast"),
        ("it is positive that they came", None),
        ("positively. glowing", Reading),
        ("positive | negative", "multiple_labels"),
        ("positive | negative | neutral", "label_echo"),
        ("positive/negative", None),
        ("[neutral] or [positive]", "multiple_labels"),
        ("neutral] it states facts", None),
        ("[not] positive", None),
        ("positive it is not", "negated"),
        ("positive feedback loops", None),
        ("mostly positive it works", None),
        ("4.5 positive. yes", None),
        ("positive with a caveat", None),
        ("", None),
    ],
)
def test_no_reading(text: str, expected: object) -> None:
    """A void reason is named; what is no leading statement is left to the other rules."""
    found = read_stated(text, CONTRACT)
    assert expected == (type(found) if isinstance(found, Reading) else found)


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("sure! positive", "positive"),
        ("sure, here is the sentiment: positive", "positive"),
        ("based on the text, positive", "positive"),
        ("sure positive", "sure positive"),
        ("not sure: positive", "not sure: positive"),
        ("sure, sure, sure, sure, positive", "sure, positive"),
    ],
)
def test_openings_are_skipped(text: str, behind: str) -> None:
    """At most three declared openings, each ended by a mark, are skipped, and no other words."""
    assert behind == text[behind_preambles(text, CONTRACT) :]


def test_the_span_counts_from_the_start_of_the_canonical_text() -> None:
    """Behind an opening, a span still says where it stands in the whole text."""
    outcome = mapper.map(Completion(text='Sure! Based on the text, "Positive".'), CONTRACT)
    assert isinstance(outcome, Verdict)
    start = len('sure! based on the text, "')
    assert Span(start, start + len("positive"), "positive") == outcome.span


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Positive. The staff were ki", "POSITIVE"),
        ("Positive.", "POSITIVE"),
        ("The sentiment is negative\n", "NEGATIVE"),
        ('{"label": "neutral"}\n\nThe te', "NEUTRAL"),
        ("Positive", None),
        ("The sentiment is pos", None),
        ("Positive, be", None),
        ("The customer is frustra", None),
        ('{"label": "neutral"', None),
    ],
)
def test_a_cut_answer_counts_if_its_statement_is_complete(text: str, label: str | None) -> None:
    """A tail that the token limit cut is no matter; a statement that may go on is truncated."""
    outcome = mapper.map(Completion(text=text, finish_reason="length"), CONTRACT)
    if label is None:
        assert isinstance(outcome, Unmapped)
        assert "truncated" == outcome.reason
    else:
        assert isinstance(outcome, Verdict)
        assert label == outcome.label
