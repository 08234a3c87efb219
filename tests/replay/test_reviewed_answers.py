"""What people say of decisions in the store, as answers that a contract is held against."""

from pathlib import Path

import pytest

from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.replay.stored_answers import read_answers
from polarity.replay.suggestions import completions, suggest
from polarity.store import CANNOT_TELL, Desk, Round, Selection, open_store
from tests.review.helpers import agreed, asked, bert, both, llm
from tests.store.helpers import NOON, recorded

SAID = "All things considered: rather a letdown"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The store of the settings in this folder: five decisions, all drawn."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    (tmp_path / "polarity.toml").write_text(f'[store]\nurl = "{url}"\n', "utf-8")
    store = open_store(url)
    unread = [asked(at, both(bert("POSITIVE"), llm(None, SAID))) for at in range(3)]
    recorded(store, *unread, agreed(3), agreed(4))
    drawn = [Selection(at, "unmapped", 1.0, 10.0 - at, 1) for at in range(1, 6)]
    desk = Desk(store)
    desk.add_round(Round(id=0, drawn_at=NOON, after_id=0, upto_id=5, seen=5, threshold=1.0), drawn)
    return desk


def test_what_it_should_be_read_as_is_what_people_say(desk: Desk, contract: Contract) -> None:
    """Where they say that the mapping is wrong: a label, or that it declines; else nothing is known."""
    desk.say(1, reviewer="ana", verdict="NEGATIVE", mapping_wrong=True)
    desk.say(2, reviewer="ana", verdict=CANNOT_TELL, mapping_wrong=True)
    desk.say(4, reviewer="ana", verdict="POSITIVE")
    found = {one.id: one.says for one in read_answers(Path("store:reviewed"), contract)}
    assert {"pol-0/0 (llm)": "NEGATIVE", "pol-1/0 (llm)": "abstain", "pol-3/0 (llm)": None} == found


def test_who_differ_have_not_said_what_it_means(desk: Desk, contract: Contract) -> None:
    """Until one of them, or a third, has settled it."""
    for name, verdict in (("ana", "NEGATIVE"), ("ben", "NEUTRAL")):
        desk.say(1, reviewer=name, verdict=verdict, mapping_wrong=True)
    assert [None] == [one.says for one in read_answers(Path("store:reviewed"), contract)]


@pytest.mark.slow
def test_suggestions_are_made_of_it(desk: Desk, contract: Contract) -> None:
    """`contract suggest store:reviewed` finds the form that people say is read wrongly, and what it means."""
    for at in (1, 2, 3):
        desk.say(at, reviewer="ana", verdict="NEGATIVE", mapping_wrong=True)
    found = suggest(completions([Path("store:reviewed?limit=2")], contract), contract)
    assert (2, 1, "NEGATIVE") == (found.answers, found.forms, found.found[0].group.found)


def test_nothing_was_reviewed(desk: Desk, contract: Contract) -> None:
    """Which is said, as of a file without answers."""
    assert 5 == desk.counts("ana").drawn
    with pytest.raises(RecordError, match="store:reviewed: holds no answers"):
        completions([Path("store:reviewed")], contract)
