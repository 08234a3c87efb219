"""How quick is the mapper, on one core?

    python benchmarks/mapper_speed.py contracts/polarity.v1.toml fixtures/completions.jsonl

Over the corpus, each completion many times in a shuffled order. Short are those of at most three words:
a short answer is one with a verdict or an abstention, which is what a model gives that does as it is told.
Time at 10 kB is taken over texts made to be slow, under a contract that lets them be read at all,
and must grow with the length and not with its square.
"""

import platform
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.review.corpus import read_corpus
from polarity.types import Abstention, Completion, Verdict

SHORT = 3  # words
ROUNDS = 15  # the best counts: the others had company
SLOW: dict[str, Callable[[int], str]] = {
    "one word, over and over": lambda size: "positive " * (size // 9),
    "a leading statement and its reason": lambda size: "Positive. " + "The staff were kind. " * (size // 21),
    "a reason full of label words": lambda size: "Positive. " + "it is not negative, " * (size // 20),
    "prose without an answer": lambda size: "The parcel came late and the box was open. " * (size // 43),
    "clauses": lambda size: "a, " * (size // 3),
    "emphasis": lambda size: '*"' * (size // 2),
    "accents": lambda size: "é à ö " * (size // 6),
    "combining marks": lambda size: "\u0300\u0316" * (size // 2),
    "openings": lambda size: "sure, " * (size // 6),
    "brackets": lambda size: "[" * size,
    "fields": lambda size: "text: a\n" * (size // 8),
    "contrasts and cues": lambda size: "positive. " + "but happy " * (size // 10),
    "tags in tags": lambda size: "<" * (size // 4) + "b>" * (size // 4),
    "negators": lambda size: "not " * (size // 4),
    "fences": lambda size: "```\n" * (size // 4),
    "end tokens": lambda size: "positive" + "</s> " * (size // 5),
    "reasoning": lambda size: "<think>" * (size // 7),
    "numbers": lambda size: "positive 0.9, " * (size // 14),
    "codes": lambda size: "2 - positive\n" * (size // 13),
    "labels in brackets": lambda size: "answer: [positive] " * (size // 19),
    "bars": lambda size: "positive | " * (size // 11),
    "objects": lambda size: '{"a": ' * (size // 6),
    "an object with reasons": lambda size: (
        '{"label": "positive", "reason": "' + "not a negative word, " * (size // 21) + '"}'
    ),
    "a lead": lambda size: "It is kind. " * (size // 12) + '{"label": "positive"}',
    "blank lines": lambda size: "positive\n" + "\n \n" * (size // 3) + "review: no",
    "declining": lambda size: "positive. " + "hard to really say the " * (size // 23),
}


def main(contract_path: Path, corpus_path: Path) -> None:
    contract = load_contract(contract_path)
    rows = [row.completion for row in read_corpus(corpus_path, contract)]
    short = [row for row in rows if 0 < len(row.text.split()) <= SHORT]
    answers = [row for row in short if isinstance(mapper.map(row, contract), Verdict | Abstention)]
    print(
        f"Python {platform.python_version()}, {platform.machine()}, one core; {contract.ref.id} {contract.ref.version}"
    )
    for name, wanted in (("short answers", answers), ("all short", short), ("all", rows)):
        print(f"{name:16}{len(wanted):5} completions, mapped {rate(wanted, contract):9,.0f} a second")
    wide = Contract.parse(
        contract.source.replace("max_chars = 4000\ncoverage", "max_chars = 100000\ncoverage").encode()
    )
    print(f"\n{'ms at':44}{'10 kB':>8}{'20 kB':>8}{'ratio':>8}")
    for name, make in SLOW.items():
        small, large = (milliseconds(make(size), wide) for size in (10_000, 20_000))
        print(f"{name:44}{small:8.2f}{large:8.2f}{large / small:8.2f}")


def rate(completions: Sequence[Completion], contract: Contract) -> float:
    """Completions a second, the best of some rounds."""
    todo = list(completions) * (5_000 // len(completions) + 1)
    random.Random(0).shuffle(todo)
    best = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        for completion in todo:
            mapper.map(completion, contract)
        best = max(best, len(todo) / (time.process_time() - started))
    return best


def milliseconds(text: str, contract: Contract) -> float:
    completion, best = Completion(text=text), float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        mapper.map(completion, contract)
        best = min(best, time.process_time() - started)
    return best * 1000


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
