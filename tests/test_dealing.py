"""Files dealt out to workers: each has one, and a worker collects no other."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .dealing import ROOT, WITH_TORCH, pytest_configure_node, pytest_ignore_collect, worker_of

FILES = [file.relative_to(ROOT) for room in ("polarity", "tests") for file in (ROOT / room).rglob("*.py")]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_each_worker_has_files(count: int) -> None:
    """Whatever their number, none has nothing to do."""
    assert list(range(count)) == sorted({worker_of(file, count) for file in FILES})


def test_rooms_with_torch_are_there() -> None:
    """None is the name of a room that has gone."""
    rooms = {path.stem for folder in ("polarity", "tests") for path in (ROOT / folder).iterdir()}
    assert set() == WITH_TORCH - rooms


@pytest.mark.parametrize(("dist", "collected"), [("each", 1), ("worksteal", 2)])
def test_a_file_is_collected_once_where_files_are_dealt_out(dist: str, collected: int) -> None:
    """By the worker that has it; where tests are dealt out, every worker collects every file."""
    found = Counter[Path]()
    for name in ("gw0", "gw1"):
        told = {"workerid": name, "workercount": 2}
        config: Any = SimpleNamespace(option=SimpleNamespace(dist=dist), workerinput=told)
        pytest_configure_node(SimpleNamespace(config=config, workerinput=told))
        found.update(file for file in FILES if not pytest_ignore_collect(ROOT / file, config))
    assert dict.fromkeys(FILES, collected) == found


def test_without_workers_every_file_is_collected() -> None:
    """A process of its own is told nothing of workers."""
    config: Any = SimpleNamespace()
    assert [] == [file for file in FILES if pytest_ignore_collect(ROOT / file, config)]
