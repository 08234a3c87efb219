"""A report over labelled texts -> gold labels that are likely wrong, by the classifier's probabilities."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.replay.remapping import remap
from polarity.statistics.label_errors import suspects
from polarity.stored import read_report
from polarity.types import Verdict


class GoldDoubt(NamedTuple):
    """A gold label that is likely wrong, and what it likely should be: see `statistics.label_errors`."""

    id: str
    place: str
    text: str
    gold: str
    likely: str
    margin: float


def gold_doubts(path: Path, contract: Contract) -> list[GoldDoubt]:
    """Find the gold labels of a JSON report that are likely wrong, the likeliest first; no model is asked.

    The probabilities are the left side's, or, where it gives none, the right side's. A checkpoint that was
    trained on these texts has learnt their errors, and finds none.

    Raises:
        RecordError: it is no JSON report, or holds no text with both a gold label and probabilities.
    """
    stored = read_report(path)
    _, pairs = remap(stored, contract, created=datetime.now(UTC), version=version("polarity"))
    labels = list(contract.labels)
    held = [
        (pair, gold, scores) for pair in pairs if (gold := pair.gold) and (scores := _scores(pair, labels))
    ]
    if not held:
        raise RecordError("holds no text with a gold label and probabilities of all labels", path=path)
    found = suspects([labels.index(gold) for _, gold, _ in held], [scores for _, _, scores in held])
    doubts = []
    for one in found:
        pair, gold, _ = held[one.row]
        doubts.append(GoldDoubt(pair.id, pair.place, pair.text, gold, labels[one.label], one.margin))
    return doubts


def _scores(pair: Pair, labels: Sequence[str]) -> list[float] | None:
    for outcome in (pair.left.outcome, pair.right.outcome):
        if isinstance(outcome, Verdict) and outcome.scores:
            return [outcome.scores.get(label, 0.0) for label in labels]
    return None
