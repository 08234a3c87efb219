"""Where should a mean rating (-4..4) be cut into NEGATIVE, NEUTRAL and POSITIVE?

A linear probe on the frozen base encoder is trained on the VADER ratings cut at several places and
judged on rows of SemEval and SST-5 that carry human three-class labels and are nobody's dev set.

    python benchmarks/rating_cut_offs.py ../shared/data
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from transformers import AutoModel, AutoTokenizer

from polarity.training.run import MINILM, base_path

CUTS = (0.1, 0.3, 0.5, 0.7, 0.9, 1.1)
RATED_ROWS = 1500
JUDGE_ROWS = 1500


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def sample(items: Sequence[dict[str, object]], size: int) -> list[dict[str, object]]:
    chosen = np.random.default_rng(0).permutation(len(items))[:size]
    return [items[int(i)] for i in chosen]


@torch.inference_mode()
def embed(texts: Sequence[str], base: Path) -> np.ndarray:
    """Mean-pooled last hidden states, shape (texts, width)."""
    tokenizer, model = AutoTokenizer.from_pretrained(base), AutoModel.from_pretrained(base).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    for start in range(0, len(order), 64):
        index = order[start : start + 64]
        batch = tokenizer(
            [texts[i] for i in index], padding=True, truncation=True, max_length=128, return_tensors="pt"
        )
        mask = batch["attention_mask"].unsqueeze(-1)
        vectors[index] = ((model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)).numpy()
    return vectors


def cut(ratings: Iterable[float], low: float, high: float) -> list[str]:
    return ["NEGATIVE" if r < low else "POSITIVE" if r > high else "NEUTRAL" for r in ratings]


def main(data: Path) -> None:
    base = Path(base_path(MINILM))
    rated = [
        row
        for name in ("movie", "amazon", "tweets", "nyt")
        for row in sample(rows(data / "vader" / f"{name}.jsonl"), RATED_ROWS)
    ]
    judges = {name: sample(rows(data / name / "train.jsonl"), JUDGE_ROWS) for name in ("semeval", "sst5")}
    train = embed([str(row["text"]) for row in rated], base)
    judged = {name: embed([str(row["text"]) for row in part], base) for name, part in judges.items()}
    ratings = [float(str(row["mean_rating"])) for row in rated]
    print(f"{'cut +-':>7} {'semeval F1':>11} {'sst5 F1':>8} {'mean':>6}")
    for at in CUTS:
        probe = LogisticRegression(max_iter=100).fit(train, cut(ratings, -at, at))
        scores = [
            f1_score([str(r["label"]) for r in part], probe.predict(judged[name]), average="macro")
            for name, part in judges.items()
        ]
        print(f"{at:7.1f} {scores[0]:11.3f} {scores[1]:8.3f} {np.mean(scores):6.3f}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
