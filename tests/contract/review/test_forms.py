"""Answers become forms: what differs from text to text is a slot."""

import pytest

from polarity.contract import load_contract
from polarity.contract.review.forms import form_of
from polarity.contract.review.lexicon import lexicon

WORDS = lexicon(load_contract(), ["Bravo! The memo is positive.", "Bravo! The memo is fine."])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Positive!", "{label}"),
        ("**Negative**.", "{label}"),
        ('It is "neutral".', "it is {label}"),
        ("The memo is positive.", "the memo is {label}"),
        ("The sentiment towards Acme Ltd is negative.", "the sentiment towards {words} is {label}"),
        ("The view of the old mill of Smallville is negative", "the view of the old {words} is {label}"),
        ('The text "Not bad. I like it!" is positive.', "the text {quote} is {label}"),
        ("The text 'It's negative' is positive.", "the text {quote} is {label}"),
        ("positive // 0.9", "{label} // {number}"),
        ("positive and negative", "{label} and {other}"),
        ("The pool leaked for days. Result: negative", "... result: {label}"),
        ("Positive. It is not negative.", "{label}. ... {other} ..."),
        ("Positive. They smiled.\nThey waved.", "{label}. ..."),
        ("Bravo! It is positive.", "bravo. it is {label}"),
        ("Positive since they came late and left without a word", "{label} since they ..."),
        ("```yaml\npositive\n```", "```yaml {label}```"),
        ("<musing>Is it negative?</musing> positive", "<musing>...</musing> {label}"),
        ("positive<|stop|>", "{label}<|stop|>"),
        ('{"mood": "positive", "why": "ok", "sure": 1}', '{"mood": {label}, "why": ..., "sure": {number}}'),
        ('{"mood": ["positive"], "ok": true}', '{"mood": ..., "ok": ...}'),
        ("{positive", "{{label}"),
        ("[]", "..."),
        ("", "..."),
    ],
)
def test_a_form_has_slots_for_what_differs(text: str, expected: str) -> None:
    """Label words, numbers, quotations and names are slots; what else was said is an ellipsis."""
    assert expected == form_of(text, WORDS).shown


def test_names_are_words_that_neither_the_contract_nor_other_answers_have() -> None:
    """A word that two answers have stays, one that only one has is a name."""
    assert "the memo is {label}" == form_of("The memo is positive.", WORDS).shown
    assert "the {words} is {label}" == form_of("The leaflet is positive.", WORDS).shown


def test_a_capitalised_word_within_a_sentence_is_a_name_however_many_have_it() -> None:
    """A report about one company holds its name in every answer."""
    words = lexicon(load_contract(), ["It praises Acme.", "It scolds Acme."])
    assert "it is {label} about {words}" == form_of("It is positive about Acme", words).shown


@pytest.mark.parametrize(
    ("text", "sentence", "plain", "before", "behind"),
    [
        ("Positive. It works.", "{label}", "{label}", (), ("it works",)),
        (
            "It broke. So the leaflet is negative.",
            "so the {words} is {label}",
            "so the leaflet is {label}",
            ("it broke",),
            (),
        ),
        (
            "They call it negative. They call it odd.",
            "they call it {label}",
            "they call it {label}",
            (),
            ("they call it odd",),
        ),
    ],
)
def test_the_stating_sentence_is_told_from_the_others(
    text: str, sentence: str, plain: str, before: tuple[str, ...], behind: tuple[str, ...]
) -> None:
    """It is the first or the last that names a label, with all slots and with the label's alone."""
    found = form_of(text, WORDS)
    assert (sentence, plain, before, behind) == (found.sentence, found.plain, found.before, found.behind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Positivt.", ("positivt", "POSITIVE")),
        ("Sentiment: negativt", ("negativt", "NEGATIVE")),
        ("positivt og negativt", None),
        ("Positive, positivt", None),
        ("Posh.", None),
    ],
)
def test_a_word_like_a_labels_is_kin(text: str, expected: tuple[str, str] | None) -> None:
    """One unknown word that begins as one label's words do, where no label is named."""
    assert expected == form_of(text, WORDS).kin


def test_of_a_long_answer_the_beginning_and_the_end_are_looked_at() -> None:
    """A megabyte of quotes, lines and labels costs no more than four thousand characters."""
    noise = "'a'b\n\"x. positive 1\n" * 50_000
    assert (
        "result: {label}" == form_of(f"It is so.\n{noise}Result: negative", WORDS).shown.rpartition("... ")[2]
    )
