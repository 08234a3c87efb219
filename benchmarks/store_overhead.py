"""What storing every decision costs the endpoint: two services, one of which stores, by turns.

    python benchmarks/store_overhead.py 10 2

Starts the service with the shipped checkpoint twice, with and without a store, and sends each in turn single texts
over kept connections, so many rounds of so many seconds: from 1 connection, for the time that one answer takes,
and from 32, for how many there are a second. The median over the rounds of the ratio within a round is what
counts, since whatever else the machine does meets both alike. The store is a file in a temporary folder, or what
POLARITY_STORE__URL names.
"""

import asyncio
import os
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from service_load import Tally, closed, request, served, short_texts

from polarity.store import open_store

MANY = 32


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a service is never left behind
    rounds, seconds = int(sys.argv[1]), float(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.pop("POLARITY_STORE__URL", f"sqlite:///{Path(folder) / 'store.sqlite3'}")
        with served() as plain, storing(url) as stored:
            os.nice(19)
            answered = asyncio.run(measured({"without": plain, "with": stored}, rounds, seconds))
        with open_store(url) as store:
            written = sum(1 for _ in store.decisions())
    print(f"\n{answered:,} texts were answered by the service that stores, {written:,} of them are in {url}")


@contextmanager
def storing(url: str) -> Iterator[int]:
    """Run the service with a store."""
    os.environ |= {"POLARITY_STORE__ENABLED": "true", "POLARITY_STORE__URL": url}
    try:
        with served() as port:
            yield port
    finally:
        os.environ.pop("POLARITY_STORE__ENABLED")
        os.environ.pop("POLARITY_STORE__URL")


async def measured(ports: dict[str, int], rounds: int, seconds: float) -> int:
    texts = cycle([request({"input": text}) for text in short_texts()])
    answered = 0
    print("| load | without | with | with / without |\n|---|---|---|---|")
    for connections in (1, MANY):
        found: dict[str, list[Tally]] = {name: [] for name in ports}
        for at in range(rounds + 1):
            for name in sorted(ports, reverse=at % 2 == 0):
                tally = await closed(ports[name], texts, connections, seconds)
                answered += tally.statuses[200] if name == "with" else 0
                if at:  # the first round is to warm up
                    found[name].append(tally)
        report(connections, found)
    return answered


def report(connections: int, found: dict[str, list[Tally]]) -> None:
    kinds = {"answers/s": lambda tally: tally.good_per_s, "p50, ms": p50_ms}
    for kind, value in kinds.items():
        without, with_ = ([value(tally) for tally in found[name]] for name in ("without", "with"))
        ratio = statistics.median(one / other for one, other in zip(with_, without, strict=True))
        shown = f"{statistics.median(without):.2f} | {statistics.median(with_):.2f} | {ratio:.3f}"
        print(f"| {connections} connections, {kind} | {shown} |", flush=True)


def p50_ms(tally: Tally) -> float:
    return 1000 * statistics.median(tally.seconds[200])


if __name__ == "__main__":
    main()
