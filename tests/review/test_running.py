"""What the commands call, over the store that the settings name."""

import json
from pathlib import Path
from typing import Any

import pytest

from polarity.errors import RecordError
from polarity.review.running import drawn, exported, imported, summed
from polarity.settings import Settings
from polarity.store import Desk, Store
from tests.store.helpers import recorded

from .helpers import agreed, asked, bert, both, llm


@pytest.fixture
def settings(store: Store) -> Settings:
    """Settings that name a store with three decisions, all of which are read."""
    recorded(store, agreed(0), agreed(1), asked(2, both(bert("POSITIVE"), llm(None))))
    url = str(store.engine.url).replace("sqlite+pysqlite", "sqlite")
    review = {"audit_share": 1.0, "read_twice": 0.0}
    return Settings.model_validate({"store": {"enabled": True, "url": url}, "review": review})


def _annotated(path: Path, label: str) -> None:
    """Label every task of an export file, as Label Studio would write it back."""
    tasks: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    region = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label]}}
    for one in tasks:
        one["annotations"] = [{"result": [region], "completed_by": 3}]
    path.write_text(json.dumps(tasks), "utf-8")


def test_the_round_trip(settings: Settings, store: Store, tmp_path: Path) -> None:
    """What was drawn goes out, comes back as reviews, once however often it is imported, and is summed up."""
    assert drawn(settings)
    path = tmp_path / "tasks.json"
    assert 3 == exported(settings, path, config=tmp_path / "config.xml")
    assert "<Choices" in (tmp_path / "config.xml").read_text("utf-8")
    _annotated(path, "POSITIVE")
    assert [(3, 3, 0, 0), (3, 0, 3, 0)] == [imported(settings, path), imported(settings, path)]
    found = summed(settings)
    assert (3, 3, {"label studio 3"}) == (
        found.read,
        found.used,
        {review.reviewer for one in Desk(store).read() for review in one.reviews},
    )


def test_a_time_takes_its_own(settings: Settings, store: Store) -> None:
    """Decisions of a range of times only; each stands for as many as before."""
    drawn(settings)
    desk = Desk(store)
    for one in desk.waiting("ana", 9):
        desk.say(one.decision.id, reviewer="ana", verdict="POSITIVE")
    times = ("2026-11-26T12:00:01", "2026-11-26T12:00:02")  # the helpers' decisions are a second apart
    assert (2, 1) == (summed(settings, since=times[0]).read, summed(settings, until=times[0]).read)
    assert 1 == summed(settings, since=times[0], until=times[1]).read


def test_what_is_of_another_store_is_left_out(settings: Settings, tmp_path: Path) -> None:
    """An id that is another text's here is not taken for it."""
    drawn(settings)
    path = tmp_path / "tasks.json"
    exported(settings, path)
    path.write_text(path.read_text("utf-8").replace("pol-0", "pol-77"), "utf-8")
    _annotated(path, "POSITIVE")
    assert (3, 2, 0, 1) == imported(settings, path)


def test_where_nothing_waits_nothing_is_written(settings: Settings, tmp_path: Path) -> None:
    """A file without tasks would be one to wonder about."""
    with pytest.raises(RecordError, match="nothing waits to be read: `polarity review draw`"):
        exported(settings, tmp_path / "tasks.json")
    assert [] == list(tmp_path.glob("tasks*"))
