"""What is decided is a source as any file is, for everything that reads."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polarity.contract import load_contract
from polarity.errors import RecordError, StoreError
from polarity.records import read
from polarity.replay.stored_answers import read_answers
from polarity.settings import StoreSettings
from polarity.sources import export, sources_of, typed
from polarity.store import Desk, Round, Selection, open_store
from polarity.types import Completion
from tests.store.helpers import NOON, decided, entry, recorded


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    """A store with three decisions, of which people said of one what it is."""
    found = StoreSettings.model_validate({"url": f"sqlite:///{tmp_path / 'store.sqlite3'}"})
    with open_store(found.url.get_secret_value()) as store:
        recorded(store, *(entry(at, result=decided(said="positive")) for at in range(3)))
        ids = [one.id for one in store.decisions()]
        desk = Desk(store)
        drawn = Round(id=0, drawn_at=datetime.now(UTC), after_id=0, upto_id=ids[-1], seen=3, threshold=0.0)
        desk.add_round(drawn, [Selection(ids[1], "audit", 1.0, 1.0, 1)])
        desk.say(ids[1], reviewer="ana", verdict="NEGATIVE")
    return found


def test_decisions_are_records(settings: StoreSettings) -> None:
    """Each with its text and id; the label is people's, the machine's own is another column."""
    (path,) = sources_of("store:", settings)
    found = list(read(path))
    assert ["text 0", "text 1", "text 2"] == [record.text for record in found]
    assert ["pol-0/0", "pol-1/0", "pol-2/0"] == [record.id for record in found]
    assert [None, "NEGATIVE", None] == [record.label for record in found]
    assert {"POSITIVE"} == {record.extra["decision"] for record in found}


def test_only_what_people_have_read(settings: StoreSettings) -> None:
    """`store:reviewed` has the rows that can be trained on and measured by."""
    (path,) = sources_of("store:reviewed", settings)
    assert [("text 1", "NEGATIVE")] == [(record.text, record.label) for record in read(path)]


def test_files_and_the_store_stand_side_by_side(settings: StoreSettings, tmp_path: Path) -> None:
    """The order is that of the names, which can be typed again; nobody else may read what was taken out."""
    (tmp_path / "a.jsonl").touch()
    first, second = sources_of([str(tmp_path / "a.jsonl"), "store:?limit=1"], settings)
    assert "a.jsonl" == first.name
    assert 1 == len(list(read(second)))
    assert ["a.jsonl", "store:?limit=1"] == [typed(first), typed(second)]
    assert 0o700 == stat.S_IMODE(second.parent.stat().st_mode)


def test_what_nothing_is_found_of_is_an_error(settings: StoreSettings) -> None:
    """As of a pattern that no file matches."""
    with pytest.raises(RecordError, match=r"no decision in the store is one of 'store:\?since=2100-01-01'"):
        sources_of("store:?since=2100-01-01", settings)


def test_a_store_that_is_none(tmp_path: Path) -> None:
    """The sentence names the store."""
    settings = StoreSettings.model_validate({"url": f"sqlite:///{tmp_path}/absent/store.sqlite3"})
    with pytest.raises(StoreError, match=r"absent/store\.sqlite3'"):
        sources_of("store:", settings)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_an_export_has_the_answers(settings: StoreSettings, tmp_path: Path, suffix: str) -> None:
    """What models said is read back from it, for another contract to read."""
    path = tmp_path / f"export{suffix}"
    assert 3 == export("store:", path, settings)
    found = list(read_answers(path, load_contract()))
    assert ["pol-0/0 (llm)", "pol-1/0 (llm)", "pol-2/0 (llm)"] == [answer.id for answer in found]
    assert [Completion(text="positive")] * 3 == [answer.raw for answer in found]


def test_an_export_says_when(settings: StoreSettings, tmp_path: Path) -> None:
    """Times are those of the answers, in UTC, to the microsecond."""
    export("store:?limit=1", tmp_path / "a.jsonl", settings)
    row = json.loads((tmp_path / "a.jsonl").read_text("utf-8"))
    assert NOON == datetime.fromisoformat(row["answered_at"])
