"""What other outcomes of stored answers are called."""

import pytest

from polarity.contract import Contract, load_contract
from polarity.contract.review.amending import Line, tried
from polarity.contract.review.corpus import Expected
from polarity.replay.stored_answers import StoredAnswer
from polarity.replay.trials import Broken, Effect, effect, outcomes, reads
from polarity.types import Completion, Failure

OLD = load_contract()
NEW = tried(
    OLD,
    [
        Line("rules.phrases.NEGATIVE", "so so"),
        Line("rules.abstain", "tough call"),
        Line("rules.retractions", "on reflection"),
    ],
)


def changed(*answers: StoredAnswer, before: Contract = OLD, after: Contract = NEW) -> Effect:
    """Hold two contracts against each other."""
    return effect(answers, outcomes(answers, before), outcomes(answers, after))


def answer(text: str, says: str | None = None, expect: Expected | None = None) -> StoredAnswer:
    """A completion that is its own id."""
    return StoredAnswer(text, Completion(text=text), None, says, expect)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so so", Effect(gained=("so so",))),
        ("tough call", Effect(gained=("tough call",))),
        ("Positive. On reflection.", Effect(lost=("Positive. On reflection.",))),
        ("positive", Effect()),
        ("hm", Effect()),
    ],
)
def test_an_outcome_is_gained_or_lost(text: str, expected: Effect) -> None:
    """A label or an abstention that was not there, or is no longer."""
    assert expected == changed(answer(text))


def test_another_label_is_changed() -> None:
    """Whichever way."""
    other = tried(OLD, [Line("rules.phrases.POSITIVE", "so so")])
    assert Effect(changed=("so so",)) == changed(answer("so so"), before=other)


def test_a_trap_that_was_kept_and_is_not_is_broken() -> None:
    """Both outcomes are named, as a corpus fixes them."""
    trap = answer("so so", expect=Expected(kind="unmapped", reason="undeclared"))
    broken = Broken("so so", "so so", "unmapped undeclared", "verdict NEGATIVE phrase")
    assert (broken,) == changed(trap).broken


def test_a_trap_that_was_broken_before_is_not_broken_by_this() -> None:
    """What the contract in hand does not keep no line can break."""
    assert () == changed(answer("so so", expect=Expected(kind="verdict", label="POSITIVE"))).broken


@pytest.mark.parametrize(
    ("says", "expected"),
    [("none", 1), ("POSITIVE", 1), ("abstain", 1), ("NEGATIVE", 0)],
)
def test_what_a_reader_found_otherwise_is_broken(says: str, expected: int) -> None:
    """An answer may stay unread, but what is read must be what the reader found."""
    assert expected == len(changed(answer("so so", says)).broken)


def test_a_failure_is_no_answer() -> None:
    """It has no words, so nothing can change."""
    assert Effect() == changed(StoredAnswer("1", Failure(reason="timeout"), says="POSITIVE"))


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("positive", "POSITIVE", True),
        ("positive", None, True),
        ("positive", "NEGATIVE", False),
        ("unclear", "abstain", True),
        ("unclear", "POSITIVE", False),
        ("hm", None, False),
    ],
)
def test_an_outcome_reads_what_is_known_of_the_answer(
    text: str, label: str | None, *, expected: bool
) -> None:
    """The very label, or an abstention where the answer declines."""
    assert expected == reads(outcomes([answer(text)], OLD)[0], label)
