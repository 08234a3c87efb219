"""What a server refuses in a request, as it is learned."""

import pytest

from polarity.backends.completer.complaints import Complaint
from polarity.backends.completer.terms import Terms

CHAT = {
    "messages": [],
    "max_tokens": 8,
    "stop": ["."],
    "logprobs": True,
    "top_logprobs": 20,
    "temperature": 0,
}


@pytest.mark.parametrize(
    ("complaint", "name"),
    [
        (Complaint("'stop' is odd", "temperature"), "temperature"),
        (Complaint("Unknown 'stop'. Known: model, temperature, max_tokens"), "stop"),
        (Complaint("temperature and stop are not supported"), "temperature"),
        (Complaint("non-stop max_tokens2"), None),
        (Complaint("max_completion_tokens is too large"), None),
        (Complaint("seed is not supported"), None),
    ],
)
def test_one_parameter_is_named(complaint: Complaint, name: str | None) -> None:
    """By its own field, else in quotes, else the first in the message; what was not sent, never."""
    found = Terms().after(complaint, CHAT)
    assert (None if name is None else Terms(left_out=frozenset({name}))) == found


@pytest.mark.parametrize(
    ("message", "most"),
    [
        ("top_logprobs must be <= 5", 5),
        ("top_logprobs: 20 is more than 15", 15),
        ("'top_logprobs' of model-4 is 5 at most", 5),
        ("logprobs must be between 0 and 5", 5),
    ],
)
def test_the_limit_is_read_in_the_message(message: str, most: int) -> None:
    """It is the largest number below what was asked for: a lower one would be asked for next."""
    assert Terms(most=most) == Terms().after(Complaint(message), CHAT)


def test_a_number_without_a_limit_is_left_out() -> None:
    """Where no smaller number is named, nothing smaller is known to do."""
    found = Terms().after(Complaint("top_logprobs 20 is too many"), CHAT)
    assert Terms(left_out=frozenset({"top_logprobs"})) == found


def test_a_number_that_did_before_will_do() -> None:
    """Where more were asked for and the server names no limit, it is what it answered once."""
    once = Terms().merged(Terms(), CHAT)
    found = once.after(Complaint("too many top_logprobs"), {**CHAT, "top_logprobs": 100})
    assert Terms(most=20, answered=20) == found


def test_there_is_an_end_to_learning() -> None:
    """However long a server complains, each lesson takes something off."""
    terms, lessons = Terms(), 0
    complaint = Complaint("stop temperature seed max_tokens logprobs top_logprobs 19 5 3")
    while (found := terms.after(complaint, terms.fit(CHAT))) is not None:
        terms, lessons = found, lessons + 1
    assert {"messages": [], "max_completion_tokens": 8} == terms.fit(CHAT)
    assert lessons < 10


def test_what_two_texts_learned_is_put_together() -> None:
    """The union of both, and the lower limit."""
    left = Terms(renamed=frozenset({"max_tokens"}), most=20)
    right = Terms(left_out=frozenset({"stop"}), most=5)
    assert Terms(frozenset({"max_tokens"}), frozenset({"stop"}), 5) == left.merged(right, {})
    assert left == left.merged(Terms(), {})
