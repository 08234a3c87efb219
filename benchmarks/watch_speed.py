"""How long `polarity watch` takes over many decisions: python benchmarks/watch_speed.py FILE ROWS [URL].

BERT labels up to 2,000 texts of FILE; what a language model said beside it is made up: the same label four times
of five, and no label in one of thirty. They are stored again and again until there are ROWS decisions over 60 days, a
tenth of them with a shadow candidate's, in a SQLite file that is gone afterwards, or at URL, where they stay and are
taken as they are the next time. The command's two parts, to look and to write the page, are timed five times.
"""

import asyncio
import io
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from polarity.classifier import build_classifier
from polarity.contract import Contract, load_contract
from polarity.pages.page import write_html
from polarity.policy import decide
from polarity.records import read
from polarity.settings import Settings
from polarity.store import PRIMARY, DecisionEntry, Setup, Store, open_store
from polarity.store.entries import row_of
from polarity.store.writing import setup_id, write_decisions
from polarity.types import Answer, Completion, Model, Outcome, Result, Unmapped, Verdict
from polarity.watch import Question, page_of, watch
from polarity.watch.reading import first_time

TEXTS, TOGETHER, BATCH, RUNS = 2_000, 32, 5_000, 5
WHOLE = timedelta(days=60)
START = datetime(2026, 9, 1, tzinfo=UTC)


def main(path: Path, rows: int, url: str | None) -> None:
    """Fill a store, look at it, and print the times."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        store = stack.enter_context(open_store(url or f"sqlite:///{folder}/store.sqlite3"))
        if first_time(store, PRIMARY) is None:
            _fill(store, [*_entries(path)], rows)
        print(f"polarity {version('polarity')}, {rows:,} decisions, {store.engine.dialect.name}", flush=True)
        question = Question(since=START + WHOLE - timedelta(days=7), until=START + WHOLE)
        for _ in range(RUNS):
            began = time.perf_counter()
            found = watch(store, question)
            looked = time.perf_counter() - began
            write_html(io.StringIO(), page_of(found))
            written = time.perf_counter() - began - looked
            print(
                f"looked in {looked:.2f} s, page in {written:.2f} s, {len(found.periods)} periods", flush=True
            )


def _entries(path: Path) -> Iterator[DecisionEntry]:
    contract, draw = load_contract(), random.Random(0)
    setup = Setup(
        backend="both",
        contract=contract.ref,
        models={"bert": Model("packaged"), "llm": Model("made up")},
        polarity_version=version("polarity"),
    )
    texts = [row.text for _, row in zip(range(TEXTS), read(path), strict=False)]
    for text, result in zip(texts, asyncio.run(_labelled(texts)), strict=True):
        answers = {**result.answers, "llm": _said(result, contract, draw)}
        yield DecisionEntry(
            request_id="",
            index=0,
            answered_at=START,
            text=text,
            result=decide("both", answers, contract.policy),
            latency_ms=20.0,
            setup=setup,
        )


async def _labelled(texts: list[str]) -> list[Result]:
    classifier = build_classifier(Settings.model_validate({"bert": {"deadline_ms": 600_000}}))
    found = [
        result
        for at in range(0, len(texts), TOGETHER)
        for result in await classifier.classify(texts[at : at + TOGETHER])
    ]
    await classifier.aclose()
    return found


def _said(result: Result, contract: Contract, draw: random.Random) -> Answer:
    """Make up what a language model says beside BERT."""
    heard: Outcome = Unmapped(reason="contrast", contract=contract.ref)
    label = getattr(result, "label", None) if draw.random() < 0.8 else None
    label = label or draw.choice(contract.labels)
    if draw.random() > 1 / 30:
        heard = Verdict(label=label, rule="exact", contract=contract.ref)
    return Answer(Completion(text=label.lower()), heard)


def _fill(store: Store, entries: list[DecisionEntry], rows: int) -> None:
    made = [row_of(entry, "keep") for entry in entries]
    with store.writing() as connection:
        number = setup_id(connection, entries[0].setup)
    for batch in _batches(_rows(made, number, rows)):
        with store.writing() as connection:
            write_decisions(connection, batch)


def _rows(made: Sequence[Mapping[str, Any]], number: int, rows: int) -> Iterator[Mapping[str, Any]]:
    """Give the same decisions again and again, each time of another text but every tenth."""
    for at in range(rows):
        known = made[at % len(made)]
        again = at % 10 == 0
        row = {
            **known,
            "setup_id": number,
            "request_id": f"pol-{at}",
            "answered_at": START + WHOLE * at / rows,
            "text_sha256": known["text_sha256"] if again else sha256(str(at).encode()).hexdigest(),
        }
        yield row
        if again:
            yield row | {"side": "new"}


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
