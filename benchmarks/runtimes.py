"""BERT in this process, side by side: transformers' pipeline, and ours by every runtime that is there.

    python benchmarks/runtimes.py polarity/checkpoint ../shared/data/semeval/dev.jsonl --texts 300

Short texts are the file's own; mixed ones are cut out of them, joined, to 10 to 512 tokens. A runtime is measured
where the checkpoint was optimized for it (`polarity optimize`). Labels and probabilities are held against the
pipeline's, and each text's answer in a batch against its answer alone. The share is that of what the processor
reaches in a product of the layers' shape, measured in the same run, at 12 products of size by size a token and
layer, without attention and with the last layer for the first token only.

Each is timed in the better of two passes: OpenVINO compiles its products for every shape that it sees first.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import pipeline

from polarity.backends.bert import BertBackend
from polarity.backends.runtimes.choice import choose
from polarity.backends.runtimes.processors import processor, usable_processors
from polarity.contract import load_contract
from polarity.settings import BertSettings
from polarity.types import RawOutput, Scores

LENGTHS = (10, 20, 40, 80, 160, 320, 512)
COMPANY = 20
PASSES = 2
RUNTIMES = (
    ("torch", "fp32"),
    ("onnxruntime", "fp32"),
    ("openvino", "fp32"),
    ("onnxruntime", "int8"),
    ("openvino", "int8"),
)

Answers = list[dict[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=usable_processors())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    lines = [json.loads(line)["text"] for line in args.data.read_text("utf-8").split("\n") if line]
    short = lines[: args.texts]
    asked = pipeline(
        "text-classification",
        model=args.checkpoint,
        top_k=None,
        device="cpu",
        dtype="float32",  # weights that were saved in fp16 would be multiplied in it, which takes six times as long
    )
    mixed = cut(lines, asked.tokenizer, max(7, args.texts // 10))
    print(
        f"{processor()}, {args.threads} threads, torch {torch.__version__}, {peak(args.threads):.0f} GFLOPS\n"
    )
    for name, texts in (("short", short), ("mixed", mixed)):
        compare(name, texts, asked, args.checkpoint, args.threads)


def cut(lines: Sequence[str], tokenizer: Any, count: int) -> list[str]:
    """Give texts of about so many tokens each."""
    words = " ".join(lines).split()
    found, start = [], 0
    for at in range(count):
        length = LENGTHS[at % len(LENGTHS)]
        piece = " ".join(words[start % len(words) :][:length])
        ids = tokenizer(piece, add_special_tokens=False, truncation=True, max_length=length - 2)["input_ids"]
        found.append(tokenizer.decode(ids))
        start += length
    return found


def peak(threads: int) -> float:
    """Give the GFLOPS of a product of 1,024 tokens by the inner layer's weights, in the best of ten rounds."""
    torch.set_num_threads(threads)  # who shared batches out has set another number
    left, right = torch.randn(1024, 384), torch.randn(384, 1536)
    return max(2 * 1024 * 384 * 1536 / timed(lambda: left @ right)[1] / 1e9 for _ in range(10))


def timed(work: Callable[[], Any], passes: int = 1) -> tuple[Any, float]:
    """Give what work gives, and the seconds of its best pass."""
    seconds = []
    for _ in range(passes):
        began = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - began)
    return found, min(seconds)


def compare(name: str, texts: list[str], asked: Any, checkpoint: str, threads: int) -> None:
    """Print a table."""
    tokens = sum(map(len, asked.tokenizer(texts, truncation=True)["input_ids"]))
    print(f"{len(texts)} {name} texts, {tokens / len(texts):.0f} tokens on average\n")
    print("| who | texts/s | times batch 32 | of the peak | same labels | farthest | by company |")
    print("|---|---|---|---|---|---|---|", flush=True)
    one = texts[:: max(1, len(texts) // 100)]
    _, alone_s = timed(lambda: [asked(text, truncation=True) for text in one], PASSES)
    said, batch_s = timed(lambda: asked(texts, truncation=True, batch_size=32), PASSES)
    base = len(texts) / batch_s
    expected = [{share["label"]: share["score"] for share in shares} for shares in said]
    row("pipeline, one by one", len(one) / alone_s, base)
    row("pipeline, batch 32", base, base)
    for runtime, precision in RUNTIMES:
        settings = BertSettings.model_validate(
            {
                "checkpoint": checkpoint,
                "runtime": runtime,
                "precision": precision,
                "threads": threads,
                "calibration": "none",
            }
        )
        if choose(settings).is_second:
            print(f"| {runtime} {precision}: not optimized | | | | | | |")
            continue
        ours(f"{runtime} {precision}", settings, texts, expected, base, tokens)


def ours(
    name: str, settings: BertSettings, texts: list[str], expected: Answers, base: float, tokens: int
) -> None:
    """Measure one runtime: one list, and lists of 32 that many callers send at once."""
    backend = BertBackend.load(settings, load_contract())
    asyncio.run(backend.predict(texts[:8]))
    found, seconds = timed(lambda: scores(asyncio.run(backend.predict(texts))), PASSES)
    alone = [scores(asyncio.run(backend.predict([text])))[0] for text in texts[:COMPANY]]
    _, lists_s = timed(lambda: asyncio.run(in_lists(backend, texts)), PASSES)
    asyncio.run(backend.aclose())
    same = sum(top(a) == top(b) for a, b in zip(found, expected, strict=True)) / len(texts)
    company = max(distance(a, b) for a, b in zip(alone, found[:COMPANY], strict=True))
    far = max(distance(a, b) for a, b in zip(found, expected, strict=True))
    share = work(settings.source, tokens) / seconds / 1e9 / peak(settings.threads or 1)
    row(name, len(texts) / seconds, base, f"{share:.0%}", f"{same:.2%}", f"{far:.1e}", f"{company:.1e}")
    row(f"{name}, lists of 32 at once", len(texts) / lists_s, base)


async def in_lists(backend: BertBackend, texts: list[str]) -> None:
    await asyncio.gather(*(backend.predict(texts[at : at + 32]) for at in range(0, len(texts), 32)))


def work(source: str, tokens: int) -> float:
    """Give the operations of these tokens: see above."""
    raw = json.loads((Path(source) / "config.json").read_text("utf-8"))
    inner = 2 * raw["hidden_size"] * raw["intermediate_size"]
    layer = 2 * (4 * raw["hidden_size"] ** 2 + inner)
    return float(tokens * ((raw["num_hidden_layers"] - 1) * layer + 4 * raw["hidden_size"] ** 2))


def scores(raws: Sequence[RawOutput]) -> Answers:
    return [dict(raw.probabilities) for raw in raws if isinstance(raw, Scores)]


def top(shares: dict[str, float]) -> str:
    return max(shares, key=lambda name: shares[name])


def distance(one: dict[str, float], other: dict[str, float]) -> float:
    return max(abs(share - other[name]) for name, share in one.items())


def row(name: str, speed: float, base: float, *others: str) -> None:
    cells = [name, f"{speed:.1f}", f"{speed / base:.2f}", *others, *[""] * (4 - len(others))]
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
