"""Whether a file's labels follow from its texts: python benchmarks/labels_follow.py FILE...

Each file is cut into parts of 300 rows, in its own order. Printed are how positive the shipped checkpoint finds the
rows of each label, P(POSITIVE) - P(NEGATIVE) on average, and the rank correlation of that with the label, with its
95 % interval (Fisher's transformation; Fieller, Hartley and Pearson 1957 for ranks). Where labels follow, it lies
above 0, also where the checkpoint knows the language only in part; where it holds 0, nothing shows that they do.
Fewer than ten rows say nothing and are left out.
"""

import asyncio
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from scipy.stats import spearmanr

from polarity.backends.bert import BertBackend
from polarity.contract import load_contract
from polarity.records import read
from polarity.settings import BertSettings
from polarity.types import Scores

PART, FEWEST = 300, 10
WORTH = {"NEGATIVE": -1, "NEUTRAL": 0, "POSITIVE": 1}


async def main(paths: Sequence[str]) -> None:
    """Print a row for each part of each file."""
    backend = BertBackend.load(BertSettings(), load_contract())
    print(f"| file | rows | {' | '.join(WORTH)} | correlation |\n|---|---|---|---|---|---|")
    for path in map(Path, paths):
        rows = [*read(path)]
        for at in range(0, len(rows), PART):
            part = rows[at : at + PART]
            found = await backend.predict([row.text for row in part])
            pairs = [
                (_positive(one), row.label)
                for one, row in zip(found, part, strict=True)
                if isinstance(one, Scores) and row.label in WORTH
            ]
            if len(pairs) >= FEWEST:
                print(_line(f"{path.name} | {at + 1} to {at + len(part)}", pairs))
    await backend.aclose()


def _positive(scores: Scores) -> float:
    return scores.probabilities["positive"] - scores.probabilities["negative"]


def _line(name: str, pairs: Sequence[tuple[float, str]]) -> str:
    means = []
    for label in WORTH:
        own = [said for said, of in pairs if of == label]
        means.append(f"{sum(own) / len(own):+.2f}" if own else "-")
    found = spearmanr([said for said, _ in pairs], [WORTH[of] for _, of in pairs]).statistic
    wide = 1.96 * math.sqrt(1.06 / (len(pairs) - 3))
    low, high = (math.tanh(math.atanh(found) + side * wide) for side in (-1, 1))
    return f"| {name} | {' | '.join(means)} | {found:+.2f} ({low:+.2f} to {high:+.2f}) |"


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
