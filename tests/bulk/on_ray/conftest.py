"""Runs over a tiny BERT."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from polarity.asking.labelling import labelling
from polarity.bulk.answering import GROUP
from polarity.bulk.on_ray.folder import begun
from polarity.bulk.on_ray.leases import taken_over
from polarity.bulk.on_ray.running import Chosen
from polarity.bulk.on_ray.workers import Job
from polarity.records import Columns, read_all
from polarity.settings import Settings
from polarity.stored.folders import read_manifest
from tests.raying import WORKERS, command_of, descendants

SMALL = Chosen(rows_a_part=GROUP, workers=WORKERS)
ALONE = SMALL._replace(workers=1)  # where it does not matter, half as much is begun


def job_of(folder: Path, settings: Settings, table: pa.Table) -> Job:
    """Make what all parts of such tables have in common, in a folder that is nobody else's."""
    prints = begun(settings, {}, raws=False).fingerprint
    return Job(folder, folder, Columns(), table.schema, False, prints, "", taken_over(folder))


def labels_alone(path: Path, settings: Settings) -> list[tuple[Any, ...]]:
    """Label a file in this process, as the command line does without an engine."""
    with labelling(read_all(path), settings) as labelled:
        return [
            (
                record.id,
                getattr(result, "label", None),
                getattr(result, "confidence", None),
                getattr(result, "detail", None),
            )
            for record, result in labelled
        ]


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """Read the rows of a folder in the order of its manifest."""
    manifest = read_manifest(folder)
    assert manifest
    names = [folder / part.name for part in manifest.parts]
    return [row for name in names for row in parquet.read_table(name).to_pylist()]


def parts_in(folder: Path) -> dict[str, bytes]:
    """Read the parts that lie in a folder, by their names."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*.parquet"))}


def workers_of(process: int) -> Iterator[int]:
    """Find the workers that label for a process: Ray's names for them say what they do."""
    return (found for found in descendants(process) if command_of(found).startswith("ray::Worker"))
