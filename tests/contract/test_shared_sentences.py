"""Sentences in two lists: found, with the key and the other's."""

import pytest

from polarity.contract import Contract
from polarity.contract.shared_sentences import shared
from polarity.errors import ContractError

from .review.successors import BASE


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("the tone is {label}", "the tone is {label}", "the tone is {label}"),
        ("the (tone|mood) is {label}", "[overall,] the mood is {label}", "the mood is {label}"),
        ("the <noun> is {label}", "[so] the <noun> is {label}", "the <noun> is {label}"),
        ("the tone of {words} is {label}", "the tone of it is {label}", "the tone of it is {label}"),
        ("the tone is {label}", "the mood is {label}", None),
        ("the tone is {label}", "so the tone is {label}", None),
    ],
)
def test_what_two_lists_share(one: str, other: str, expected: str | None) -> None:
    """The shortest sentence that both stand for; a slot for words stands for any."""
    assert expected == shared((one,), (other,))


@pytest.mark.parametrize("key", ["leading", "closing"])
def test_a_sentence_in_two_lists_is_refused(key: str) -> None:
    """A contract that says of one sentence that it counts in different places is refused."""
    source = BASE.source.replace("[rules]\n", f'[rules]\n{key} = ["answer is {{label}}"]\n')
    with pytest.raises(ContractError) as refused:
        Contract.parse(source.encode())
    problem = (
        f"rules.{key}: 'answer is {{label}}' is already declared under rules.frames, and the two count in "
        "different places: take it out of one"
    )
    assert (problem,) == refused.value.problems
