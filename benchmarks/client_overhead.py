"""What asking a remote server costs beside its answers: retries, places, budgets, breaker and all.

A server of its own process answers ANSWER_MS after it read a request. TEXTS are asked about by the LLM backend,
and by a bare loop that only sends the same requests, written beforehand, through the same HTTP client and
reads the JSON of what comes; both as many at once. In each round one follows the other, now this one first and
now that one, and what counts is the median of the rounds' ratios: all are of this machine and this run. Beside the
time by the clock stands this process's own, user and system: what else the machine does changes it least.

python benchmarks/client_overhead.py [TEXTS] [CONCURRENCY] [ANSWER_MS]
"""

import asyncio
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import NamedTuple

import httpx2

from polarity.backends.llm import LlmBackend
from polarity.backends.prompt import render
from polarity.contract import load_contract
from polarity.settings import LlmSettings
from polarity.types import Failure

BAR = 1.05
ROUNDS = 15
CANDIDATES = {f" word{at}": -3.0 - at for at in range(19)} | {" positive": -0.1}
CHOICE = {
    "index": 0,
    "text": " positive",
    "finish_reason": "stop",
    "logprobs": {"tokens": [" positive"], "token_logprobs": [-0.1], "top_logprobs": [CANDIDATES]},
}
BODY = json.dumps({"choices": [CHOICE], "usage": {"prompt_tokens": 400, "completion_tokens": 1}}).encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
) + BODY


class Cost(NamedTuple):
    """Seconds that a run took: by the clock, and of this process."""

    clock: float
    process: float


async def _talk(answer_s: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            await asyncio.sleep(answer_s)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(port: Connection, answer_s: float) -> None:
    server = await asyncio.start_server(partial(_talk, answer_s), "127.0.0.1", 0)
    port.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serve(port: Connection, answer_s: float) -> None:
    asyncio.run(_serve(port, answer_s))


async def _cost(run: Callable[[], Awaitable[None]]) -> Cost:
    clock, process = time.perf_counter(), time.process_time()
    await run()
    return Cost(time.perf_counter() - clock, time.process_time() - process)


async def bare(url: str, asked: list[str], concurrency: int) -> Cost:
    """Send the requests, so many at once."""
    contract = load_contract()
    bodies = iter(
        [
            {
                "model": "default",
                "prompt": render(contract, text),
                "stop": list(contract.prompt.stop),
                "max_tokens": 1,
                "temperature": 0.0,
                "logprobs": 20,
            }
            for text in asked
        ]
    )

    async def work(client: httpx2.AsyncClient) -> None:
        for body in bodies:
            answer = await client.post(f"{url}/completions", json=body)
            answer.json()["choices"][0]["logprobs"]["top_logprobs"][0]

    async with httpx2.AsyncClient(trust_env=False, timeout=None) as client:

        async def run() -> None:
            await asyncio.gather(*(work(client) for _ in range(concurrency)))

        return await _cost(run)


async def ours(url: str, asked: list[str], concurrency: int) -> Cost:
    """Ask the LLM backend."""
    settings = LlmSettings.model_validate({"server": "remote", "base_url": url, "concurrency": concurrency})
    backend = LlmBackend.start(settings, load_contract(), deadline_s=3600.0)

    async def run() -> None:
        raws = await backend.predict(asked)
        if any(isinstance(raw, Failure) for raw in raws):
            sys.exit("some texts got no answer: the ratio would be of something else")

    try:
        return await _cost(run)
    finally:
        await backend.aclose()


async def main(count: int, concurrency: int, answer_ms: int) -> None:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(sending, answer_ms / 1000), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiving.recv()}/v1"
    asked = [f"The parcel number {at} was a joy." for at in range(count)]
    await ours(url, asked[:concurrency], concurrency)
    took: dict[str, list[Cost]] = {"bare": [], "ours": []}
    for at in range(ROUNDS):
        for name, way in [("bare", bare), ("ours", ours)][:: 1 if at % 2 else -1]:
            took[name].append(await way(url, asked, concurrency))
    server.terminate()
    print(f"{count} texts, {concurrency} at once, answered after {answer_ms} ms; {ROUNDS} rounds")
    took = {
        name: [Cost(*(1000 * seconds / count for seconds in cost)) for cost in took[name]] for name in took
    }
    by_clock = _told("clock", [cost.clock for cost in took["bare"]], [cost.clock for cost in took["ours"]])
    _told("process", [cost.process for cost in took["bare"]], [cost.process for cost in took["ours"]])
    print(f"bar, by the clock: {BAR}: {'met' if by_clock <= BAR else 'missed'}")


def _told(kind: str, theirs: list[float], mine: list[float]) -> float:
    """Print what a text took in milliseconds, given a number a round; give the median of the rounds' ratios."""
    ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
    print(
        f"{kind:7} bare {statistics.median(theirs):.3f} ms a text, ours {statistics.median(mine):.3f}; "
        f"ours / bare: {statistics.median(ratios):.3f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    return statistics.median(ratios)


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[1:]]
    asyncio.run(main(*(numbers + [200, 4, 50][len(numbers) :])))
