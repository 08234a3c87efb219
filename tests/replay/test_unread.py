"""Which stored answers are lost, and what they mean."""

import pytest

from polarity.contract.review.corpus import Expected
from polarity.replay.stored_answers import StoredAnswer
from polarity.replay.trials import outcomes
from polarity.replay.unread import grouped, unread
from polarity.types import Completion, Failure, Scores
from tests.contract.review.successors import BASE


def lost(*answers: StoredAnswer) -> list[tuple[str, str | None]]:
    """The ids of what is lost, with what it means."""
    found, _ = unread(answers, outcomes(answers, BASE), BASE)
    return [(one.answer.id, one.label) for one in found]


def answer(text: str, says: str | None = None, expect: Expected | None = None) -> StoredAnswer:
    """A completion that is its own id."""
    return StoredAnswer(text, Completion(text=text), None, says, expect)


@pytest.mark.parametrize(
    ("text", "says", "expected"),
    [
        ("Mine: yes", None, "YES"),
        ("Mine: yes", "NO", "NO"),
        ("bravo", "YES", "YES"),
        ("bravo", None, None),
        ("There, hmm", None, "abstain"),
        ("yes and no", "abstain", "abstain"),
    ],
)
def test_an_answer_means_what_is_found_in_it(text: str, says: str | None, expected: str | None) -> None:
    """A reader comes first, then a label's word, then whether it would take a label back."""
    assert [(text, expected)] == lost(answer(text, says))


@pytest.mark.parametrize(
    "one",
    [
        answer("yes"),
        answer("perhaps"),
        answer("bravo", says="none"),
        answer("bravo", expect=Expected(kind="unmapped", reason="undeclared")),
        StoredAnswer("1", Scores(probabilities={"odd": 1.0}, source="logprobs")),
        StoredAnswer("1", Failure(reason="timeout")),
    ],
)
def test_what_has_an_outcome_or_should_have_none_is_not_lost(one: StoredAnswer) -> None:
    """Verdicts, abstentions, traps, answers that say nothing, scores and failures."""
    assert [] == lost(one)


def test_answers_of_one_form_that_mean_otherwise_are_parted() -> None:
    """Where the form does not show it: those that name two labels, and decline."""
    answers = [answer("yes and no"), answer("no and yes"), answer("yes  and  no", says="abstain")]
    found, _ = unread(answers, outcomes(answers, BASE), BASE)
    assert [("{label} and {other}", None, 2), ("{label} and {other}", "abstain", 1)] == [
        (group.form, group.found, len(group.members)) for group in grouped(found)
    ]
