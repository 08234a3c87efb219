"""How quick is the mapper beside that of other commits, on the same texts, in one run?

    git worktree add ../before a8c0776
    python benchmarks/mapper_trees.py fixtures/completions.jsonl ../before .

Each tree reads by its own default contract, in a process of its own; they take turns, and of each the best
turn counts. Short answers are those of at most three words that the first tree reads: that is what was quick
before. The ratio is to the first tree's speed.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

STARTS = 3  # a process may have luck with where its objects lie
TURNS = 8
LEAST = 2_000  # completions in a turn: one that is much shorter measures the clock
SHORT = 3  # words
GROUPS = ("short answers", "all")
CONTRACT = Path("polarity/contracts/polarity.v1.toml")


def main(corpus: Path, trees: list[Path]) -> None:
    best: dict[str, list[float]] = {group: [0.0] * len(trees) for group in GROUPS}
    for _ in range(STARTS):
        workers = [started(corpus, tree) for tree in trees]
        wanted = {"short answers": asked(workers[0], "answers"), "all": "all"}
        for group in GROUPS:
            for worker in workers:
                asked(worker, wanted[group])
            for _ in range(TURNS):
                rates = [float(asked(worker, "turn")) for worker in workers]
                best[group] = list(map(max, best[group], rates))
        for worker in workers:
            worker.communicate()
    for tree, *rates in zip(trees, *best.values(), strict=True):
        beside = (
            f"{rate:9,.0f} ({rate / first[0]:.2f})" for rate, first in zip(rates, best.values(), strict=True)
        )
        print(f"{tree!s:40}{', '.join(map(' '.join, zip(GROUPS, beside, strict=True)))} a second")


def started(corpus: Path, tree: Path) -> "subprocess.Popen[str]":
    """Start a process that maps by a tree's code."""
    return subprocess.Popen(  # noqa: S603 - this file, by this Python
        [sys.executable, Path(__file__).resolve(), "--in", corpus.resolve()],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree.resolve())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def asked(worker: "subprocess.Popen[str]", what: str) -> str:
    print(what, file=pipe(worker.stdin), flush=True)
    return pipe(worker.stdout).readline().strip()


def pipe(found: "IO[str] | None") -> "IO[str]":
    if found is None:
        raise ValueError("the process was started without pipes")
    return found


def work(corpus: Path) -> None:
    """Answer what is asked on standard input: which completions are short answers, these, a turn over them."""
    from polarity.contract import load_contract, mapper
    from polarity.types import Abstention, Completion, Verdict

    contract = load_contract(CONTRACT)
    rows = [json.loads(line) for line in corpus.read_text("utf-8").splitlines()]
    all_ = [
        Completion(text=text_of(row["text"]), finish_reason=row.get("finish_reason", "stop")) for row in rows
    ]
    todo: list[Completion] = []
    for line in sys.stdin:
        what = line.strip()
        if what == "answers":
            short = (at for at, raw in enumerate(all_) if 0 < len(raw.text.split()) <= SHORT)
            found = [at for at in short if isinstance(mapper.map(all_[at], contract), Verdict | Abstention)]
            print(*found, flush=True)
        elif what == "turn":
            started = time.process_time()
            for raw in todo:
                mapper.map(raw, contract)
            print(len(todo) / (time.process_time() - started), flush=True)
        else:
            wanted = all_ if what == "all" else [all_[int(at)] for at in what.split()]
            todo = wanted * (LEAST // len(wanted) + 1)
            random.Random(0).shuffle(todo)
            print(len(todo), flush=True)


def text_of(text: Any) -> str:
    return text if isinstance(text, str) else text["repeat"] * text["times"]


if __name__ == "__main__":
    if sys.argv[1] == "--in":
        work(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), [Path(tree) for tree in sys.argv[2:]])
