"""Sentences are matched word by word, with slots, in time linear in their length."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract import load_contract, mapper
from polarity.contract.frames import frame_problem, sentence_problem
from polarity.contract.parts import groups, inlined, read_sentence_pattern
from polarity.contract.patterns import parsed
from polarity.contract.sentences import LABEL, Sentences, plain_words, tokens
from polarity.contract.slots import around_single, slots
from polarity.contract.statements import read_framed, read_whole
from polarity.types import Completion

CONTRACT = load_contract()
READ = Sentences(
    map(
        parsed,
        [
            "the tone[s] [of {words}] (is|seems[ to be]) {label}",
            "the (author|writer)'s tone: {label}",
            "the text {quote} is {label}",
        ],
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the tone is {label}", (0,)),
        ("the tones of the u.s. news is {label}", (0,)),
        ("the tone of mr. black seems to be {label}", (0,)),
        ("the writer's tone: {label}", (1,)),
        ('the text "we have moved. why?" is {label}', (2,)),
        ("the tone of . is {label}", ()),
        ("the tone of " + "a " * 11 + "is {label}", ()),
        ("the tone", ()),
        ("", ()),
    ],
)
def test_whole(text: str, expected: tuple[int, ...]) -> None:
    """Slots take a bounded number of words, of one sentence, or one closed quotation."""
    assert expected == READ.whole([token.text for token in tokens(text)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the tone is negative and dismissive", ("NEGATIVE", "negative and dismissive")),
        ("the tone is harsh and very negative", ("NEGATIVE", "harsh and very negative")),
        ("the tone is mostly positive", ("POSITIVE", "mostly positive")),
        ("the tone is unclear", (None, "unclear")),
        ("the tone is positive and negative", None),
        ('the text "it is negative today" is neutral', ("NEUTRAL", "neutral")),
    ],
)
def test_slots(text: str, expected: tuple[str | None, str] | None) -> None:
    """A statement is its label's word, its modifiers, and companions of the same label."""
    words = tokens(text)
    found = next(slots(text, words, list(CONTRACT.alias_pattern.all_in(text)), CONTRACT), None)
    assert expected == (found and (found.label, text[words[found.first].start : words[found.last].end]))


PIECES = [
    "positive",
    "negative",
    "very",
    "tone",
    "the",
    "is",
    "é",
    "1",
    " ",
    "\n",
    ":",
    "-",
    "·",
    ",",
    "'",
    "'s",
    '"',
    ".",
]
SENTENCES = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@given(SENTENCES)
def test_plain_words_are_the_tokens(text: str) -> None:
    """Where words are found at once they are what `tokens` finds one by one."""
    words = plain_words(text)
    assert words is None or words == [token.text for token in tokens(text)]


@given(SENTENCES)
def test_a_label_alone_is_the_one_slot(text: str) -> None:
    """Where a label's word is seen to stand alone, it is the only way to read the sentence."""
    named = list(CONTRACT.alias_pattern.all_in(text))
    around = around_single(text, named[0], CONTRACT) if len(named) == 1 else None
    if around is not None:
        words = tokens(text)
        (slot,) = slots(text, words, named, CONTRACT)
        texts = [word.text for word in words]
        assert [*texts[: slot.first], LABEL, *texts[slot.last + 1 :]] == around


@pytest.mark.parametrize(
    "text",
    [
        "very positive",
        "it is very positive",
        "positive and kind",
        "it's positive",
        "'positive' it is",
        "u.s.: positive",
    ],
)
def test_a_label_that_may_have_more_is_not_read_at_once(text: str) -> None:
    """A modifier, a joint, quotation marks and full stops inside are read word by word."""
    assert around_single(text, next(CONTRACT.alias_pattern.all_in(text)), CONTRACT) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("positive positive", "POSITIVE"),
        ("positive, positive and positive", "POSITIVE"),
        ("positive\n\npositive", "POSITIVE"),
        ("positive and ", "POSITIVE"),
        ("positive positively", None),
        ("positive negative", None),
        ("positive, positive, negative", None),
        ("positive positive: positive", None),
    ],
)
def test_a_word_repeated(text: str, expected: str | None) -> None:
    """One label's word over and over, whatever joins it, is said once; anything else beside it is not."""
    found = read_whole(text, CONTRACT)
    assert expected == (found and found.label)


@pytest.mark.parametrize(
    "text",
    [
        "the attitude towards the mayor who is not loved is positive",
        "the attitude towards the mayor, though old, is positive",
        "the attitude towards negative news is positive",
        "the attitude towards the mayor could also be is positive",
    ],
)
def test_words_that_only_name_may_not_say_more(text: str) -> None:
    """A slot that holds a negator, a contrast, a label or a retraction lets nothing pass."""
    assert read_framed(text, CONTRACT) is None


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{words} is {label}", "begins with {words}"),
        ("the tone is {label} {words}", "right behind {label}"),
        ("tone {words} {label}", "right before {label}"),
        ("tone {words}: {label}", "fewer than 2 words"),
        ("is it {label}?", "may not ask"),
        ("the answer", "must hold {label} exactly once"),
        ("[the answer is {label}]", "must hold {label} exactly once"),
        ("{label} or {label}", "must hold {label} exactly once"),
    ],
)
def test_a_frame_that_could_be_anything_is_refused(pattern: str, problem: str) -> None:
    """A frame has one statement, and words enough of its own."""
    assert problem in (frame_problem(parsed(pattern)) or "")


def test_a_sentence_that_declines_holds_no_label() -> None:
    """What states no label may not have its slot."""
    assert "holds {label}" in (sentence_problem(parsed("the tone of {label} is unclear")) or "")


def test_parts_are_put_in_their_places() -> None:
    """A part stands for any of its patterns, also within other parts; one declared below is unknown."""
    parts = {"noun": ("tone", "mood"), "whose": ("the <noun>",)}
    assert "(the (tone|mood)) is {label}" == inlined("<whose> is {label}", parts)
    read = Sentences([read_sentence_pattern("<whose> is {label}", groups(parts))])
    assert (0,) == read.whole(["the", "mood", "is", "{label}"])
    with pytest.raises(ValueError, match="names <noun>"):
        groups(dict(reversed(parts.items())))


@pytest.mark.parametrize("piece", ["of the text ", "the attitude towards ", "a's ", '"a ', "so, ", "sad. "])
def test_time_is_linear(piece: str) -> None:
    """No sentence at the cap takes more than a moment."""
    text = (piece * 4000)[:3980] + " is negative"
    mapper.map(Completion(text="so, it is negative"), CONTRACT)
    started = time.thread_time()
    mapper.map(Completion(text=text), CONTRACT)
    assert time.thread_time() - started < 1.0
