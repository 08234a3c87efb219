"""What a cascade inside BERT would spare: a head on an early layer that answers where it is certain.

    python benchmarks/early_exit.py polarity/checkpoint ../shared/data 2000

For each layer but the last a logistic regression is fitted on what that layer says of the texts of two training
sets, at most so many of each: the first token's vector and the mean of all. It learns the label that the whole
network gives. Its certainty must be at least a threshold, fitted on a third of those texts that it has not seen
so that at most one text in a hundred gets another label than from the whole network. Measured on the
development sets. Speed is what is left of the products: a layer is 1, the last one, which is made for one token
only, 1/6; what is not certain goes on through the layers that are left.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from polarity.backends.plain.config import read_config
from polarity.backends.plain.network import PlainBert
from polarity.backends.plain.tokenizer import read_tokenizer

SETS = ("semeval", "sst5")
LENGTH = 128
BATCH = 64
AGREEMENT = 0.99
LAST = 1 / 6


class Watched(PlainBert):
    """Keeps of each layer but the last what it says of a text."""

    said: list[NDArray[np.float32]]
    mask: torch.Tensor

    def read(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Give what layers say, (layers - 1, texts, 2 sizes), and the network's labels."""
        self.said, self.mask = [], mask.unsqueeze(-1).float()
        labels = self(ids, mask).argmax(1).numpy()
        return np.stack(self.said), labels

    def _layer(
        self, tokens: torch.Tensor, seen: torch.Tensor | None, at: int, *, wanted: int
    ) -> torch.Tensor:
        found = super()._layer(tokens, seen, at, wanted=wanted)
        if at < self.config.layers - 1:
            mean = (found * self.mask).sum(1) / self.mask.sum(1)
            self.said.append(torch.cat([found[:, 0], mean], 1).numpy())
        return found


def main() -> None:
    checkpoint, data, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    fitted_on, fitted_labels = read(checkpoint, texts_of(data, "train", most))
    measured_on, labels = read(checkpoint, texts_of(data, "dev", most))
    order = np.random.default_rng(0).permutation(len(fitted_labels))
    held, rest = order[: len(order) // 3], order[len(order) // 3 :]
    print("| answers after layer | alone it agrees | certain, of all | agreement of both | times as quick |")
    print("|---|---|---|---|---|")
    for at, (own, other) in enumerate(zip(fitted_on, measured_on, strict=True)):
        head = LogisticRegression(max_iter=2000, C=0.05).fit(own[rest], fitted_labels[rest])
        least = threshold(head.predict_proba(own[held]), fitted_labels[held])
        shares = head.predict_proba(other)
        certain, right = shares.max(1) >= least, shares.argmax(1) == labels
        agreement = 1 - (certain & ~right).mean()
        print(
            f"| {at + 1} | {right.mean():.1%} | {certain.mean():.1%} | {agreement:.2%} "
            f"| {speed(at + 1, len(fitted_on), certain.mean()):.2f} |"
        )


def threshold(shares: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Give the lowest certainty at which few enough texts get another label."""
    certainty, wrong = shares.max(1), shares.argmax(1) != labels
    order = np.argsort(-certainty)
    allowed = np.cumsum(wrong[order]) <= (1 - AGREEMENT) * len(labels)
    return float(certainty[order][np.flatnonzero(allowed)[-1]])


def speed(layer: int, before_last: int, certain: float) -> float:
    """Give the work of the whole network over that of the cascade."""
    whole = before_last + LAST
    return whole / (layer + (1 - certain) * (whole - layer))


def texts_of(data: Path, part: str, most: int) -> list[str]:
    found: list[str] = []
    for name in SETS:
        lines = (data / name / f"{part}.jsonl").read_text("utf-8").splitlines()[:most]
        found += [json.loads(line)["text"] for line in lines]
    return found


@torch.inference_mode()
def read(checkpoint: Path, texts: list[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    config, tokens = read_config(checkpoint), read_tokenizer(checkpoint)
    bert = Watched.load(checkpoint, config, torch.float32) if config else None
    if bert is None or tokens is None:
        sys.exit(f"{checkpoint} is no plain BERT")
    rows = sorted((ids[:LENGTH] for ids in tokens.encode(texts)), key=len)
    found = [bert.read(*padded(rows[at : at + BATCH])) for at in range(0, len(rows), BATCH)]
    return np.concatenate([said for said, _ in found], 1), np.concatenate([labels for _, labels in found])


def padded(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return ids, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])


if __name__ == "__main__":
    main()
