"""What a request costs beside the network: a constant answer through the whole application.

    python benchmarks/wire_speed.py 2000

Prints the processor's time a request without a socket, for a label and for two refusals, and how many times that
of the least ASGI application it is, in one run. Then, where wrk is installed, requests a second over kept
connections: by the service as it is started, and by uvicorn over the least application.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polarity.classifier import Classifier
from polarity.contract import load_contract
from polarity.errors import Overloaded
from polarity.service import create_app
from polarity.service.listening import listening
from polarity.service.server import url_of
from polarity.service.starting import serve
from polarity.settings import Settings
from polarity.types import RawOutput, Scores, Usage

BODY = json.dumps({"input": "The refund arrived a day early."}).encode()
SHARES = {"negative": 0.02, "neutral": 0.08, "positive": 0.9}
SERVED = ("a label", "the least")
LOAD = Path(__file__).parent / "peers" / "load.lua"
ANSWER = Scores(probabilities=SHARES, source="softmax", tokens=9, usage=Usage(9))


class Constant:
    """A BERT that always says the same, or is always full."""

    name = "bert"

    def __init__(self, *, is_full: bool) -> None:
        self._is_full = is_full

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        if self._is_full:
            raise Overloaded("9000 tokens are waiting: there is no room for 9", retry_after_s=1.0)
        return [ANSWER] * len(texts)

    async def aclose(self) -> None:
        pass


async def least(_: Scope, receive: Receive, send: Send) -> None:
    """Read the body, and answer as many bytes as a label takes."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"400")]})
    await send({"type": "http.response.body", "body": b"x" * 400})


def main() -> None:
    if sys.argv[1] == "serve":
        serve_constant(sys.argv[2])
        return
    print("| answered with | µs of processor a request | times the least |\n|---|---|---|")
    asyncio.run(measured(int(sys.argv[1])))
    if which("wrk"):
        print("\n| over sockets | connections | requests/s | p50 ms | p99 ms |\n|---|---|---|---|---|")
        for name in SERVED:
            over_sockets(name)


def serve_constant(name: str) -> None:
    """Serve in this process until it is ended; the first line printed has the address."""
    settings = Settings.model_validate({"backend": "bert", "service": {"port": 0}})
    if name == "a label":
        serve(settings, classifier=lambda _: Classifier(load_contract(), [Constant(is_full=False)]))
        return
    with listening(settings.service) as listener:
        print(url_of(listener), flush=True)
        bare = uvicorn.Config(least, http="httptools", loop="asyncio", lifespan="off", access_log=False)
        asyncio.run(uvicorn.Server(bare).serve(sockets=[listener]))


def over_sockets(name: str) -> None:
    line = [sys.executable, __file__, "serve", name]
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process,  # noqa: S603 - ourselves
    ):
        bodies = Path(folder) / "bodies.jsonl"
        bodies.write_bytes(BODY + b"\n")
        try:
            (url,) = re.findall(
                r"http://127\.0\.0\.1:\d+", process.stdout.readline() if process.stdout else ""
            )[:1]
            for connections in (1, 64):
                wrk = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", "5s"]
                wrk += ["--script", str(LOAD), url, "--", "/polarity", str(bodies)]
                said = subprocess.run(wrk, check=True, capture_output=True, text=True).stdout  # noqa: S603 - wrk
                found = json.loads(said.splitlines()[-1])
                rate = found["good"] / found["seconds"]
                print(
                    f"| {name} | {connections} | {rate:,.0f} | {found['p50_ms']:.2f} | {found['p99_ms']:.2f} |",
                    flush=True,
                )
        finally:
            process.terminate()


async def measured(requests: int) -> None:
    base = await cost(least, 200, requests)
    for name, status, is_full, limits in (
        ("a label", 200, False, {}),
        ("429, the queue is full", 429, True, {}),
        ("422, too many characters", 422, False, {"max_chars": 5}),
    ):
        app = await loaded(is_full=is_full, limits=limits)
        spent = await cost(app, status, requests)
        print(f"| {name} | {spent:.0f} | {spent / base:.1f} |", flush=True)


async def loaded(*, is_full: bool, limits: dict[str, Any]) -> ASGIApp:
    backend = Constant(is_full=is_full)
    settings = Settings.model_validate({"backend": "bert", "service": limits})
    app = create_app(settings, classifier=lambda _: Classifier(load_contract(), [backend]))
    await app.state.runtime.load()
    return app


async def cost(app: ASGIApp, status: int, requests: int) -> float:
    """Give the processor's time of one request, in microseconds, once it is warm."""
    for _ in range(requests // 10):
        await asyncio.create_task(asked(app, status))
    began = time.process_time()
    for _ in range(requests):
        await asyncio.create_task(asked(app, status))
    return 1e6 * (time.process_time() - began) / requests


async def asked(app: ASGIApp, expected: int) -> None:
    turns, never = count(), asyncio.Event()

    async def receive() -> Message:
        if next(turns) > 0:
            await never.wait()
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Message) -> None:
        if message.get("status", expected) != expected:
            raise ValueError(f"answered with {message['status']}")

    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
    }
    scope |= {"scheme": "http", "path": "/polarity", "raw_path": b"/polarity", "root_path": ""}
    scope |= {"query_string": b"", "headers": headers, "client": ("test", 1), "server": ("test", 1)}
    await app(scope, receive, send)


if __name__ == "__main__":
    main()
