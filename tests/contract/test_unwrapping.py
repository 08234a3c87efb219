"""Unwrapping: what answers are wrapped in is opened, what is broken or disguised is refused."""
# ruff: noqa: RUF001 - look-alikes are what is tested

import json
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.canonical import TAGS, Refused
from polarity.contract.review.corpus import label_of
from polarity.contract.unwrapping import reasoning_end, unwrap
from polarity.types import Completion
from tests.properties import examples

from .review.successors import BASE

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffNeutral", "neutral"),
        ("```\nneutral\n```", "neutral"),
        ('```json\n{"label": "NEUTRAL"}\n```', "neutral"),
        ("```neutral```", "neutral"),
        ('{"label": null}', "null"),
        ('{"label": 4}', "4"),
        ('{"label": 0.5}', "0.5"),
        ('{" LABEL ": "Neutral.", "Confidence": 0.9}', "neutral"),
        ('{"label": "positive", "sentiment": "Positive."}', "positive"),
        ("<think>Hm.</think>Neutral", "neutral"),
        ("<THINK>Hm.\n</think>\n\nNeutral", "neutral"),
        ("<think></think><think></think>Neutral", "<think></think>neutral"),
        ("Neutral <think>Hm.</think>", "neutral <think>hm.</think>"),
        ("<think>a</think>", ""),
        ('[{"label": "neutral"}]', "neutral"),
        ('Here it is:\n```json\n{"label": "Neutral"}\n```', "here it is: neutral"),
        ('Answer: {"label": "Neutral"}', "answer: neutral"),
        ('not {"label": "neutral"}', "not neutral"),
    ],
)
def test_unwrap(text: str, expected: str) -> None:
    """A mark, one reasoning block, one fence and one JSON object are opened, each once."""
    assert expected == unwrap(text, CONTRACT).text


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
        ("```\n<think>Hm.\n\nPositive\n```", "truncated"),
        ('"<think>Hm.\nPositive"', "truncated"),
        ('{"label": "<think>Hm. Positive"}', "truncated"),
        ("✅ <think>Hm, negative?\n\nNegative", "truncated"),
        ("✅ <think>Hm, negative?</think>\n\nNegative", "truncated"),
        ("ß```json\n```\nSentiment: neutral\n```", "undeclared"),
        ('{"label": "positive"', "malformed_json"),
        ("✅ {'label':. I would classify this message as **positive**", "malformed_json"),
        ("The answer is: {“label”: positive", "malformed_json"),
        ('| Key | Value |\n|---|---|\n| Label | It is {"label": "a" The answer is "b" |', "malformed_json"),
        ('{"label": "positive", "label": "negative"}', "malformed_json"),
        ('{"label": ' + "9" * 5000 + "}", "malformed_json"),
        ('{"label": ' * 5000, "malformed_json"),
        ('{"label": "positive", "Label": "negative"}', "conflicting"),
        ('{"mood": "positive"}', "undeclared"),
        ('["positive", "positive"]', "undeclared"),
        ('[{"label": "positive"}, {"label": "positive"}]', "undeclared"),
        ('{"label": "positive", "negated": true}', "undeclared"),
        ('{"label": ["positive", "positive"]}', "undeclared"),
        ('{"label": true}', "undeclared"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What could disguise a word, or is broken, is refused with its reason and never repaired."""
    with pytest.raises(Refused) as caught:
        unwrap(text, CONTRACT)
    assert reason == caught.value.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"label": "positive", "reason": "It works."}', ("positive", "", "it works")),
        ('{"label": "positive"} so it is', ("positive", "so it is", "")),
        ('{"reason": "A", "label": "positive", "explanation": "B"} C', ("positive", "c", "a\nb")),
        ("```\npositive\n```\nIt works.", ("positive", "it works", "")),
        ('```\n{"label": "positive"} A\n```\nB', ("positive", "a\nb", "")),
    ],
)
def test_what_stands_beside_an_answer_is_its_reason(text: str, expected: tuple[str, str, str]) -> None:
    """Declared reasons, and what follows an object or a fence, are kept apart from the answer."""
    found = unwrap(text, CONTRACT)
    assert expected == (found.text, found.reason, found.explanation)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("posit", "posit ..."),
        ("Positive. It", "positive. it ..."),
        ("Positive.", "positive. ..."),
        ("Positive\n", "positive\n..."),
        ('{"label": "positive"}', "positive"),
        ('{"label": "positive"}\n\nThe', "positive"),
    ],
)
def test_a_cut_answer_is_marked(text: str, expected: str) -> None:
    """What the token limit cut ends in an ellipsis, so that it is never taken for the whole answer."""
    assert expected == unwrap(text, CONTRACT, cut=True).text


def taken(text: str, contract: Contract = CONTRACT) -> dict[str, str]:
    """Give what was taken off a text, by what it was."""
    return dict(unwrap(text, contract).taken)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>Hm.</think>Neutral", {"reasoning block": "<think>Hm.</think>"}),
        ("[THINK]Hm.[/think] Neutral", {"reasoning block": "[THINK]Hm.[/think]"}),
        ("```json\nneutral\n```", {"fence tag": "json"}),
        ("```\nneutral\n```", {}),
        ("```neutral\n```", {}),
        ("neutral</s>", {"end token": "</s>"}),
        ("neutral </s>\n<|im_end|> ", {"end token": "</s>\n<|im_end|>"}),
        ("NEUTRAL</S>", {"end token": "</S>"}),
        (f"neutral{'</s>' * 900}", {"end token": "</s>" * 900}),
        ("Neutral\n\nReview: It leaks.", {"next example": "Review: It leaks."}),
        ("neutral (0.8)", {"number": "(0.8)"}),
        ('{"label": "neutral", "Confidence": 0.9}', {"JSON": "label Confidence 0.9"}),
        ("**neutral**", {}),
        (r"\boxed{neutral}", {"notation": r"\boxed"}),
        (r"\cancel{neutral}", {}),
        (r"\boxed{leaks}", {}),
    ],
)
def test_what_was_taken_off_is_told(text: str, expected: dict[str, str]) -> None:
    """Each part that was taken off is kept as it stood there, with what it was."""
    assert expected == taken(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```negative\n```", "negative"),
        ("Positive\n```negative\n```", "positive\nnegative"),
        ("```not\npositive\n```", "not\npositive"),
        ("```json not\npositive\n```", "json not\npositive"),
        ("```JSON\npositive\n```", "positive"),
        ("~~~not\npositive\n~~~", "~~~not\npositive\n~~~"),
        ("not</s>positive", "not</s>positive"),
        ("positive<|eot_id|><|start_header_id|>user", "positive<|eot_id|><|start_header_id|>user"),
        ('<span class="not">positive</span>', '<span class= "not">positive'),
        ("<b not>positive</b>", "<b not>positive"),
        ("<b>positive</b><br/>", "positive"),
        ("neutral\nReview: It leaks.", "neutral\nreview: it leaks"),
        ("neutral, or not\n\nReview: It leaks.", "neutral, or not\nreview: it leaks"),
        ("[thinking] neutral", "[thinking] neutral"),
        ("sentiment: [neutral] it is", "sentiment: neutral\nit is"),
        ("sentiment: [neutral | positive]", "sentiment: [neutral | positive]"),
    ],
)
def test_what_is_not_declared_is_part_of_the_answer(text: str, expected: str) -> None:
    """Only a declared tag, token, opening or bracket is taken off, and only in its place."""
    assert expected == unwrap(text, CONTRACT).text


@pytest.mark.parametrize(
    "text",
    [
        "yes</s>",
        "yes\n\nReview: It leaks.",
        "answer: [yes]",
        "yes (0.9)",
    ],
)
def test_a_contract_that_declares_none_of_it_takes_none_of_it_off(text: str) -> None:
    """A contract of before these keys reads what it read: the answer is as it stands."""
    assert () == unwrap(text, BASE).taken
    assert label_of(mapper.map(Completion(text="yes"), BASE))
    assert None is label_of(mapper.map(Completion(text=text), BASE))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>a</think>b", 16),
        ("<Think>a</THINK>b", 16),
        ("<reasoning>a</reasoning>", 24),
        ("<think>a", None),
        ("<think>a</thinking>", None),
        ("<answer>a</answer>", 0),
        ("[think]a", 0),
        ("a<think>b</think>", 0),
        ("", 0),
    ],
)
def test_where_a_reasoning_block_ends(text: str, expected: int | None) -> None:
    """A block of a declared tag at the very start, closed by the same tag."""
    assert expected == reasoning_end(text, CONTRACT)


WORDS = st.sampled_from(
    [
        *("positive", "negative", "Neutral", "NOT", "but", "json", "text", "markdown", "Label", "Sentiment"),
        *("mixed", "2", "0.9", "95%", "{café}", "naïve", "不", "and", "a"),
    ]
)
MARKS = st.sampled_from(
    [
        *(
            "```",
            "```\n",
            "\n```\n",
            "```json\n",
            "```not\n",
            "**",
            "__",
            "`",
            "_",
            "~~",
            "<b>",
            "</b>",
            "<br>",
        ),
        *("$", "\\boxed{", "\\text{", "\\cancel{", "\\boxed{\\text{positive}}", "\\(", "\\)", "\\"),
        *("<i >", "<span class=", ">", "<think>", "</think>", "[think]", "[/think]", "</s>", "<|im_end|>"),
        *("- ", "• ", "# ", "> ", "1. ", "(", ")", "[", "]", "{", "}", '"', "\u201c", "\u201d", "'"),
        *(
            ":",
            ": ",
            "=",
            ".",
            "!",
            "?",
            "...",
            ", ",
            "|",
            " / ",
            " | ",
            "\n",
            "\n\n",
            " ",
            "\t",
            "+",
            "Review: ",
        ),
    ]
)
PIECES = st.lists(WORDS | MARKS | st.text("abcXYZ é1", max_size=4), max_size=12).map("".join)
OBJECTS = st.dictionaries(
    st.sampled_from(["label", "Sentiment", "reason", "explanation", "confidence", "id", "mood", "certainty"]),
    WORDS | st.integers(0, 9) | st.booleans() | st.none() | st.lists(WORDS, max_size=2),
    max_size=4,
).map(lambda found: json.dumps(found, ensure_ascii=False))
NESTED = st.tuples(OBJECTS, st.booleans()).map(
    lambda pair: json.dumps({"label": json.loads(pair[0])}, ensure_ascii=False) if pair[1] else pair[0]
)
SURROUNDED = st.tuples(PIECES, NESTED | PIECES, PIECES).map("".join) | NESTED | PIECES


def word_characters(*texts: str) -> Counter[str]:
    """Count the letters and digits of some texts, in canonical case and width."""
    folded = unicodedata.normalize("NFKC", " ".join(texts).casefold())
    return Counter(character for character in folded if character.isalnum())


@examples(400)
@given(SURROUNDED)
def test_no_word_is_dropped_unread(text: str) -> None:
    """Every letter and digit given is in what is read, or in what the contract declares and is told.

    The names of HTML tags that only format are declared by the form of canonical text.
    """
    try:
        found = unwrap(text, CONTRACT)
    except Refused:
        return
    read = word_characters(found.text, found.reason, found.explanation, *(part for _, part in found.taken))
    given_characters = word_characters(text)
    tags = word_characters(*(tag.group() for tag in TAGS.finditer(text)))
    assert Counter() == read - given_characters
    assert (given_characters - read) <= tags


LABELLED = st.sampled_from(
    ["positive", "Sentiment: negative", '{"label": "neutral"}', "The answer is neutral."]
)
AROUND = st.sampled_from(
    [
        *(
            "{}",
            "```\n{}\n```",
            "```json\n{}\n```",
            "<think>It is positive.</think>{}",
            "{}</s>",
            "<b>{}</b>",
        ),
        *("**{}**", "- {}", "> {}", '"{}"', "[{}]", "{} [EOS]", "{}\n\nReview: Dull.\nSentiment: negative"),
        *("Sure! {}", "Sure:\n\n{}"),
    ]
)


@examples(200)
@given(LABELLED, AROUND, st.sampled_from(["not", "never", "hardly", "no"]), st.data())
def test_a_denial_is_never_lost(statement: str, around: str, denial: str, data: st.DataObject) -> None:
    """Wherever a word that denies is put before a label's word, in whatever dress, no label is read."""
    at = statement.lower().index(
        next(word for word in ("positive", "negative", "neutral") if word in statement)
    )
    joint = data.draw(st.sampled_from([" ", "\n", "** ", "` ", "</b> ", "\n- ", " [", ' "', " (", "-"]))
    text = around.format(statement[:at] + denial + joint + statement[at:])
    assert None is label_of(mapper.map(Completion(text=text), CONTRACT))


TWO = st.sampled_from(
    [
        *("{0}\n```{1}\n```", "```{1}\n{0}\n```", "```\n{0}\n```\n{1}", "{1}\n```json\n{0}\n```"),
        *("{0} | {1}", "{0} / {1}", "{0}/{1}", "[{0}] {1}", "[{0}][{1}]", "Label: [{0}] {1}", "[{0}, {1}]"),
        *("{0} (0.9) {1}", "{0} 0.9, {1} 0.1", "{0}+0.9\n{1}+0.8", "{0}</s>{1}", "{0}\n\n{1}", "{0} The {1}"),
        *("<b>{0}</b>{1}", '<b class="{1}">{0}</b>', "<think>Hm.</think>{0} {1}", "{0} <think>{1}</think>"),
        *('{0}\n{{"label": "{1}"}}', '{{"label": "{0}", "class": "{1}"}}', '{{"label": ["{0}", "{1}"]}}'),
        *('{{"label": "{0}", "emotion": "{1}"}}', '{{"label": "{0}", "mood": "{1}"}}', '["{0}", "{1}"]'),
        *(
            '{{"label": "{0}"}} {1}',
            '{{"label": "{0}", "reason": "It is {1}."}}',
            '{{"label": {{"class": "{0}"}}}} {1}',
        ),
        *(
            "{0}\nReview: It leaks.\nSentiment: {1}",
            "{0} or {1}\n\nReview: It leaks.",
            "{0}, confidence: {1}",
        ),
    ]
)
LABELS = ("positive", "negative", "neutral")


@examples(300)
@given(TWO, st.permutations(LABELS), st.sampled_from([str.lower, str.upper, str.title]))
def test_two_labels_are_none_wherever_the_second_stands(
    around: str, labels: list[str], case: Callable[[str], str]
) -> None:
    """A fence, a bracket, a number or an object hides no second label."""
    text = around.format(case(labels[0]), case(labels[1]))
    assert None is label_of(mapper.map(Completion(text=text), CONTRACT))


SIZES = ("x" * 1_000_000, "x\n" * 10_000, "```\n" * 10_000, "[" * 10_000, "{" * 10_000, "<think>" * 10_000)


@pytest.mark.parametrize("text", SIZES, ids=lambda text: f"{text[:4]!r} {len(text)}")
@pytest.mark.parametrize(
    "around", ["{}", "Positive. {}", "{} Positive", '{{"label": "{}"}}', "<think>{}</think>Positive"]
)
def test_what_is_large_is_refused_or_read(text: str, around: str) -> None:
    """A megabyte, or ten thousand of one mark, has an outcome; a closed block of it is only a block."""
    outcome = mapper.map(Completion(text=around.format(text)), CONTRACT)
    is_thought = around.startswith("<think>") and len(text) < (CONTRACT.rules.max_reasoning_chars or 0)
    assert ("POSITIVE" if is_thought else None) == label_of(outcome)
