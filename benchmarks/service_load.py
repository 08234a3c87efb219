"""What callers get of the service at more load than it can take: good answers, refusals, and how long both take.

    python benchmarks/service_load.py 5

Starts the service with the shipped checkpoint on a free port and sends it single texts (the short English rows of
fixtures/reviews.jsonl: another language has no verdict, and emoji are read by name) over kept connections for so many seconds a line: closed loop from 1, 8, 64 and 256
connections, then open loop at one, three and ten times the best rate. Last come single texts beside one caller
who sends lists of 30 long ones without a pause. The client runs on the same cores, and gives way (nice 19): the
last column says what it took all the same. Ratios within one run are what counts.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

REVIEWS = Path(__file__).parent.parent / "fixtures" / "reviews.jsonl"
CONNECTIONS = (1, 8, 64, 256)
TIMES = (1, 3, 10)
LONG = "The parcel came late, one cup was broken, and nobody answered my letters for three weeks. " * 20
OPEN_CONNECTIONS = 256


@dataclass
class Tally:
    """What came: by status, with the seconds that each took; and how long it was until the last."""

    began_s: float = field(default_factory=time.perf_counter)
    began_cpu_s: float = field(default_factory=time.process_time)
    elapsed_s: float = 0.0
    client_s: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, took_s: float) -> None:
        self.statuses[status] += 1
        self.elapsed_s = time.perf_counter() - self.began_s
        self.client_s = time.process_time() - self.began_cpu_s
        self.seconds.setdefault(status, []).append(took_s)

    @property
    def good_per_s(self) -> float:
        return self.statuses[200] / self.elapsed_s

    def short(self) -> str:
        """As `serving` has its rows: good answers a second, their times, how many were not."""
        good, refused = self.seconds.get(200, []), self.statuses[429]
        others = self.statuses.total() - len(good) - refused
        return f"{self.good_per_s:.1f} | {ms(good, 0.5)} | {ms(good, 0.99)} | {refused} | {others} |"

    def row(self, name: str) -> str:
        good, refused = self.seconds.get(200, []), self.seconds.get(429, [])
        others = self.statuses.total() - len(good) - len(refused)
        return (
            f"| {name} | {self.good_per_s:.1f} | {ms(good, 0.5)} | {ms(good, 0.99)} "
            f"| {len(refused) / self.elapsed_s:.1f} | {ms(refused, 0.5)} | {ms(refused, 0.99)} | {others} "
            f"| {self.client_s / self.elapsed_s:.0%} |"
        )


def ms(seconds: list[float], share: float) -> str:
    if not seconds:
        return ""
    return f"{1000 * sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]:.0f}"


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a service is never left behind
    seconds = float(sys.argv[1])
    texts = short_texts()
    with served() as port:
        os.nice(19)
        asyncio.run(measured(port, texts, seconds))


def short_texts() -> list[str]:
    rows = [json.loads(line) for line in REVIEWS.read_text("utf-8").split("\n") if line]
    return [row["text"] for row in rows if row["kind"] not in ("emoji", "long", "multilingual")]


async def measured(port: int, texts: list[str], seconds: float) -> None:
    print(
        "| load | good/s | p50 ms | p99 ms | refused/s | p50 ms | p99 ms | other | client's share of a core |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    singles = cycle([request({"input": text}) for text in texts])
    await closed(port, singles, 8, 2.0)
    best = 0.0
    for connections in CONNECTIONS:
        tally = await closed(port, singles, connections, seconds)
        best = max(best, tally.good_per_s)
        print(tally.row(f"{connections} connections"), flush=True)
    for times in TIMES:
        tally = await offered(port, singles, times * best, seconds)
        share = tally.good_per_s / best
        print(tally.row(f"{times} x {best:.0f}/s offered ({share:.0%} of the best)"), flush=True)
    lists = asyncio.create_task(closed(port, cycle([request({"input": [LONG] * 30})]), 1, seconds))
    tally = await closed(port, singles, 1, seconds)
    print(tally.row("1 connection, beside lists of 30 long texts"))
    print((await lists).row("these lists"))


def request(document: dict[str, Any], path: str = "/polarity") -> bytes:
    body = json.dumps(document).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def closed(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Tally:
    """Ask again on each connection as soon as it has its answer."""
    tally, until = Tally(), time.perf_counter() + seconds

    async def caller() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            await asked(reader, writer, next(requests), tally)
        writer.close()

    await asyncio.gather(*(caller() for _ in range(connections)))
    return tally


async def offered(port: int, requests: Iterator[bytes], rate: float, seconds: float) -> Tally:
    """Ask `rate` times a second, whatever comes back; who finds no free connection waits for one."""
    tally, tasks = Tally(), set[asyncio.Task[None]]()
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(OPEN_CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def call() -> None:
        connection = await free.get()
        if connection[0].at_eof():  # nothing was sent on it for so long that the service closed it
            connection[1].close()
            connection = await asyncio.open_connection("127.0.0.1", port)
        await asked(*connection, next(requests), tally)
        free.put_nowait(connection)

    began, sent = time.perf_counter(), 0
    while (now := time.perf_counter() - began) < seconds:
        while sent < now * rate and len(tasks) < 4 * OPEN_CONNECTIONS:
            task = asyncio.create_task(call())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            sent += 1
        await asyncio.sleep(0.002)
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait()[1].close()
    return tally


async def asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes, tally: Tally
) -> None:
    began = time.perf_counter()
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    if length is None:
        raise ValueError(f"a response without a length: {head!r}")
    await reader.readexactly(int(length.group(1)))
    tally.add(int(head[9:12]), time.perf_counter() - began)


@contextmanager
def served() -> Iterator[int]:
    """Run `polarity serve` on a free port."""
    environment = os.environ | {"POLARITY_SERVICE__PORT": "0", "POLARITY_BACKEND": "bert"}
    command = [sys.executable, "-m", "polarity", "serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://[^:]+:(\d+)", line)
        if found is None:
            raise ValueError(f"the service did not start: {line!r}")
        try:
            yield int(found.group(1))
        finally:
            process.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
