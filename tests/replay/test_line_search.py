"""Proposals are tried in turn until one helps and breaks nothing."""

from collections.abc import Sequence

from polarity.contract.review.amending import Line
from polarity.contract.review.corpus import Expected
from polarity.contract.review.proposals import Lines
from polarity.replay.line_search import LineSearch, plainest
from polarity.replay.stored_answers import StoredAnswer
from polarity.replay.trials import outcomes
from polarity.replay.unread import grouped, unread
from polarity.types import Completion
from tests.contract.review.successors import BASE

UNREAD = Expected(kind="unmapped", reason="undeclared")


def answers(*texts: str, traps: Sequence[str] = ()) -> list[StoredAnswer]:
    """Completions that are their own ids."""
    return [
        *(StoredAnswer(text, Completion(text=text)) for text in texts),
        *(StoredAnswer(text, Completion(text=text), None, None, UNREAD) for text in traps),
    ]


def searched(stored: Sequence[StoredAnswer]) -> list[tuple[Lines, int]]:
    """The lines for each form, and how many rows they break."""
    before = outcomes(stored, BASE)
    lost, words = unread(stored, before, BASE)
    found = LineSearch(BASE, words, stored, before).best(grouped(lost))
    return [(lines, len(effect.broken)) for lines, effect in found]


def test_a_later_proposal_that_breaks_nothing_is_taken() -> None:
    """An opening would also be read before 'no', which a trap forbids; a frame of the whole is not."""
    stored = answers("Hear, it is yes", traps=["Hear, no"])
    assert [((Line("rules.frames", "hear, it is {label}"),), 0)] == searched(stored)


def test_where_all_break_something_the_first_is_kept() -> None:
    """It is shown as refused."""
    stored = answers("Hear, yes", traps=["Hear, no"])
    assert [((Line("rules.preambles", "hear"),), 1)] == searched(stored)


def test_what_is_invalid_costs_no_other_form_its_lines() -> None:
    """Forms are tried side by side; a frame that denies is refused when the contract is read."""
    stored = answers("Never so: yes", "Mine: yes")
    assert [((), 0), ((Line("rules.frames", "mine: {label}"),), 0)] == searched(stored)


def test_lines_that_help_only_beside_anothers_are_no_suggestion() -> None:
    """What was tried side by side is tried alone before it is believed."""
    stored = answers("Mine: yes", "Hear, mine: yes")
    assert [
        ((Line("rules.frames", "mine: {label}"),), 0),
        ((Line("rules.frames", "hear, mine: {label}"),), 0),
    ] == searched(stored)


def test_the_shortest_answers_of_a_form_are_tried() -> None:
    """The longest have most that could keep them from being read."""
    stored = answers(*(f"Mine: yes{'. So' * count}. Hm" for count in (4, 3, 2, 1)))
    lost, _ = unread(stored, outcomes(stored, BASE), BASE)
    (group,) = grouped(lost)
    assert [1, 2, 3] == [one.text.count("So") for one in plainest(group)]


def test_of_what_breaks_something_only_the_first_is_told_in_full() -> None:
    """It is the one that is shown; all it breaks stands there, whatever is tried after it."""
    stored = answers("Hear, yes", traps=["Hear, no", "Hear, nay"])
    assert [((Line("rules.preambles", "hear"),), 2)] == searched(stored)
