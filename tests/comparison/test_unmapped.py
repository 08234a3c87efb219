"""Answers that were not mapped, alike ones as one."""

from polarity.comparison.unmapped import MOST, UnmappedAnswer, UnmappedAnswers
from polarity.types import Answer, Completion, ContractRef, Failure, Scores, Unmapped, UnmappedReason

REF = ContractRef("polarity", "1.0.0", "0" * 64)


def unmapped(text: str, reason: UnmappedReason = "undeclared") -> Answer:
    """A completion that no rule reads."""
    return Answer(Completion(text=text), Unmapped(reason=reason, contract=REF))


def test_alike_answers_are_one() -> None:
    """Edge blanks aside; the same words for another reason are another one. The most frequent is first."""
    answers = UnmappedAnswers()
    for answer in (unmapped("hm", "refusal"), unmapped("hm"), unmapped(" hm\n"), unmapped("no idea")):
        answers.add(answer)
    expected = (
        UnmappedAnswer("hm", "undeclared", 2),
        UnmappedAnswer("hm", "refusal", 1),
        UnmappedAnswer("no idea", "undeclared", 1),
    )
    assert expected == answers.found()


def test_long_answers_are_cut_and_not_confused() -> None:
    """Two that begin alike stay two."""
    answers = UnmappedAnswers()
    answers.add(unmapped("so " * 200 + "good"))
    answers.add(unmapped("so " * 200 + "bad"))
    assert [(300, 1), (300, 1)] == [(len(text), count) for text, _, count in answers.found()]


def test_only_completions_have_words() -> None:
    """Scores that are not mapped, and what did not come, are no answers to read."""
    answers = UnmappedAnswers()
    scores = Scores(probabilities={"a": 1.0}, source="softmax")
    answers.add(Answer(scores, Unmapped(reason="unreadable", contract=REF)))
    answers.add(Answer(Failure(reason="timeout"), Failure(reason="timeout")))
    assert () == answers.found()


def test_what_is_held_is_bounded() -> None:
    """However many different answers come; those that are frequent are counted on."""
    answers = UnmappedAnswers()
    answers.add(unmapped("again"))
    for at in range(MOST + 5):
        answers.add(unmapped(f"answer {at}"))
        answers.add(unmapped("again"))
    assert (MOST, UnmappedAnswer("again", "undeclared", MOST + 6)) == (
        len(answers.found()),
        answers.found()[0],
    )


def test_a_frequent_answer_may_come_late() -> None:
    """After many that came once it stands first, with its own messages alone, and rare ones after it go."""
    answers = UnmappedAnswers()
    for text in (
        *(f"ramble {at}" for at in range(MOST)),
        *["meh"] * 50,
        *(f"late {at}" for at in range(MOST)),
    ):
        answers.add(unmapped(text))
    first, *others = answers.found()
    assert (UnmappedAnswer("meh", "undeclared", 50), {1}) == (first, {other.messages for other in others})
