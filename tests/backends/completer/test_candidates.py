"""Log-probabilities in the shapes that servers send, and what they leave unsaid."""

import math
from typing import Any

import pytest

from polarity.backends.completer.candidates import Candidates, read_candidates
from polarity.backends.completer.faults import Fault, translated
from tests.misbehaving import content, legacy


def _log(p: float) -> float:
    return math.log(p)


@pytest.mark.parametrize(
    ("logprobs", "expected"),
    [
        (None, None),
        ("none", None),
        (legacy(**{" good": _log(0.5), " bad": _log(0.25)}), {" good": 0.5, " bad": 0.25}),
        ({"top_logprobs": [{" good": 0.0}], "content": None}, {" good": 1.0}),
        ({"top_logprobs": [{}]}, None),
        ({"top_logprobs": [None]}, None),
        ({"top_logprobs": []}, None),
        ({"top_logprobs": None, **content((" good", _log(0.5)))}, {" good": 0.5}),
        (content((" good", _log(0.5)), (" good", _log(0.25))), {" good": 0.75}),
        (content((" good", 0.0), (" bad", -math.inf)), {" good": 1.0, " bad": 0.0}),
        (content((" good", 0.01)), {" good": math.exp(0.01)}),
        (content((" good", _log(0.5)), (" bad", None)), {" good": 0.5}),
        (content((" bad", None)), None),
        (content((" good", _log(0.5)), (" bad", -9999.0)), {" good": 0.5, " bad": 0.0}),
        (content(), None),
        ({"content": []}, None),
        ({"content": [{"top_logprobs": None}]}, None),
        ({"content": [{"token": "a", "logprob": _log(0.5), "top_logprobs": []}]}, {"a": 0.5}),
        ({"tokens": ["a"], "token_logprobs": [_log(0.5)]}, {"a": 0.5}),
    ],
)
def test_candidates_in_every_shape(logprobs: object, expected: dict[str, float] | None) -> None:
    """The first token's candidates; those of one string are summed, one without a number is left out."""
    found = read_candidates(logprobs, greedy=True)
    assert (expected and pytest.approx(expected)) == (found and found.probabilities)


@pytest.mark.parametrize(
    "logprobs",
    [
        content(("a", math.nan)),
        content(("a", 3.0)),
        content(("a", 1e9)),
        content(("a", "-1")),
        content((None, -1.0)),
        content(("a", 0.0), ("b", 0.0)),
        {"content": [{"top_logprobs": ["a"]}]},
        {"content": ["a"]},
        {"top_logprobs": [{"a": 0.5}]},
        {"top_logprobs": [{"a": "x"}]},
        {"top_logprobs": ["a"]},
    ],
)
def test_what_are_no_log_probabilities_is_a_bad_response(logprobs: dict[str, Any]) -> None:
    """Nonsense is never read as some probability."""
    with pytest.raises(Fault, match="bad_response"), translated():
        read_candidates(logprobs, greedy=True)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["\u0120positive", "positive"], [" positive", "positive"]),
        (["\u0120n\u00c3\u00a9gatif", "\u010a"], [" n\u00e9gatif", "\n"]),
        (["\u2581positive", "\u2581\u2581x"], [" positive", " \u2581x"]),
        (["<0x0A>", "<0xE2>"], ["\n", "\ufffd"]),
        (["n\u00c3\u00a9"], ["n\u00c3\u00a9"]),
        (["\u0120\u6b63"], ["\u0120\u6b63"]),
    ],
)
def test_tokens_without_their_tokenizers_marks(tokens: list[str], expected: list[str]) -> None:
    """Marks become what they stand for; letters that only look so stay where no token is marked."""
    each = _log(0.4)
    found = read_candidates(content(*((token, each) for token in tokens)), greedy=True)
    assert found is not None
    assert expected == list(found.probabilities)


def _chose(token: str, p: float, *others: tuple[str, float]) -> dict[str, Any]:
    top = [{"token": name, "logprob": _log(q)} for name, q in others]
    return {"content": [{"token": token, "logprob": _log(p), "top_logprobs": top}]}


def test_a_chosen_token_that_is_not_listed_counts_with_its_own_number() -> None:
    """Some servers leave it out of the list: without it the others would seem likelier than they are."""
    found = read_candidates(_chose(" negative", 0.9, (" positive", 0.06), ("the", 0.01)), greedy=True)
    assert found is not None
    assert pytest.approx({" negative": 0.9, " positive": 0.06, "the": 0.01}) == found.probabilities
    assert 2 == found.listed


@pytest.mark.parametrize("listed", [True, False])
def test_a_greedy_choice_that_is_not_the_likeliest_is_a_bad_response(*, listed: bool) -> None:
    """Nobody knows what such numbers are of; at another temperature any token may be drawn."""
    others = [(" positive", 0.6), *([(" negative", 0.3)] if listed else [])]
    logprobs = _chose(" negative", 0.3, *others)
    with pytest.raises(Fault, match=r"chose ' negative'.* over ' positive'"), translated():
        read_candidates(logprobs, greedy=True)
    assert read_candidates(logprobs, greedy=False) is not None


def test_a_near_tie_is_no_contradiction() -> None:
    """Servers compute in 16 bits and may choose the other of two."""
    assert read_candidates(_chose(" b", 0.44, (" a", 0.5), (" b", 0.44)), greedy=True) is not None


@pytest.mark.parametrize(
    ("logprobs", "greedy", "unseen"),
    [
        (content(("a", _log(0.5)), ("b", _log(0.2))), True, 0.2),
        (content(("a", _log(0.6)), ("b", _log(0.35))), True, 0.05),
        (content(("a", 0.0)), True, 0.0),
        (content(("a", 0.02)), True, 0.0),
        (content(("a", _log(0.5)), ("a", _log(0.1))), True, 0.1),
        (content(("a", _log(0.5)), ("b", _log(0.2)), ("c", -9999.0), ("d", None)), True, 0.2),
        (_chose("c", 0.01, ("a", 0.5), ("b", 0.2)), False, 0.2),
        (_chose("c", 0.01, ("a", 0.5), ("b", 0.2), ("c", 0.01)), False, 0.2),
        (_chose("a", 0.4), True, 0.4),
        (_chose("a", 0.1), False, 0.9),
    ],
)
def test_what_is_not_shown_is_bounded(logprobs: object, *, greedy: bool, unseen: float) -> None:
    """By the least likely one that was listed for its rank, and by what the shown ones leave over."""
    found = read_candidates(logprobs, greedy=greedy)
    assert found is not None
    assert pytest.approx(unseen) == found.unseen


def test_candidates_are_a_value() -> None:
    """What is read is compared by its numbers."""
    assert Candidates({"a": 1.0}, 0.0, 1) == read_candidates(content(("a", 0.0)), greedy=True)
