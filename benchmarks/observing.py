"""What metrics, log lines and spans cost a request: the whole application over a constant answer, by turns.

    python benchmarks/observing.py 100

Prints the processor's time of one request in microseconds, without a socket: the median over so many rounds of a
block each, and how many times that of the application that nobody observes. A round goes through all of them, so
that whatever else the machine does meets each alike.
"""

import asyncio
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer

from starlette.types import ASGIApp
from wire_speed import Constant, asked

from polarity.classifier import Classifier
from polarity.contract import load_contract
from polarity.service import create_app
from polarity.service.counting import Counting
from polarity.service.logs import logged
from polarity.service.observing import Observer
from polarity.settings import ServiceSettings, Settings
from polarity.types import Result

BLOCK = 200
NOBODY, METRICS, LOG, SPANS = (
    "nobody",
    "metrics",
    "metrics, and a line of JSON in the log",
    "metrics, and spans",
)


def main() -> None:
    if sys.argv[1] == "collect":
        with HTTPServer(("127.0.0.1", 0), Taking) as server:
            print(server.server_port, flush=True)
            server.serve_forever()
    with collector() as url:
        rounds = asyncio.run(measured(int(sys.argv[1]), url))
    print("| observed by | µs of processor a request | times unobserved |\n|---|---|---|")
    for name, spent in rounds.items():
        times = statistics.median(one / other for one, other in zip(spent, rounds[NOBODY], strict=True))
        print(f"| {name} | {statistics.median(spent):.0f} | {times:.3f} |")


class Taking(BaseHTTPRequestHandler):
    """A collector that reads what it is sent, and keeps nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collector() -> Iterator[str]:
    """Run one in a process of its own: its time is not ours."""
    line = [sys.executable, __file__, "collect"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        try:
            (port,) = re.findall(r"\d+", process.stdout.readline() if process.stdout else "")
            yield f"http://127.0.0.1:{port}/v1/traces"
        finally:
            process.terminate()


class Uncounted(Counting):
    def decided(self, results: Iterable[Result]) -> None:
        pass


async def measured(rounds: int, url: str) -> dict[str, list[float]]:
    apps = {name: await loaded(name, url) for name in (NOBODY, METRICS, LOG, SPANS)}
    spent: dict[str, list[float]] = {name: [] for name in apps}
    for at in range(rounds + 1):
        for name, app in apps.items():
            took = await block(app, is_logged=name == LOG)
            if at:  # the first is warming up
                spent[name].append(took)
    return spent


async def block(app: ASGIApp, *, is_logged: bool) -> float:
    """Give the processor's time of one request in microseconds."""
    with logged(ServiceSettings(log_format="json", log_level="info")) if is_logged else nullcontext():
        began = time.process_time()
        for _ in range(BLOCK):
            await asyncio.create_task(asked(app, 200))
        return 1e6 * (time.process_time() - began) / BLOCK


async def loaded(name: str, url: str) -> ASGIApp:
    service = {"spans_url": url} if name == SPANS else {}
    settings = Settings.model_validate({"backend": "bert", "service": service})
    app = create_app(settings, classifier=lambda _: Classifier(load_contract(), [Constant(is_full=False)]))
    await app.state.runtime.load()
    if name == NOBODY:
        observer: object = Observer  # the one is typed as a factory, the other as a class
        app.user_middleware[:] = [one for one in app.user_middleware if one.cls is not observer]
        app.state.runtime.counting = Uncounted()
    return app


if __name__ == "__main__":
    main()
