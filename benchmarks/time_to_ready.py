"""What it takes until the service answers: seconds to ready and to the first answer, and memory.

    python benchmarks/time_to_ready.py 3

Starts `polarity serve` so many times, with whatever settings the environment has, and prints the median of
each. Seconds of processors, of all its processes, tell more than those of the clock where others work, too. Memory is that of all its processes once one text was answered, each shared page counted once (PSS).
"""

import os
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
    """Seconds until the banner, until an answer, and of processors by then; MiB by process, the service's first."""

    ready_s: float
    answered_s: float
    worked_s: float
    memory_mib: list[float]


def main() -> None:
    runs = [started() for _ in range(int(sys.argv[1]))]
    ready, answered, worked = (
        statistics.median(times) for times in zip(*(run[:3] for run in runs), strict=True)
    )
    memory = [round(statistics.median(part)) for part in zip(*(run.memory_mib for run in runs), strict=True)]
    print(
        "| ready, s | first answer, s | processors, s | memory, MiB | of it, by process |\n|---|---|---|---|---|"
    )
    by_process = " + ".join(map(str, memory))
    print(f"| {ready:.1f} | {answered:.1f} | {worked:.1f} | {sum(memory)} | {by_process} |")


def started() -> Started:
    began = time.monotonic()
    line = [sys.executable, "-m", "polarity", "serve", "--port", "0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        try:
            (url,) = re.findall(r"ready on (\S+)", process.stdout.readline() if process.stdout else "")
            ready_s = time.monotonic() - began
            httpx2.post(f"{url}/polarity", json={"input": TEXT}, timeout=60).raise_for_status()
            answered_s = time.monotonic() - began
            processes = [*tree(process.pid)]
            return Started(ready_s, answered_s, sum(map(worked_s, processes)), [*map(memory_mib, processes)])
        finally:
            process.terminate()


def tree(process: int) -> Iterator[int]:
    """Give a process and all that it has started."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from tree(int(child))


def worked_s(process: int) -> float:
    behind_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    user, system = behind_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def memory_mib(process: int) -> float:
    (kib,) = re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    return int(kib) / 1024


if __name__ == "__main__":
    main()
