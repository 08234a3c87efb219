"""What it takes until the service answers: seconds to ready and to the first answer, and memory.

    python benchmarks/time_to_ready.py 3

Starts `polarity serve` so many times, with whatever settings the environment has, and prints the median of
each. Memory is that of all its processes once one text was answered, each shared page counted once (PSS).
"""

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2

TEXT = "The refund arrived a day early."


class Started(NamedTuple):
    """Seconds from the start until the banner and until an answer, and MiB by process, the service's first."""

    ready_s: float
    answered_s: float
    memory_mib: list[float]


def main() -> None:
    runs = [started() for _ in range(int(sys.argv[1]))]
    ready, answered = (statistics.median(run[at] for run in runs) for at in (0, 1))  # type: ignore[type-var]
    memory = [round(statistics.median(part)) for part in zip(*(run.memory_mib for run in runs), strict=True)]
    print("| ready, s | first answer, s | memory, MiB | of it, by process |\n|---|---|---|---|")
    print(f"| {ready:.1f} | {answered:.1f} | {sum(memory)} | {' + '.join(map(str, memory))} |")


def started() -> Started:
    began = time.monotonic()
    line = [sys.executable, "-m", "polarity", "serve", "--port", "0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        try:
            (url,) = re.findall(r"ready on (\S+)", process.stdout.readline() if process.stdout else "")
            ready_s = time.monotonic() - began
            httpx2.post(f"{url}/polarity", json={"input": TEXT}, timeout=60).raise_for_status()
            answered_s = time.monotonic() - began
            return Started(ready_s, answered_s, [memory_mib(one) for one in tree(process.pid)])
        finally:
            process.terminate()


def tree(process: int) -> Iterator[int]:
    """Give a process and all that it has started."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from tree(int(child))


def memory_mib(process: int) -> float:
    (kib,) = re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    return int(kib) / 1024


if __name__ == "__main__":
    main()
