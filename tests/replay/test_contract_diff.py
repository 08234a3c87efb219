"""May one contract follow another: declared changes and stored answers together."""

import pytest

from polarity.contract.review.levels import Level
from polarity.replay.contract_diff import succession
from polarity.replay.stored_answers import StoredAnswer
from polarity.types import Completion, Failure, RawOutput, Scores
from tests.contract.review.successors import BASE, with_item, with_value

SCORES = Scores(probabilities={"n": 0.1, "e": 0.2, "y": 0.7}, source="softmax")


@pytest.mark.parametrize(
    ("key", "added", "removed", "raw", "expected"),
    [
        ("rules.phrases.NO", ["no way"], [], Completion(text="No way."), Level.MINOR),
        ("rules.phrases.NO", [], ["not (at all|ever)"], Completion(text="Not ever!"), Level.MAJOR),
        ("rules.abstain", ["it is yes"], [], Completion(text="It is yes"), Level.MAJOR),
        ("rules.refusals", ["i will not"], [], Completion(text="I will not"), Level.MINOR),
        (
            "rules.aliases.YES",
            ["aye"],
            [],
            Scores(probabilities={"yes": 0.5, "aye": 0.2}, source="logprobs"),
            Level.MINOR,
        ),
        ("rules.phrases.NO", ["no way"], [], Completion(text="Yes."), None),
        ("rules.phrases.NO", ["no way"], [], SCORES, None),
        ("rules.phrases.NO", ["no way"], [], Failure(reason="timeout"), None),
    ],
)
def test_remapped(
    key: str, added: list[str], removed: list[str], raw: RawOutput, expected: Level | None
) -> None:
    """A lost or other verdict is major, any other outcome minor; what stays the same is not listed."""
    found = succession(
        BASE,
        with_item(key, added, removed),
        [StoredAnswer("a", raw), StoredAnswer("b", Failure(reason="timeout"))],
    )
    assert ([("a", expected)] if expected else []) == [(moved.id, moved.level) for moved in found.remapped]
    assert 2 == found.answers


def test_stored_answers_can_show_more_than_declarations() -> None:
    """A new phrase is minor by itself; if a stored reason says it and lost its verdict, it is major."""
    new = with_item("rules.phrases.NO", ["so so"])
    assert Level.MINOR == succession(BASE, new).needed
    assert Level.MAJOR == succession(BASE, new, [StoredAnswer("a", Completion(text="Yes. So so."))]).needed


def test_rule_and_span_alone_are_no_other_outcome() -> None:
    """A phrase that a frame accounted for already has the same outcome by another rule."""
    new = with_item("rules.phrases.YES", ["it is yes"])
    assert [] == succession(BASE, new, [StoredAnswer("a", Completion(text="It is yes."))]).remapped


def test_a_contract_may_follow_itself() -> None:
    """Nothing differs, and nothing is wrong with the version."""
    found = succession(BASE, BASE, [StoredAnswer("a", SCORES)])
    assert ([], [], None) == (found.changes, found.remapped, found.problem)


def test_the_version_must_say_enough() -> None:
    """With the version that is needed there is no problem."""
    minor = with_value("rules.max_chars", 300)
    assert "need a minor version" in (succession(BASE, minor).problem or "")
