"""What a request costs beside the network: a constant answer through the whole application, without a socket.

    python benchmarks/wire_speed.py 2000

Prints the processor's time a request, for a label and for two refusals, and how many times that of the least
ASGI application it is, in one run.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from itertools import count
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polarity.classifier import Classifier
from polarity.contract import load_contract
from polarity.errors import Overloaded
from polarity.service import create_app
from polarity.settings import Settings
from polarity.types import RawOutput, Scores, Usage

BODY = json.dumps({"input": "The refund arrived a day early."}).encode()
SHARES = {"negative": 0.02, "neutral": 0.08, "positive": 0.9}
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
    print("| answered with | µs of processor a request | times the least |\n|---|---|---|")
    asyncio.run(measured(int(sys.argv[1])))


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
