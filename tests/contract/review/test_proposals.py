"""Forms propose lines: of what an answer says, for lists that the file has."""

import pytest

from polarity.contract import load_contract
from polarity.contract.review.amending import Line
from polarity.contract.review.forms import form_of
from polarity.contract.review.lexicon import Lexicon, Word, lexicon, tables
from polarity.contract.review.proposals import Lines, proposals

CONTRACT = load_contract()
TABLES = tables(CONTRACT)
WORDS = lexicon(CONTRACT, ["Aha then! Positive.", "Aha then! Negative."])


def proposed(text: str, says: str | None = None) -> list[Lines]:
    """Everything that is proposed for an answer."""
    return list(proposals(form_of(text, WORDS), TABLES, WORDS, says))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("The memo is positive.", [("rules.frames", "the memo is {label}")]),
        ("The memo is positive.", [("rules.frames", "the {words} is {label}")]),
        ("Positive, saluting them.", [("rules.separators", ", saluting")]),
        ("Positive ~ they smiled.", [("rules.separators", " ~")]),
        ("A positive review throughout", [("rules.tails", "throughout")]),
        ("Positive whatever they say", [("rules.openers", "whatever")]),
        ("solidly positive", [("rules.modifiers", "solidly")]),
        ("By the way, it is positive", [("rules.preambles", "by the way")]),
        ("Aha then! It is positive", [("rules.preambles", "aha then")]),
        ("By and by, hm: it is positive", [("rules.preambles", "by and by"), ("rules.preambles", "hm")]),
        (
            "By the way, the memo is positive",
            [("rules.frames", "the memo is {label}"), ("rules.preambles", "by the way")],
        ),
        (
            "The memo is positive, saluting them all for an hour at least",
            [("rules.frames", "the memo is {label}"), ("rules.separators", ", saluting")],
        ),
        ("positive // 0.9", [("rules.scores", "{label} // {number}")]),
        ("2) positive", [("rules.code_forms", "{code}) {label}")]),
        ("positive<|stop|>", [("rules.end_tokens", "<|stop|>")]),
        ("```yaml\npositive\n```", [("rules.fence_tags", "yaml")]),
        ("<musing>Hm.</musing> positive", [("rules.reasoning_tags", "musing")]),
        ("positive\n\nScene: it leaks.", [("rules.next_examples", "scene:")]),
        (
            '{"mood": "positive", "cause": "it works", "sure": 1}',
            [
                ("rules.json_keys", "mood"),
                ("rules.json_reason_keys", "cause"),
                ("rules.json_side_keys", "sure"),
            ],
        ),
        (
            '{"mood": "positive", "hue": "negative"}',
            [("rules.json_keys", "mood"), ("rules.json_side_keys", "hue")],
        ),
        ("Positivt.", [("rules.aliases.POSITIVE", "positivt")]),
        (
            "The mood: positivt",
            [("rules.aliases.POSITIVE", "positivt"), ("rules.frames", "the mood: {label}")],
        ),
    ],
)
def test_what_an_answer_says_is_proposed(text: str, lines: list[tuple[str, str]]) -> None:
    """Each list of the contract that could make an answer read gets the part of it that it would need."""
    assert tuple(Line(*line) for line in lines) in proposed(text)


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("Dreadful stuff.", "NEGATIVE", ("rules.phrases.NEGATIVE", "dreadful stuff")),
        (
            "The customer feels overwhelmed by it all, and says so at once",
            "NEGATIVE",
            ("rules.description.cues.NEGATIVE", "overwhelmed"),
        ),
        ("Who knows.", "abstain", ("rules.abstain", "who knows")),
        ("It is for the zookeeper to say", "abstain", ("rules.abstaining", "it is for the {words} to say")),
    ],
)
def test_what_a_reader_found_is_proposed(text: str, says: str, line: tuple[str, str]) -> None:
    """An answer without a label's word means what a reader found in it."""
    assert (Line(*line),) in proposed(text, says)


def test_a_meaning_is_never_guessed() -> None:
    """Without a label's word and without a reader there is nothing to propose."""
    assert [] == proposed("Dreadful stuff.")


def test_what_the_contract_has_already_is_left_out() -> None:
    """Of an opening of two parts only the unknown one is proposed."""
    assert (Line("rules.preambles", "boss"),) in proposed("Sure, boss, it is positive")


@pytest.mark.parametrize(
    "text", ["The mood (or so) is positive", "The mood [sic] is positive", "a|b is positive"]
)
def test_no_pattern_is_made_by_accident(text: str) -> None:
    """Brackets and bars of an answer would be a pattern's."""
    assert not [line for lines in proposed(text) for line in lines if line.key == "rules.frames"]


@pytest.mark.parametrize(
    "text", ["Positive, but they smiled.", "Positive ~ not today", "A positive review yet"]
)
def test_what_turns_or_denies_opens_no_reason(text: str) -> None:
    """A reader would not take what stands before it for the answer."""
    opening = {"rules.separators", "rules.tails", "rules.openers"}
    lines = [line for found in proposed(text) for line in found if line.key in opening]
    assert not {"but", "not", "yet"}.intersection(word for line in lines for word in line.text.split())


def test_a_quotation_is_never_a_part_of_a_frame() -> None:
    """No other answer would quote the same."""
    frames = [line.text for lines in proposed('The text "We moved" is positive.') for line in lines]
    assert frames
    assert not [text for text in frames if "moved" in text]


def test_two_labels_make_no_frame() -> None:
    """A frame has one slot."""
    assert [] == [
        lines for lines in proposed("more positive than negative") if lines[0].key == "rules.frames"
    ]


def test_lines_are_for_the_table_of_the_labels_word() -> None:
    """A language's label word proposes lines of that language, and none for a list that its table lacks."""
    spanish = {"aliases": {"POSITIVE": ("positivt",)}, "frames": (), "parts": {"noun": ("tono",)}}
    words = Lexicon(
        labels={"positivt": Word("POSITIVE", "languages.es")},
        declared=frozenset({"el", "es", "tono"}),
        shared=frozenset({"memo"}),
        sentences=frozenset(),
    )
    found = list(proposals(form_of("El memo es positivt", words), {**TABLES, "languages.es": spanish}, words))
    assert {"languages.es.frames", "languages.es.parts.noun"} == {
        line.key for lines in found for line in lines
    }
    assert (Line("languages.es.parts.noun", "memo"),) in found
