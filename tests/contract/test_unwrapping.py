"""Unwrapping: what answers are wrapped in is opened, what is broken or disguised is refused."""
# ruff: noqa: RUF001 - look-alikes are what is tested

import pytest

from polarity.contract import load_contract
from polarity.contract.canonical import Refused
from polarity.contract.unwrapping import Answer, unwrap

RULES = load_contract().rules


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
    assert expected == unwrap(text, RULES).text


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
        ('{"label": "positive"', "malformed_json"),
        ('{"label": "positive", "label": "negative"}', "malformed_json"),
        ('{"label": ' + "9" * 5000 + "}", "malformed_json"),
        ('{"label": ' * 5000, "malformed_json"),
        ('{"label": "positive", "Label": "negative"}', "conflicting"),
        ('{"mood": "positive"}', "undeclared"),
        ('["positive"]', "undeclared"),
        ('[{"label": "positive"}, {"label": "positive"}]', "undeclared"),
        ('{"label": "positive", "negated": true}', "undeclared"),
        ('{"label": ["positive"]}', "undeclared"),
        ('{"label": true}', "undeclared"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What could disguise a word, or is broken, is refused with its reason and never repaired."""
    with pytest.raises(Refused) as caught:
        unwrap(text, RULES)
    assert reason == caught.value.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"label": "positive", "reason": "It works."}', Answer("positive", "it works")),
        ('{"label": "positive"} so it is', Answer("positive", "so it is")),
        ('{"reason": "A", "label": "positive", "explanation": "B"} C', Answer("positive", "a\nb\nc")),
        ("```\npositive\n```\nIt works.", Answer("positive", "it works")),
        ('```\n{"label": "positive"} A\n```\nB', Answer("positive", "a\nb")),
    ],
)
def test_what_stands_beside_an_answer_is_its_reason(text: str, expected: Answer) -> None:
    """Declared reasons, and what follows an object or a fence, are kept apart from the answer."""
    assert expected == unwrap(text, RULES)


def test_json_keys_are_patterns_in_canonical_form() -> None:
    """A declared key is a pattern like every declared word, and its case says nothing."""
    rules = RULES.model_copy(update={"json_keys": ("[Overall] Label",), "json_side_keys": ("(a|b)",)})
    assert "neutral" == unwrap('{"overall label": "Neutral", "B": 1}', rules).text
    assert "neutral" == unwrap('{"LABEL": "Neutral"}', rules).text


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
    assert expected == unwrap(text, RULES, cut=True).text
