"""Does a calibration hold off the data it was fitted on? python benchmarks/calibration_travels.py CHECKPOINT FILE...

Each file of labelled rows is a domain. For each, every way to calibrate is fitted on all other files, each file with
the same weight, and the expected calibration error is measured on the one that was left out. Of a file that knows two
labels, these two share the probability between them. The checkpoint's own calibration is not used.

    none           the network's softmax
    temperature    one number (Guo et al. 2017)
    by length      its logarithm is linear in that of the tokens, and in the pieces that a word is cut into
    vector         a temperature, and an offset for each label
    vector, prior  the same, offsets drawn to 0 by a ridge of 0.01 beside the mean NLL
"""

import argparse
import random
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from transformers import AutoTokenizer

from polarity.backends.input_form import read_input_form
from polarity.backends.network import load_classifier
from polarity.contract import load_contract
from polarity.records import DEFAULT_COLUMNS, GoldLabels, read
from polarity.statistics.calibration import expected_calibration_error
from polarity.training.checkpoint import checkpoint_names
from polarity.training.device import padded
from polarity.training.sides import side_of

ROWS, BAR = 1_000, 0.06
PRIOR = 0.01
Array = NDArray[np.float64]


class Domain(NamedTuple):
    """A file's logits, those of labels it lacks -inf, (texts, labels); gold; what lengths say, (texts, 2)."""

    name: str
    logits: Array
    gold: NDArray[np.int64]
    lengths: Array


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def scaled(domain: Domain, a: Array, by_length: Array, offsets: Array) -> Array:
    temperature = np.exp(a + domain.lengths @ by_length)[:, None]
    return softmax(domain.logits / temperature + offsets)


def fitted(domains: Sequence[Domain], free: Sequence[int], prior: float) -> Callable[[Domain], Array]:
    """Fit by mean likelihood: parameters are log T, two slopes, three offsets, of which `free` may move."""

    def spread(found: Array) -> tuple[Array, Array, Array]:
        whole = np.zeros(6)
        whole[list(free)] = found
        return whole[:1], whole[1:3], whole[3:]

    def loss(found: Array) -> float:
        parts = spread(found)
        each = [
            -np.log(scaled(domain, *parts)[np.arange(len(domain.gold)), domain.gold] + 1e-12).mean()
            for domain in domains
        ]
        return float(np.mean(each) + prior * (parts[2] ** 2).sum())

    best = minimize(loss, np.zeros(len(free)), method="BFGS").x
    return lambda domain: scaled(domain, *spread(best))


WAYS: dict[str, tuple[Sequence[int], float]] = {
    "none": ((), 0.0),
    "temperature": ((0,), 0.0),
    "by length": ((0, 1, 2), 0.0),
    "vector": ((0, 3, 4, 5), 1e-6),
    "vector, prior": ((0, 3, 4, 5), PRIOR),
}


def domain_of(path: Path, checkpoint: Path) -> Domain:
    contract = load_contract()
    labels, spelled = list(contract.labels), GoldLabels(DEFAULT_COLUMNS, contract, path)
    rows = [row for row in read(path) if row.label is not None]
    if "dynasent" in str(path):  # four fifths of it were trained on
        rows = [row for row in rows if side_of(row.text) == "dev"]
    rows = random.Random(0).sample(rows, min(ROWS, len(rows)))
    gold = np.array([labels.index(spelled.label_of(row.label or "") or "") for row in rows])
    model, _ = load_classifier(str(checkpoint))
    tokenizer, form = AutoTokenizer.from_pretrained(checkpoint), read_input_form(checkpoint)
    texts = [form.given(row.text) for row in rows]
    ids = tokenizer(texts, truncation=True, max_length=512)["input_ids"]
    columns = [model.config.label2id[name] for name in checkpoint_names(contract)]
    logits = np.full((len(rows), len(labels)), -np.inf)
    with torch.inference_mode():
        for at, row in enumerate(ids):
            found = model.eval()(**padded([row], tokenizer.pad_token_id, model.device)).logits[0, columns]
            logits[at] = found.numpy()
    logits[:, [at for at in range(len(labels)) if at not in gold]] = -np.inf
    tokens = np.array([len(row) for row in ids])
    words = np.array([len(text.split()) + 2 for text in texts])
    lengths = np.stack([np.log(tokens / 32), np.log(tokens / words)], 1)
    return Domain("/".join(path.parts[-2:]).removesuffix(".jsonl"), logits, gold, lengths)


def main(checkpoint: Path, paths: Sequence[Path]) -> None:
    domains = [domain_of(path, checkpoint) for path in paths]
    print(f"polarity {version('polarity')}, {ROWS:,} rows of each file at most, seed 0; bar {BAR}")
    print(f"| left out | n | right | {' | '.join(WAYS)} |")
    print(f"|---|---|---|{'---|' * len(WAYS)}")
    for left in domains:
        others = [domain for domain in domains if domain is not left]
        cells = []
        for free, prior in WAYS.values():
            shares = (fitted(others, free, prior) if free else (lambda one: softmax(one.logits)))(left)
            cells.append(f"{expected_calibration_error(shares, left.gold):.3f}")
        right = (left.logits.argmax(1) == left.gold).mean()
        print(f"| {left.name} | {len(left.gold):,} | {right:.3f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    main(given.checkpoint, given.files)
