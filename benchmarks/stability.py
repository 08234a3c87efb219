"""How far scores move when only the company, the order, the cache, the threads or the process changes.

    python benchmarks/stability.py 20

Over the first rows of fixtures/reviews.jsonl (all without a number) each variant is compared with
the answers to the same texts one at a time by the default settings. The time is that of the
processor, all threads together, per text of the variant.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from polarity.backends.base import PolarityBackend
from polarity.backends.bert import BertBackend
from polarity.backends.completer import Completer
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.llm import LlmBackend
from polarity.backends.prompt import head
from polarity.contract import Contract, load_contract, mapper
from polarity.settings import BertSettings, LlmSettings
from polarity.types import Outcome, Verdict
from polarity.weights import resolved

REVIEWS = Path(__file__).parent.parent / "fixtures" / "reviews.jsonl"
PATIENCE_S = 3600.0
SLOTS = 4

Answers = Mapping[str, Outcome]


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else None
    rows = [json.loads(line) for line in REVIEWS.read_text("utf-8").split("\n") if line]
    texts = list(dict.fromkeys(row["text"] for row in rows))[:limit]
    print(f"{len(texts)} texts\n\n| backend | varied | max delta p | label flips | ms of processor a text |")
    print("|---|---|---|---|---|")
    asyncio.run(bert(texts, load_contract()))
    asyncio.run(llm(texts, load_contract()))


async def bert(texts: list[str], contract: Contract) -> None:
    base = BertBackend.load(BertSettings(threads=1), contract)
    expected = await compare("bert", "nothing", base, contract, [[text] for text in texts], None)
    await compare("bert", "one batch", base, contract, [texts], expected)
    await base.aclose()
    for precision, threads, size in (
        ("fp32", 1, 64),
        ("fp32", 1, 512),
        ("fp32", 2, 4096),
        ("fp32", 1, 100_000),
        ("bf16", 1, 4096),
    ):
        settings = BertSettings(precision=precision, threads=threads, batch_tokens=size)
        backend = BertBackend.load(settings, contract)
        varied = f"{precision}, batch_tokens {size}, threads {threads}, shuffled, after a restart"
        await compare("bert", varied, backend, contract, [shuffled(texts)], expected)
        await backend.aclose()


async def llm(texts: list[str], contract: Contract) -> None:
    settings = LlmSettings(threads=1)
    base = LlmBackend.start(settings, contract, deadline_s=PATIENCE_S)
    expected = await compare("llm", "nothing", base, contract, [[text] for text in texts], None)
    await compare("llm", "all at once, shuffled", base, contract, [shuffled(texts)], expected)
    await base.aclose()
    again = LlmBackend.start(settings, contract, deadline_s=PATIENCE_S)
    await compare("llm", "shuffled, after a restart", again, contract, [shuffled(texts)], expected)
    await again.aclose()
    for slots in (1, SLOTS):
        varied = f"shared server (as a remote one), {slots} at once, each text twice"
        await shared(varied, slots, [text for text in texts for _ in range(2)], contract, expected)


async def shared(varied: str, slots: int, texts: list[str], contract: Contract, expected: Answers) -> None:
    """Ask llama.cpp as any remote server is asked: nothing is done for stability."""
    server = EmbeddedServer(resolved(None), slots=slots, threads=1)
    server.warm_up("completions", prompt=head(contract))
    completer = Completer(server.base_url, server.api_key, "default")
    backend = LlmBackend(completer, LlmSettings(concurrency=slots), contract, deadline_s=PATIENCE_S)
    await compare("llm", varied, backend, contract, [texts], expected)
    await backend.aclose()
    server.close()


async def compare(
    name: str,
    varied: str,
    backend: PolarityBackend,
    contract: Contract,
    calls: Sequence[list[str]],
    expected: Answers | None,
) -> Answers:
    """Ask call by call, print one row, return the answers."""
    began = time.process_time()
    pairs = [
        (text, mapper.map(raw, contract))
        for texts in calls
        for text, raw in zip(texts, await backend.predict(texts), strict=True)
    ]
    spent = 1000 * (time.process_time() - began) / len(pairs)
    found = dict(pairs)
    known = expected or found
    delta = max(distance(known[text], outcome) for text, outcome in pairs)
    flips = sum(label(known[text]) != label(outcome) for text, outcome in pairs)
    print(f"| {name} | {varied} | {delta:.1e} | {flips} of {len(pairs)} | {spent:.0f} |", flush=True)
    return found


def shuffled(texts: list[str]) -> list[str]:
    return random.Random(0).sample(texts, len(texts))


def label(outcome: Outcome) -> str | None:
    return outcome.label if isinstance(outcome, Verdict) else None


def distance(one: Outcome, other: Outcome) -> float:
    """The largest difference of a label's probability; 1 where only one side has any."""
    if not isinstance(one, Verdict) or not isinstance(other, Verdict):
        return float(type(one) is not type(other))
    if one.scores is None or other.scores is None:
        return float(one.scores is not other.scores)
    return max(abs(p - other.scores[name]) for name, p in one.scores.items())


if __name__ == "__main__":
    main()
