"""Of a text that is too long, what is worth reading?

The reviews of cad_imdb are longer than the others, and none has more than 512 tokens: so the network is
given less to read at once, and each way of reading is measured against that of reading everything.
Accuracy is over two labels, since the reviews have no neutral one.

    python benchmarks/overflow.py CHECKPOINT ../shared/data/cad_imdb/dev.jsonl
"""

import asyncio
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from transformers import AutoTokenizer

from polarity.backends.bert import BertBackend
from polarity.contract import load_contract
from polarity.records import read
from polarity.settings import BertSettings
from polarity.types import RawOutput, Scores

LENGTHS = (64, 128, 256)
ENDS = ("negative", "positive")


async def measured(backend: BertBackend, texts: list[str]) -> tuple[list[RawOutput], float]:
    started = time.perf_counter()
    raws = await backend.predict(texts)
    seconds = time.perf_counter() - started
    await backend.aclose()
    return raws, seconds


def is_right(raw: RawOutput, label: str | None) -> bool:
    return isinstance(raw, Scores) and max(ENDS, key=raw.probabilities.__getitem__).upper() == label


def main(checkpoint: str, data: Path) -> None:
    contract, rows = load_contract(), list(read(data))
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    print(
        f"{data.parent.name}/{data.name}: {len(rows)} texts; {platform.machine()}, torch {version('torch')}"
    )
    print("| tokens at once | overflow | texts over it | accuracy | tokens read | time against all |")
    print("| --- | --- | --- | --- | --- | --- |")
    whole_seconds = 0.0
    for length, overflow in [
        (512, "right"),
        *((n, o) for n in LENGTHS for o in ("right", "head_tail", "window")),
    ]:
        settings = BertSettings.model_validate(
            {"checkpoint": checkpoint, "max_length": length, "overflow": overflow}
        )
        backend = BertBackend.load(settings, contract)
        raws, seconds = asyncio.run(measured(backend, [row.text for row in rows]))
        whole_seconds = whole_seconds or seconds
        right = sum(is_right(raw, row.label) for raw, row in zip(raws, rows, strict=True))
        tokens = sum(raw.tokens for raw in raws if isinstance(raw, Scores))
        lengths = [len(ids) for ids in tokenizer([row.text for row in rows])["input_ids"]]
        over = sum(found > length for found in lengths)
        print(
            f"| {length} | {overflow} | {over} | {right / len(rows):.4f} | {tokens:,} | {seconds / whole_seconds:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
