"""What a classifier's word is worth by how much of a text it knows: python benchmarks/known_floor.py FILE...

Of each labelled text, words drawn by chance are put into a script that the checkpoint does not know, a share of
0, 0.1, ... 1. The table gives, by share of tokens known, accuracy, mean confidence and how far the two lie apart:
below which share a confidence promises what is not kept. `policy.known_floor` is from it.
"""

import asyncio
import random
import sys
from importlib.metadata import version
from pathlib import Path

from polarity.backends.bert import BertBackend
from polarity.contract import load_contract
from polarity.records import read
from polarity.settings import BertSettings
from polarity.types import Scores

UNREADABLE = "ꀕꂇꃀ"  # Yi: no token of an English vocabulary
STEPS = 10
ROWS = 400


async def main(paths: list[str]) -> None:
    """Print the table."""
    draw = random.Random(0)
    contract = load_contract()
    backend = BertBackend.load(BertSettings(), contract)
    rows = [row for path in paths for row in draw.sample([*read(Path(path))], ROWS)]
    print(f"polarity {version('polarity')}, {len(rows)} rows of {', '.join(paths)}, seed 0")
    print(f"{'known':>9} {'n':>5} {'accuracy':>9} {'confidence':>11} {'apart':>7}")
    found: dict[int, list[tuple[bool, float]]] = {}
    for step in range(STEPS + 1):
        texts = [_spoiled(row.text, step / STEPS, draw) for row in rows]
        for row, raw in zip(rows, await backend.predict(texts), strict=True):
            if not isinstance(raw, Scores) or raw.known is None:
                raise SystemExit(f"{row.text!r}: {raw}")
            name = max(raw.probabilities, key=raw.probabilities.__getitem__)
            right = contract.file.binding[name] == row.label
            found.setdefault(int(raw.known.tokens * STEPS), []).append((right, raw.probabilities[name]))
    for at in sorted(found):
        n = len(found[at])
        accuracy = sum(right for right, _ in found[at]) / n
        confidence = sum(sure for _, sure in found[at]) / n
        share = f"{at / STEPS:.1f} to {min(1.0, (at + 1) / STEPS):.1f}" if at < STEPS else "all"
        print(f"{share:>9} {n:5} {accuracy:9.3f} {confidence:11.3f} {confidence - accuracy:+7.3f}")
    await backend.aclose()


def _spoiled(text: str, share: float, draw: random.Random) -> str:
    words = text.split()
    for at in draw.sample(range(len(words)), round(share * len(words))):
        words[at] = UNREADABLE
    return " ".join(words)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
