"""What asking a remote server costs beside its answers: retries, places, budgets, breaker and all.

A server of its own process answers after exactly 50 ms. TEXTS are asked about by the LLM backend, and by a bare
loop that only sends the same requests through the same HTTP client and reads the JSON of what comes; both as
many at once. They take turns, and what counts is the ratio of medians: all are of this machine and this run.

python benchmarks/client_overhead.py [TEXTS] [CONCURRENCY]
"""

import asyncio
import json
import multiprocessing
import statistics
import sys
import time
from multiprocessing.connection import Connection

import httpx2

from polarity.backends.llm import LlmBackend
from polarity.backends.prompt import render
from polarity.contract import load_contract
from polarity.settings import LlmSettings
from polarity.types import Failure

BAR = 1.05
ANSWER_S = 0.05
ROUNDS = 7
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


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            await asyncio.sleep(ANSWER_S)
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(port: Connection) -> None:
    server = await asyncio.start_server(_talk, "127.0.0.1", 0)
    port.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serve(port: Connection) -> None:
    asyncio.run(_serve(port))


async def bare(url: str, asked: list[str], concurrency: int) -> float:
    """Send the requests, so many at once; give the seconds it takes."""
    contract, waiting = load_contract(), iter(asked)

    async def work(client: httpx2.AsyncClient) -> None:
        for text in waiting:
            body = {
                "model": "default",
                "prompt": render(contract, text),
                "stop": list(contract.prompt.stop),
                "max_tokens": 1,
                "temperature": 0.0,
                "logprobs": 20,
            }
            answer = await client.post(f"{url}/completions", json=body)
            answer.json()["choices"][0]["logprobs"]["top_logprobs"][0]

    async with httpx2.AsyncClient(trust_env=False, timeout=None) as client:
        begun = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(concurrency)))
        return time.perf_counter() - begun


async def ours(url: str, asked: list[str], concurrency: int) -> float:
    """Ask the LLM backend; give the seconds it takes."""
    settings = LlmSettings.model_validate({"server": "remote", "base_url": url, "concurrency": concurrency})
    backend = LlmBackend.start(settings, load_contract(), deadline_s=3600.0)
    begun = time.perf_counter()
    raws = await backend.predict(asked)
    took = time.perf_counter() - begun
    await backend.aclose()
    if any(isinstance(raw, Failure) for raw in raws):
        sys.exit("some texts got no answer: the ratio would be of something else")
    return took


async def main(count: int, concurrency: int) -> None:
    receiving, sending = multiprocessing.get_context("spawn").Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(sending,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiving.recv()}/v1"
    asked = [f"The parcel number {at} was a joy." for at in range(count)]
    await ours(url, asked[:concurrency], concurrency)
    took: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(ROUNDS):
        took["bare"].append(await bare(url, asked, concurrency))
        took["ours"].append(await ours(url, asked, concurrency))
    server.terminate()
    print(
        f"{count} texts, {concurrency} at once; the server's own time is {count / concurrency * ANSWER_S:.2f} s"
    )
    for name, times in took.items():
        print(f"{name:4} {statistics.median(times):.3f} s ({min(times):.2f} to {max(times):.2f})")
    ratio = statistics.median(took["ours"]) / statistics.median(took["bare"])
    print(f"ours / bare: {ratio:.3f}; bar {BAR}: {'met' if ratio <= BAR else 'missed'}")


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[1:]]
    asyncio.run(main(*(numbers + [200, 4][len(numbers) :])))
