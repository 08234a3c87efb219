"""Does a floor of steps help small data? Three epochs against the default, which makes at least 300 steps.

Each cell is the macro-F1 of the last epoch on rows that were not trained on, as `polarity learning-curve`
measures it; the rows are drawn by the seed.

    python benchmarks/fewest_steps.py polarity ../shared/data/sst5/train.jsonl ../shared/data/sst5/dev.jsonl --judged 500
    python benchmarks/fewest_steps.py spam ../shared/data/sms_spam/train.jsonl --judged 300
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from polarity.contract import load_contract
from polarity.pages.markdown import table
from polarity.training.checkpoint import checkpoint_names
from polarity.training.dataset import Example, LabelledFile, load
from polarity.training.learning_curve import LearningCurve, learning_curve
from polarity.training.options import FEWEST_EPOCHS, TrainingOptions
from polarity.training.run import MINILM, base_path

SIZES = (500, 1000)


class Rows(NamedTuple):
    train: list[Example]
    judged: list[Example]
    names: list[str]


def read_rows(contract_name: str, data: Path, dev: Path | None, judged: int, seed: int) -> Rows:
    contract = load_contract(Path(contract_name))
    train = load([LabelledFile(path=data)], contract).examples
    random.Random(seed).shuffle(train)
    held = load([LabelledFile(path=dev)], contract).examples if dev else train
    return Rows(train if dev else train[judged:], held[:judged], checkpoint_names(contract))


def curve(rows: Rows, sizes: Sequence[int], options: TrainingOptions) -> LearningCurve:
    judged = {"judged": rows.judged}
    return learning_curve(rows.train, judged, rows.names, base_path(MINILM), options, sizes=sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("contract")
    parser.add_argument("data", type=Path)
    parser.add_argument("dev", type=Path, nargs="?")
    parser.add_argument("--judged", type=int, default=500)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    lines = []
    for seed in given.seeds:
        rows = read_rows(given.contract, given.data, given.dev, given.judged, seed)
        for epochs in (FEWEST_EPOCHS, None):
            options = TrainingOptions(epochs=epochs, seed=seed, threads=given.threads)
            for point in curve(rows, given.sizes, options).points:
                steps = -(-point.rows // options.batch_size)
                scores = (f"{point.encoder['judged']:.3f}", f"{point.words['judged']:.3f}")
                lines.append((point.rows, options.epochs_of(steps), seed, *scores, point.collapsed or ""))
    header = ("rows", "epochs", "seed", "encoder", "words", "the encoder")
    print("\n".join(table(header, [[*map(str, line)] for line in sorted(lines)])))


if __name__ == "__main__":
    main()
