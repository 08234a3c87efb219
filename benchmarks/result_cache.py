"""What the cache of BERT's results spares, and what it costs: a look-up against a forward pass, and memory.

    python benchmarks/result_cache.py 200

Scores so many different texts (rows of fixtures/reviews.jsonl, numbered) one by one with the shipped checkpoint
and `bert.result_cache`, then asks for the same again; then fills a cache with 100,000 answers.
"""

import asyncio
import json
import sys
import time
import tracemalloc
from itertools import count, cycle, islice
from pathlib import Path

from polarity.backends.bert import BertBackend
from polarity.backends.result_cache import ResultCache
from polarity.contract import load_contract
from polarity.settings import BertSettings
from polarity.types import Scores

REVIEWS = Path(__file__).parent.parent / "fixtures" / "reviews.jsonl"
MANY = 100_000


def main() -> None:
    lines = [json.loads(line)["text"] for line in REVIEWS.read_text("utf-8").splitlines()]
    numbered = (f"{text} {number}" for text, number in zip(cycle(lines), count(), strict=False))
    texts = list(islice(numbered, int(sys.argv[1])))
    first, again = asyncio.run(seconds(texts))
    print("| | texts/s, one by one |\n|---|---|")
    print(f"| scored | {len(texts) / first:,.0f} |")
    print(f"| from the cache | {len(texts) / again:,.0f} |")
    print(f"\n{MANY:,} answers take {megabytes():.0f} MB, however long their texts are.")


async def seconds(texts: list[str]) -> tuple[float, float]:
    backend = BertBackend.load(BertSettings(result_cache=len(texts)), load_contract())
    await backend.predict(["warm up"])
    try:
        return await asked(backend, texts), await asked(backend, texts)
    finally:
        await backend.aclose()


async def asked(backend: BertBackend, texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        await backend.predict([text])
    return time.perf_counter() - began


def megabytes() -> float:
    tracemalloc.start()
    cache = ResultCache(MANY, "a checkpoint and a contract")
    for number in range(MANY):
        probabilities = dict.fromkeys(("negative", "neutral", "positive"), number / 3)
        cache.put(f"{number}", Scores(probabilities=probabilities, source="softmax", tokens=number))
    return tracemalloc.get_traced_memory()[0] / 1e6


if __name__ == "__main__":
    main()
