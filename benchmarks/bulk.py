"""What bulk labelling by Ray costs beside one process of one thread: rows a second, memory, start-up.

python benchmarks/bulk.py DATA [ROWS] [--workers N] [--checkpoint FOLDER] [--part-rows N] [--equal]

The texts of DATA are repeated up to ROWS, each with its number, so that no two are the same. The bar is 90 % of
one process's speed for each worker. --equal reads both results, and compares them to the last bit.
"""

import argparse
import itertools
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pyarrow import parquet

from polarity.asking.labelling import labelling
from polarity.bulk.on_ray.running import Chosen, classify_files
from polarity.records import Columns, Record, read, read_all
from polarity.settings import Settings, load_settings
from polarity.stored.folders import Manifest, Part

BAR = 0.9
BATCH = 10_000


def write(data: Path, path: Path, rows: int) -> None:
    texts = [record.text for record in read(data)]
    with path.open("w", encoding="utf-8") as file:
        for at, text in enumerate(itertools.islice(itertools.cycle(texts), rows)):
            file.write(json.dumps({"id": at, "text": f"{text} {at}"}) + "\n")


def megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def workers() -> Iterator[int]:
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if status.read_bytes().startswith(b"ray::Worker"):
                yield int(status.parent.name)
        except OSError:
            continue


class Watch:
    """Notes when each part comes, and how much memory everybody has then."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.seen: list[tuple[float, int, float, float]] = []
        self.rows = 0

    def __call__(self, part: Part) -> None:
        self.rows += part.rows
        largest = max(map(megabytes, workers()), default=0.0)
        self.seen.append((time.monotonic() - self.began, self.rows, megabytes(os.getpid()), largest))

    def report(self, count: int) -> float:
        """Print start-up and memory; give rows a second of one worker, once each has made a part."""
        first, last = self.seen[min(count, len(self.seen)) - 1], self.seen[-1]
        print(f"the first part was there after {self.seen[0][0]:.1f} s, all after {last[0]:.1f} s")
        for seconds, rows, driver, worker in self.seen[:: max(1, len(self.seen) // 8)]:
            print(
                f"  {rows:>11,} rows  {seconds:8.1f} s  driver {driver:6.0f} MB  largest worker {worker:6.0f} MB"
            )
        return (last[1] - first[1]) / max(last[0] - first[0], 1e-9) / count


def alone(path: Path, settings: Settings) -> tuple[float, list[tuple[str | None, float | None]]]:
    """Label a file in this process; give rows a second, loading left out, and what was decided."""
    records: Iterator[Record] = read_all(path, Columns())
    found: list[tuple[str | None, float | None]] = []
    with labelling(records, settings) as labelled:
        rows = iter(labelled)
        for _, result in itertools.islice(rows, 256):  # the first group waits for the models
            found.append((getattr(result, "label", None), getattr(result, "confidence", None)))
        began = time.monotonic()
        for _, result in rows:
            found.append((getattr(result, "label", None), getattr(result, "confidence", None)))
    return (len(found) - 256) / (time.monotonic() - began), found


def in_bulk(out: Path, manifest: Manifest) -> list[tuple[str | None, float | None]]:
    found: list[tuple[str | None, float | None]] = []
    for part in manifest.parts:
        table = parquet.read_table(out / part.name, columns=["label", "confidence"])
        found += zip(table["label"].to_pylist(), table["confidence"].to_pylist(), strict=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("rows", type=int, nargs="?", default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--checkpoint", type=str)
    parser.add_argument("--part-rows", type=int, default=1024)
    parser.add_argument("--equal", action="store_true")
    given = parser.parse_args()
    bert = {"threads": 1, **({"checkpoint": given.checkpoint} if given.checkpoint else {})}
    settings = load_settings({"backend": "bert", "bert": bert})
    folder = Path(tempfile.mkdtemp())
    path, out = folder / "in.jsonl", folder / "out"
    write(given.data, path, given.rows)
    watch = Watch()
    chosen = Chosen(rows_a_part=given.part_rows, workers=given.workers)
    manifest = classify_files([str(path)], out, settings, chosen=chosen, on_part=watch)
    each = watch.report(given.workers)
    print(f"{manifest.rows:,} rows in {len(manifest.parts):,} parts, {manifest.labelled:,} labelled")
    if not given.equal and given.rows > BATCH:
        path = folder / "less.jsonl"
        write(given.data, path, BATCH)
    speed, found = alone(path, settings)
    share = each / speed
    verdict = "as it should be" if share >= BAR else "TOO SLOW"
    print(
        f"one process: {speed:.1f} rows/s; each of {given.workers} workers: {each:.1f}, {share:.1%}: {verdict}"
    )
    if given.equal:
        print("equal to the last bit" if found == in_bulk(out, manifest) else "NOT EQUAL")
    print(f"this process had at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
