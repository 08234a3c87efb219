"""A runtime held against torch in fp32: the same answers, in any company, and how quick."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from polarity.backends.runtimes.base import Runtime
from polarity.backends.runtimes.kept import Measured
from polarity.optimizing.graph import Array

Rows = Sequence[Sequence[int]]

TIMED: Final = 128  # rows, of all lengths
ROUNDS: Final = 3
ALONE: Final = 48  # rows that are asked alone, too


def batched(rows: Rows, budget: int) -> list[list[int]]:
    """Give places of rows, a list a batch: of like lengths, each of at most `budget` padded tokens.

    >>> batched([[1, 2, 3], [1], [1, 2], [1]], 4)
    [[1, 3], [2], [0]]
    """
    found: list[list[int]] = []
    for at in sorted(range(len(rows)), key=lambda at: len(rows[at])):
        if found and (len(found[-1]) + 1) * len(rows[at]) <= budget:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def probabilities(runtime: Runtime, rows: Rows, budget: int) -> Array:
    """Give a runtime's distributions, (rows, labels), asked by as many at once as an engine would."""
    logits = np.empty((len(rows), len(runtime.shape.names)))
    batches = batched(rows, budget)
    with ThreadPoolExecutor(runtime.at_once) as pool:
        several = pool.map(runtime.logits, [[rows[at] for at in places] for places in batches])
        for places, found in zip(batches, several, strict=True):
            logits[places] = found
    return _shares(logits)


def _shares(logits: Array) -> Array:
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(shares / shares.sum(1, keepdims=True))


def quickness(runtimes: Mapping[str, Runtime], rows: Rows, budget: int) -> dict[str, float]:
    """Give texts a second of each, in its best round; they take turns: a busy machine is busy for all."""
    timed = rows[:: max(1, len(rows) // TIMED)][:TIMED]
    best = dict.fromkeys(runtimes, 0.0)
    for _ in range(ROUNDS):
        for name, runtime in runtimes.items():
            began = time.perf_counter()
            probabilities(runtime, timed, budget)
            best[name] = max(best[name], len(timed) / (time.perf_counter() - began))
    return best


def moved_by_company(runtime: Runtime, rows: Rows, found: Array) -> float:
    """Give the most that a probability differs, for some rows, between a text alone and in a full batch."""
    chosen = np.linspace(0, len(rows) - 1, min(ALONE, len(rows))).astype(int)
    alone = _shares(np.concatenate([runtime.logits([rows[at]], is_lone=True) for at in chosen]))
    return float(np.abs(alone - found[chosen]).max())


def measured(runtime: Runtime, torch: Runtime, rows: Rows, expected: Array, budget: int) -> Measured:
    """Measure a runtime; `expected` are torch's distributions of these rows."""
    found = probabilities(runtime, rows, budget)
    speeds = quickness({"torch": torch, "it": runtime}, rows, budget)
    return Measured(
        texts=len(rows),
        agreement=float((found.argmax(1) == expected.argmax(1)).mean()),
        farthest=float(np.abs(found - expected).max()),
        company=moved_by_company(runtime, rows, found),
        texts_per_s=round(speeds["it"], 1),
        torch_texts_per_s=round(speeds["torch"], 1),
    )
