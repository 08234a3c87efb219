"""How long a report on pre-scored columns takes, and how much memory: ROWS made-up rows to every format.

python benchmarks/report_speed.py [ROWS] [jsonl|csv|parquet]
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from polarity.records import write

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
WORDS = [
    "the",
    "parcel",
    "came",
    "late",
    "and",
    "was",
    "broken",
    "but",
    "support",
    "was",
    "kind",
    "and",
    "quick",
    "to",
    "send",
    "another",
    "one",
]
SUFFIXES = (".html", ".json", ".md", ".csv", ".xml")


def rows(count: int) -> Iterator[dict[str, str]]:
    """Rows whose two sides agree on about 80 %; one of ten of the right side's answers is words."""
    numbers = random.Random(0)
    for at in range(count):
        left = numbers.choice(LABELS)
        right = left if numbers.random() < 0.8 else numbers.choice((*LABELS, "mixed", "not great", "no idea"))
        text = f"{at} " + " ".join(numbers.choices(WORDS, k=numbers.randint(3, 30)))
        yield {
            "id": f"r{at}",
            "text": text,
            "label": numbers.choice((left, right if right in LABELS else left)),
            "old": left,
            "new": right,
            "shop": f"shop {at % 20}",
        }


def main() -> None:
    count, suffix = int((sys.argv[1:] or ["1000000"])[0]), (sys.argv[2:] or ["jsonl"])[0]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"scored.{suffix}"
        write(source, rows(count))
        outputs = [part for end in SUFFIXES for part in ("-o", f"{folder}/out{end}")]
        command = [
            str(Path(sys.executable).with_name("polarity")),
            "report",
            str(source),
            "--left",
            "column:old",
            "--right",
            "column:new",
            "--slice-by",
            "shop",
            *outputs,
        ]
        begun = time.monotonic()
        subprocess.run(command, check=True)  # noqa: S603 - our own
        seconds = time.monotonic() - begun
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        print(
            json.dumps(
                {"rows": count, "input": suffix, "seconds": round(seconds, 1), "peak_gib": round(peak, 3)}
            )
        )


if __name__ == "__main__":
    main()
