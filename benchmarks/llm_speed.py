"""Which share of the machine's prompt speed do texts get from the embedded server?

    python benchmarks/llm_speed.py FILE [NAME...] [--texts N]

For each of the named weights (default: smollm2) the server first reads a long prompt that it has not
seen, in one piece: that is the speed of this machine with these weights. Then it is asked about the
first texts of FILE, one after the other, as the LLM backend asks: a text costs the tokens that stand
behind what all prompts begin with. The share is the second speed
over the first.
"""

import argparse
import asyncio
import os
import platform
import time
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2

from polarity.backends.embedded import EmbeddedServer
from polarity.backends.llm import LlmBackend
from polarity.contract import Contract, load_contract
from polarity.records import read
from polarity.settings import LlmSettings
from polarity.types import Completion, Scores
from polarity.weights import form_of, resolved

LONG = "The quick brown fox and the lazy dog went to the market, bought bread and came home. "
REPEATED = 30  # some 600 tokens
WITHOUT_LIMIT = 3600.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("names", nargs="*", default=["smollm2"])
    parser.add_argument("--texts", type=int, default=40)
    options = parser.parse_args()
    contract = load_contract()
    texts = [record.text for record in islice(read(options.file), options.texts)]
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors; {len(texts)} texts\n")
    print("| weights | tokens/s of a long prompt | tokens a text | tokens/s of texts | share | texts/s |")
    print("|---|---|---|---|---|---|")
    for name in options.names:
        settings = LlmSettings(gguf=name)
        whole, head = _measured(settings, contract)
        tokens, seconds = asyncio.run(_asked(settings, contract, texts, head))
        speed = tokens / seconds
        print(
            f"| {name} | {whole:.1f} | {tokens / len(texts):.1f} | {speed:.1f} | {speed / whole:.0%} "
            f"| {len(texts) / seconds:.2f} |",
            flush=True,
        )


def _measured(settings: LlmSettings, contract: Contract) -> tuple[float, int]:
    """Give the speed of a long prompt in tokens a second, and the tokens that all prompts begin with."""
    server = EmbeddedServer(resolved(settings.gguf), slots=1, threads=settings.threads)
    try:
        head = server.read_ahead(contract, form_of(settings)).head
        read_whole = _posted(server, prompt=LONG * REPEATED, max_tokens=1)
        counted = _posted(server, prompt=head, max_tokens=1)
        return float(read_whole["timings"]["prompt_per_second"]), int(counted["usage"]["prompt_tokens"])
    finally:
        server.close()


def _posted(server: EmbeddedServer, **body: object) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {server.api_key.get_secret_value()}"}
    url = f"{server.base_url}/completions"
    answer = httpx2.post(url, json=body, headers=headers, timeout=None, trust_env=False)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


async def _asked(settings: LlmSettings, contract: Contract, texts: list[str], head: int) -> tuple[int, float]:
    """Give the tokens that the texts cost beside the common head, and the seconds they took."""
    backend = LlmBackend.start(settings, contract, deadline_s=WITHOUT_LIMIT)
    try:
        begun = time.perf_counter()
        raws = [(await backend.predict([text]))[0] for text in texts]
        seconds = time.perf_counter() - begun
    finally:
        await backend.aclose()
    answers = [raw for raw in raws if isinstance(raw, Scores | Completion)]
    return sum(raw.usage.prompt_tokens - head for raw in answers), seconds


if __name__ == "__main__":
    main()
