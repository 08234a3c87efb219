"""The service beside the servers that people would pick instead, in one run: same checkpoint, texts and cores.

    benchmarks/peers/setup.sh
    python benchmarks/serving.py 5                 # seconds a line, all servers
    python benchmarks/serving.py 5 ours litserve   # these
    python benchmarks/serving.py 5 ours --texts ../shared/data/s*/dev.jsonl  # of other length

"ours" runs by what `polarity optimize` made, if it did; "ours-torch" by torch, as it is installed. First transformers.pipeline and our backend in this process, in texts a second; then each server alone: its
scores against the pipeline's, wrk's closed loop over kept connections with single texts and with lists of 32
(the short English rows of fixtures/reviews.jsonl, or `SAMPLE` of other files), and single texts offered at `OFFERED` times what the pipeline does one by
one, by the client of service_load.py. wrk times all answers alike, so where some are refused it times nothing.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from service_load import CONNECTIONS, offered, request, short_texts

from polarity.backends.bert import BertBackend
from polarity.contract import load_contract
from polarity.settings import BertSettings

HERE: Final = Path(__file__).parent / "peers"
INSTALLED: Final = HERE.parents[1] / "out" / "peers"
CHECKPOINT: Final = HERE.parents[1] / "polarity" / "checkpoint"
LIST: Final = 32
OFFERED: Final = 0.6
SAMPLE: Final = 400
START_S: Final = 900.0  # where the machine does other work, importing torch alone takes minutes
Scored = list[dict[str, float]]


def _pairs(found: Any) -> Scored:
    """Read what a pipeline gives: for each text its labels with their scores."""
    return [{one["label"].lower(): one["score"] for one in text} for text in found]


@dataclass(frozen=True)
class Server:
    """How a server is started on a port, and asked."""

    command: Callable[[int], Sequence[str]]
    path: str = "/classify"
    environment: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[list[str]], dict[str, Any]] = lambda texts: {
        "input": texts[0] if len(texts) == 1 else texts
    }
    scores: Callable[[Any], Scored] = _pairs


def _bin(peer: str, program: str) -> str:
    return str(INSTALLED / peer / "bin" / program)


def _ours(runtime: str) -> Server:
    own = {"POLARITY_BACKEND": "bert", "POLARITY_BERT__RUNTIME": runtime}
    return Server(
        lambda port: [sys.executable, "-m", "polarity", "serve", "--port", str(port)],
        "/polarity",
        {**own, "POLARITY_BERT__CALIBRATION": "none"},  # the network's own scores
        scores=lambda found: [
            {name.lower(): p for name, p in one["scores"].items()} for one in found["results"]
        ],
    )


SERVERS: Final = {
    "ours": _ours("auto"),
    "ours-torch": _ours("torch"),
    "infinity": Server(
        lambda port: [
            *(_bin("infinity", "infinity_emb"), "v2", "--model-id", str(CHECKPOINT)),
            *("--served-model-name", "checkpoint", "--device", "cpu", "--dtype", "float32"),
            *("--no-bettertransformer", "--host", "127.0.0.1", "--port", str(port)),
        ],
        environment={"DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0"},
        body=lambda texts: {"model": "checkpoint", "input": texts},
        scores=lambda found: _pairs(found["data"]),
    ),
    "litserve": Server(
        lambda port: [_bin("litserve", "python"), str(HERE / "litserve_app.py"), str(port)],
        "/predict",
        scores=lambda found: _pairs(found["results"]),
    ),
    "bentoml": Server(
        lambda port: [
            *(_bin("bentoml", "bentoml"), "serve", "bentoml_app:Classify"),
            *("--working-dir", str(HERE), "--host", "127.0.0.1", "--port", str(port)),
        ],
        environment={"BENTOML_DO_NOT_TRACK": "True"},
        body=lambda texts: {"input": texts},
    ),
    "fastapi": Server(
        lambda port: [
            *(_bin("fastapi", "uvicorn"), "fastapi_app:app", "--app-dir", str(HERE)),
            *("--port", str(port), "--no-access-log"),
        ]
    ),
}


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a server is never left behind
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float)
    parser.add_argument("servers", nargs="*", default=[*SERVERS])
    parser.add_argument("--texts", nargs="+", type=Path, default=[])
    given = parser.parse_args()
    seconds, names = given.seconds, given.servers
    texts = sample(given.texts) if given.texts else short_texts()
    expected, one_by_one = in_process(texts, seconds)
    print("\n| server | load | good texts/s | p50 ms | p99 ms | refused | other or failed |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        try:
            compared(name, texts, expected, one_by_one, seconds)
        except (OSError, ValueError) as error:
            print(f"| {name} | {error} |||||", flush=True)


def sample(paths: Sequence[Path]) -> list[str]:
    """Take texts of all files, at even distances."""
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").split("\n") if line]
    return [row["text"] for row in rows][:: max(1, len(rows) // SAMPLE)][:SAMPLE]


def in_process(texts: list[str], seconds: float) -> tuple[Scored, float]:
    """Print the rates without a server; give the pipeline's scores, and its rate one by one."""
    from transformers import pipeline

    classify = pipeline("text-classification", str(CHECKPOINT), top_k=None, device="cpu", dtype="float32")
    lengths = [len(ids) for ids in classify.tokenizer(texts)["input_ids"]]
    print(f"{len(texts)} texts of {sum(lengths) / len(lengths):.1f} tokens on average\n")
    expected = _pairs(classify(texts))
    print("| in process | texts/s |\n|---|---|")
    one_by_one = rate(lambda: classify(texts, batch_size=1), len(texts), seconds)
    print(f"| transformers.pipeline, one by one | {one_by_one:.1f} |")
    batches = rate(lambda: classify(texts, batch_size=LIST), len(texts), seconds)
    print(f"| transformers.pipeline, batches of {LIST} | {batches:.1f} |", flush=True)
    runtimes: tuple[Literal["auto", "torch"], ...] = ("auto", "torch")
    for runtime in runtimes:
        asyncio.run(ours_in_process(runtime, texts, seconds))
    return expected, one_by_one


async def ours_in_process(runtime: Literal["auto", "torch"], texts: list[str], seconds: float) -> None:
    backend = BertBackend.load(BertSettings(runtime=runtime, calibration="none"), load_contract())
    many = texts * 10
    await backend.predict(texts)
    began, done = time.perf_counter(), 0
    while (took := time.perf_counter() - began) < seconds:
        await backend.predict(many)
        done += len(many)
    print(f"| ours by {backend.runtime}, one list of {len(many)} | {done / took:.1f} |", flush=True)
    await backend.aclose()


def rate(work: Callable[[], object], texts: int, seconds: float) -> float:
    work()
    began, rounds = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        work()
        rounds += 1
    return rounds * texts / (time.perf_counter() - began)


def compared(name: str, texts: list[str], expected: Scored, one_by_one: float, seconds: float) -> None:
    server = SERVERS[name]
    with running(server) as (port, ready_s):
        found = [scored for text in texts for scored in server.scores(asked(server, port, [text]))]
        print(f"| {name} | ready in {ready_s:.1f} s, scores within {furthest(found, expected):.0e} |||||")
        singles = [server.body([text]) for text in texts]
        lists = [server.body((texts * 2)[at : at + LIST]) for at in range(len(texts))]
        for connections in CONNECTIONS:
            measured(
                f"{name} | single, {connections} connections", server, port, singles, connections, seconds
            )
            asked(server, port, texts[:1])  # what callers who have left still wait for is done then
        sent = cycle([request(body, server.path) for body in singles])
        tally = asyncio.run(offered(port, sent, OFFERED * one_by_one, 2 * seconds))
        print(f"| {name} | single, {OFFERED * one_by_one:.0f}/s offered | {tally.short()}", flush=True)
        for connections in CONNECTIONS:
            asked(server, port, texts[:1])
            measured(
                f"{name} | lists of {LIST}, {connections} connections",
                server,
                port,
                lists,
                connections,
                seconds,
            )


def furthest(found: Scored, expected: Scored) -> float:
    return max(
        abs(one[label] - p) for one, right in zip(found, expected, strict=True) for label, p in right.items()
    )


def measured(
    name: str, server: Server, port: int, bodies: list[dict[str, Any]], connections: int, seconds: float
) -> None:
    """Let wrk ask again on each connection as soon as it has its answer, and print a row."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bodies.jsonl"
        file.write_text("".join(json.dumps(body) + "\n" for body in bodies), "utf-8")
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--timeout", "300"]
        command += ["--duration", f"{seconds:.0f}s", "--script", str(HERE / "load.lua")]
        command += [f"http://127.0.0.1:{port}", "--", server.path, str(file)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - wrk
    found = json.loads(output.splitlines()[-1])
    is_timed = found["good"] and not found["refused"] + found["other"]
    p50, p99 = (f"{found[key]:.0f}" if is_timed else "" for key in ("p50_ms", "p99_ms"))
    texts = found["good"] * (
        LIST if isinstance(bodies[0]["input"], list) and len(bodies[0]["input"]) > 1 else 1
    )
    rest = found["other"] + found["failed"]
    print(
        f"| {name} | {texts / found['seconds']:.1f} | {p50} | {p99} | {found['refused']} | {rest} |",
        flush=True,
    )


@contextmanager
def running(server: Server) -> Iterator[tuple[int, float]]:
    """Start a server; give its port, and the seconds until its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | server.environment | {"CHECKPOINT": str(CHECKPOINT)}
    environment |= {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    log = INSTALLED / "server.log"
    began = time.perf_counter()
    with (
        log.open("wb") as sink,
        subprocess.Popen(  # noqa: S603 - what is set up here
            server.command(port), env=environment, stdout=sink, stderr=sink, start_new_session=True
        ) as process,
    ):
        try:
            while not answers(server, port):
                if time.perf_counter() - began > START_S or process.poll() is not None:
                    raise ValueError(f"it does not start: see {log}")
                time.sleep(0.1)
            yield port, time.perf_counter() - began
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def answers(server: Server, port: int) -> bool:
    try:
        asked(server, port, ["Fine."])
    except (OSError, urllib.error.HTTPError):
        return False
    return True


def asked(server: Server, port: int, texts: list[str]) -> Any:
    address = f"http://127.0.0.1:{port}{server.path}"
    body = json.dumps(server.body(texts)).encode()
    asking = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asking, timeout=300) as response:  # noqa: S310 - to ourselves
        return json.load(response)


if __name__ == "__main__":
    main()
