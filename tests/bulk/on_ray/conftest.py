"""Runs over a tiny BERT."""

from collections.abc import Iterator
from pathlib import Path

from polarity.bulk.answering import GROUP
from polarity.bulk.on_ray.running import Chosen
from tests.raying import WORKERS, command_of, descendants

SMALL = Chosen(rows_a_part=GROUP, workers=WORKERS)
ALONE = SMALL._replace(workers=1)  # where it does not matter, half as much is begun


def parts_in(folder: Path) -> dict[str, bytes]:
    """Read the parts that lie in a folder, by their names."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*.parquet"))}


def workers_of(process: int) -> Iterator[int]:
    """Find the workers that label for a process: Ray's names for them say what they do."""
    return (found for found in descendants(process) if command_of(found).startswith("ray::Worker"))
