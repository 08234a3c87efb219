"""How well accuracy is told without labels: python benchmarks/expected_accuracy.py SOURCE FILE...

Each file of labelled rows is a place where the classifier might be put to work; SOURCE is the one whose labels are
known. The table gives the accuracy that gold shows in each file, and by how much three ways to tell it without gold
are off: the mean of calibrated confidence, which `polarity watch` shows ("average confidence", AC); its change from
SOURCE, put on the accuracy there ("difference of confidences", DoC; Guillory et al. 2021, "Predicting with confidence
on unseen distributions"); and the share of texts above the confidence that as many texts of SOURCE are below as are
wrong there ("average thresholded confidence", ATC; Garg et al. 2022). Texts without a label are left out.
"""

import asyncio
import random
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from polarity.classifier import Classifier, build_classifier
from polarity.records import read
from polarity.settings import Settings
from polarity.types import Decision

ROWS = 1_000  # of each file, at most
TOGETHER = 32  # texts asked about in one call


class Place(NamedTuple):
    """How sure the classifier was of each label, and whether it was right; both (texts,)."""

    sure: np.ndarray
    right: np.ndarray

    @property
    def accuracy(self) -> float:
        """The share that gold says is right."""
        return float(self.right.mean())


async def main(paths: list[str]) -> None:
    """Print the table."""
    classifier = build_classifier(Settings.model_validate({"bert": {"deadline_ms": 600_000}}))
    print(
        f"polarity {version('polarity')}, {ROWS:,} rows of each file at most, seed 0; points of accuracy off"
    )
    print(f"{'file':24} {'n':>5} {'accuracy':>9} {'AC':>6} {'DoC':>6} {'ATC':>6}")
    source = await _looked(classifier, Path(paths[0]))
    for path in paths:
        found = await _looked(classifier, Path(path))
        off = [100 * (told - found.accuracy) for told in _told(source, found)]
        name = "/".join(Path(path).parts[-2:])
        print(
            f"{name:24} {len(found.sure):5,} {found.accuracy:9.3f} {off[0]:+6.1f} {off[1]:+6.1f} {off[2]:+6.1f}",
            flush=True,
        )
    await classifier.aclose()


def _told(source: Place, target: Place) -> tuple[float, float, float]:
    """Tell the target's accuracy by AC, DoC and ATC, with the source's gold and none of the target's."""
    mean = float(target.sure.mean())
    threshold = np.quantile(source.sure, 1 - source.accuracy)
    return mean, source.accuracy + mean - float(source.sure.mean()), float((target.sure >= threshold).mean())


async def _looked(classifier: Classifier, path: Path) -> Place:
    rows = [row for row in read(path) if row.label is not None]
    rows = random.Random(0).sample(rows, min(ROWS, len(rows)))
    parts = [rows[at : at + TOGETHER] for at in range(0, len(rows), TOGETHER)]
    results = [result for part in parts for result in await classifier.classify([row.text for row in part])]
    found = [
        (result.confidence, result.label == row.label)
        for row, result in zip(rows, results, strict=True)
        if isinstance(result, Decision) and result.confidence is not None
    ]
    sure, right = zip(*found, strict=True)
    return Place(np.array(sure), np.array(right))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
