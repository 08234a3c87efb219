"""How long a store of so many decisions takes to write, read by pages, audit, draw from, export and purge.

    python benchmarks/store_size.py 1000000

Decisions of a language model over 90 days, each with a candidate's, in a SQLite file in a temporary folder. A few
are written as the service does, and multiplied by SQLite itself.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from polarity.classifier import replay
from polarity.contract import load_contract
from polarity.store import DecisionEntry, Setup, Store, open_store
from polarity.store.entries import row_of
from polarity.store.purging import purge
from polarity.store.writing import setup_id, write_decisions
from polarity.types import Completion, Model, Usage

STEP = 50_000
MULTIPLY = """
WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :last)
INSERT INTO decisions (request_id, side, answered_at, text_sha256, {columns})
SELECT 'pol-' || printf('%032x', n / 2), CASE n % 2 WHEN 0 THEN 'primary' ELSE 'candidate' END,
    strftime('%Y-%m-%d %H:%M:%f000', answered_at, (90.0 * 86400 * n / :count) || ' seconds'),
    printf('%064x', n * 2654435761 % 4294967296), {columns}
FROM numbers JOIN decisions ON decisions.id = 1 + n % :kinds
"""
SAID = ("positive", "Negative.", "mostly positive", "not great", "Neutral", "mixed feelings", "not positive")
AUDITED = 10_000
CONTRACT = load_contract()


def main() -> None:
    count = int(sys.argv[1])
    print("| what | seconds |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.sqlite3'}"
        with open_store(url) as store:
            measured(store, count, url, Path(folder))


def measured(store: Store, count: int, url: str, folder: Path) -> None:
    end = datetime.now(UTC)
    with timed(f"write {count:,}"):
        write(store, count, end)
    with timed("the last 1,000, behind the last id"):
        list(store.decisions(after=count - 1000))
    with timed("1,000 of a week, 45 days ago"):
        list(store.decisions(since=end - timedelta(days=45), limit=1000))
    with timed("1,000 of one side, of the last day"):
        list(store.decisions(side="candidate", since=end - timedelta(days=1), limit=1000))
    with timed("one request"):
        list(store.decisions(request_id=f"pol-{count // 4:032x}"))
    with timed("10,000 pairs"):
        list(store.pairs("candidate", limit=10_000))
    for command in (
        ["audit", f"store:?limit={AUDITED}", "--contract-only"],
        ["review", "draw"],
        ["review", "results"],
        ["store", "info"],
        ["store", "export", str(folder / "a.jsonl"), "--limit", "100000"],
        ["store", "export", str(folder / "a.parquet"), "--limit", "100000"],
    ):
        with timed(f"polarity {' '.join(command[:2]).replace(str(folder), '')}"):
            run(url, command)
    with timed(f"purge {count // 10:,}"):
        purge(store, before=end - timedelta(days=81))


def run(url: str, command: list[str]) -> None:
    environment = os.environ | {"POLARITY_STORE__URL": url}
    line = [sys.executable, "-m", "polarity", *command]
    subprocess.run(line, env=environment, check=True, capture_output=True)  # noqa: S603 - ourselves


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"| {what} | {time.perf_counter() - began:.2f} |", flush=True)


def write(store: Store, count: int, end: datetime) -> None:
    """Write a few decisions as the service does, and then as many as are wanted by the database itself."""
    setup = Setup(
        backend="llm",
        contract=CONTRACT.ref,
        models={"llm": Model("model", weights="ab" * 32)},
        polarity_version="0.5.0",
    )
    rows = [
        row_of(
            DecisionEntry(
                request_id=f"pol-{at}",
                index=0,
                answered_at=end - timedelta(days=90),
                text=f"Message number {at}: the parcel came late and one cup of the set was broken.",
                result=replay("llm", {"llm": Completion(text=said, usage=Usage(200, 3))}, CONTRACT),
                latency_ms=30.0,
                setup=setup,
            ),
            "keep",
        )
        for at, said in enumerate(SAID)
    ]
    with store.writing() as connection:
        number = setup_id(connection, setup)
        write_decisions(connection, [row | {"setup_id": number} for row in rows])
    copied = [name for name in rows[0] if name not in ("request_id", "side", "answered_at", "text_sha256")]
    columns = ", ".join(f'"{name}"' for name in (*copied, "setup_id", "alike"))
    for first in range(len(SAID), count, STEP):
        last = min(first + STEP, count)
        with store.writing() as connection:
            connection.execute(
                sa.text(MULTIPLY.format(columns=columns)),
                {"first": first, "last": last, "count": count, "kinds": len(SAID)},
            )


if __name__ == "__main__":
    main()
