"""JSON: what is the answer in it, what are reasons, and what may be passed over."""

import json
from typing import Any

import pytest

from polarity.contract import Contract, load_contract
from polarity.contract.canonical import Refused
from polarity.contract.json_answers import open_json

from .review.successors import BASE, with_value

CONTRACT = load_contract()


def refusal(found: Any, contract: Contract = CONTRACT) -> str | None:
    """Give why an object is refused; None if it is opened."""
    try:
        open_json(json.dumps(found), contract)
    except Refused as refused:
        return refused.reason
    return None


@pytest.mark.parametrize(
    ("text", "answer", "reasons", "unread"),
    [
        ('{"label": "a"}', "a", (), ("label",)),
        ('{"reason": "b", "id": 3, "label": "a"}', "a", ("b",), ("reason", "id", "3", "label")),
        ('{"label": "a", "Sentiment": "A."}', "a", (), ("label", "Sentiment", "A.")),
        ('{"label": ["a"]}', "a", (), ("label",)),
        ('["a"]', "a", (), ()),
        ('[{"label": "a"}]', "a", (), ("label",)),
        ('{"result": {"label": "a", "reason": "b"}}', "a", ("b",), ("result", "label", "reason")),
        ('{"output": " {\\"label\\": \\"a\\"} "}', "a", (), ("output", "label")),
        ('{"label": "a", "certainty": 0.9}', "a", (), ("label", "certainty", "0.9")),
        (
            '{"label": "a", "done": true, "topic": "food"}',
            "a",
            (),
            ("label", "done", "true", "topic", '"food"'),
        ),
        ('{"label": 2, "class": "positive"}', "positive", (), ("label", "class", "2")),
    ],
)
def test_opened(text: str, answer: str, reasons: tuple[str, ...], unread: tuple[str, ...]) -> None:
    """The answer, the reasons, and what is not read: keys, values without a say, what is said again."""
    found = open_json(text, CONTRACT)
    assert (answer, reasons, unread) == (found.answer, tuple(found.reasons), tuple(found.unread))


@pytest.mark.parametrize(
    "found",
    [
        {"label": "positive", "remark": "it is negative"},
        {"label": "positive", "notPositive": True},
        {"label": "positive", "not_positive": 1},
        {"label": "positive", "negative": 0.8},
        {"label": "positive", "x": "but"},
        {"label": "positive", "x": "unclear"},
        {"label": "positive", "x": "they are angry"},
        {"label": "positive", "x": ["but"]},
        {"label": "positive", "x": [["a"]]},
        {"label": "positive", "x": {"y": 1}},
        {"label": "positive", "x": {"positive": 1}},
    ],
)
def test_a_key_is_not_ignored_over_what_may_speak(found: Any) -> None:
    """No declared word may stand in an undeclared key or its value, and nothing may be nested there."""
    assert "undeclared" == refusal(found)


def test_unknown_keys_are_refused_unless_declared() -> None:
    """By default a key that no list names refuses the object."""
    found = {"answer": "yes", "certainty": 0.9}
    assert "undeclared" == refusal(found, BASE)
    assert None is refusal(found, with_value("rules.json_unknown_keys", "ignore"))


@pytest.mark.parametrize("found", [["yes"], {"answer": ["yes"]}, {"answer": {"answer": "yes"}}])
def test_nothing_nested_is_opened_unless_declared(found: Any) -> None:
    """By default a list and an object inside are refused."""
    assert "undeclared" == refusal(found, BASE)
    assert None is refusal(found, with_value("rules.json_nested", value=True))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"label": {"label": {"label": "a"}}}, "undeclared"),
        ({"label": '{"label": "{}"}'}, None),
        ({"label": '{"label": "a"} or not'}, "undeclared"),
        ({"label": '{"label": "a"'}, "malformed_json"),
        ({"label": '{"label": "a", "label": "b"}'}, "malformed_json"),
        ({"label": ["a", "a"]}, "undeclared"),
        ({"label": [["a"]]}, "undeclared"),
        ({"label": {}}, "undeclared"),
        ({"label": "a", "class": {"label": "b"}}, "conflicting"),
        ({"label": {"food": "positive"}}, "undeclared"),
        (["positive", "negative"], "undeclared"),
        ([1], "undeclared"),
        ([["positive"]], "undeclared"),
        ({"food": "positive", "service": "negative"}, "undeclared"),
        ({"label": "positive", "sentiment": "negative"}, "conflicting"),
        ({"label": "positive", "emotion": "negative"}, "conflicting"),
        ({"label": "positive", "emotion": "joy"}, None),
        ({"label": "positive", "class": 1}, "conflicting"),
        ({"label": "positive", "class": 2, "result": 2}, None),
        ({"label": "positive", "class": 2.0}, "conflicting"),
        ({"label": 1, "class": 2}, "conflicting"),
    ],
)
def test_what_says_two_things_or_holds_too_much(found: Any, reason: str | None) -> None:
    """One object may stand inside another, once; two answers are none, unless one is the other's code."""
    assert reason == refusal(found)


def test_keys_are_patterns_in_canonical_form() -> None:
    """A declared key is a pattern like every declared word, and its case says nothing."""
    contract = with_value("rules.json_keys", ["[Overall] Label"])
    assert "yes" == open_json('{"overall label": "yes"}', contract).answer
    assert "yes" == open_json('{"LABEL": "yes"}', contract).answer


@pytest.mark.parametrize(
    ("text", "answer", "reasons"),
    [
        ('{"label": "a", "topics": ["food", 3]}', "a", []),
        ('{"label": "a", "evidence": ["b", "c"]}', "a", ["b", "c"]),
        ('{"analysis": {"label": "a", "reason": "b"}}', "a", ["b"]),
        ('{"label": "positive", "note_on_it": "it is not so bad"}', "positive", ["it is not so bad"]),
        ('{"label": "positive", "category": "billing"}', "positive", []),
        ('{"label": "positive", "scores": {"positive": 0.8, "negative": 0.2}}', "positive", []),
        ("{'label': 'a', 'sure': True}", "a", []),
        ("['a']", "a", []),
    ],
)
def test_what_larger_models_add(text: str, answer: str, reasons: list[str]) -> None:
    """Lists are read like their items, a sentence under any key as a reason, Python's spelling like JSON."""
    found = open_json(text, CONTRACT)
    assert (answer, reasons) == (found.answer, found.reasons)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"label": "positive", "is_correct": false}', "conflicting"),
        ('{"label": "positive", "confidence": "no"}', "conflicting"),
        ('{"label": "positive", "confidence": "zero"}', "conflicting"),
        ('{"label": "positive", "confidence": "I am unsure"}', "conflicting"),
        ('{"label": "positive", "confidence": "not very confident"}', "conflicting"),
        ('{"label": "positive", "scores": {"positive": 0.2, "negative": 0.8}}', "conflicting"),
        ('{"label": "positive", "scores": {"positive": 0.5, "negative": 0.5}}', "conflicting"),
        ('{"label": "positive", "category": "not sure"}', "conflicting"),
        ("{'label': 'a', 'label': 'b'}", "malformed_json"),
        ("{'label': 'a'", "malformed_json"),
        ("{'label': wrong}", "malformed_json"),
    ],
)
def test_what_speaks_against_the_label_beside_it(text: str, reason: str) -> None:
    """A denial, a certainty that is none, a better label and broken quotes leave no answer."""
    with pytest.raises(Refused) as caught:
        open_json(text, CONTRACT)
    assert reason == caught.value.reason


def test_single_quotes_are_read_only_where_declared() -> None:
    """By default an object as Python writes it is broken JSON."""
    with pytest.raises(Refused) as caught:
        open_json("{'answer': 'yes'}", BASE)
    assert "malformed_json" == caught.value.reason
    assert "yes" == open_json("{'answer': 'yes'}", with_value("rules.json_single_quotes", value=True)).answer
