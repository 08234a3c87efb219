"""A real Ray, begun once for the tests that need one, and what its processes are."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

WORKERS = 2


@pytest.fixture(scope="session")
def ray_here() -> Iterator[None]:
    """Ray with room for two workers, which runs find started; skipped where it is not installed."""
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'polarity[ray]'")
    from polarity.bulk.on_ray.cluster import started

    with started(None, WORKERS):
        yield


def descendants(process: int) -> list[int]:
    """Give the processes that one began, and those that these began, and so on."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text("utf-8").rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = list(children.get(process, []))
    for own in found:
        found += children.get(own, [])
    return found


def command_of(process: int) -> str:
    """Give the command line of a process, or nothing where it has ended."""
    try:
        return (Path("/proc") / str(process) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
