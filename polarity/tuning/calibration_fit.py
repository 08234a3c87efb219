"""A language model's scores and gold labels -> the calibration, and what it is worth out of fold. Pure."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from polarity.evaluation import measure
from polarity.statistics.label_offsets import LabelOffsets, against, prior
from polarity.tuning.folds import HeldOut, folds_of
from polarity.tuning.offsets_fit import fit_offsets, rounded
from polarity.tuning.prompt_worth import mended, scores_of
from polarity.types import Result

Method = Literal["fitted", "batch"]


class ScoredText(NamedTuple):
    """A labelled text of the file `data`, and the LLM's result for it, its scores read as they are."""

    data: str
    gold: str
    result: Result


class Right(NamedTuple):
    """How often labels are right on `n` texts of `data`, without the calibration and out of fold with it."""

    data: str
    n: int
    accuracy_before: float
    accuracy: float
    macro_f1_before: float
    macro_f1: float


class CalibrationFound(NamedTuple):
    """The calibration taken from all `scored` texts, and what it is worth where it was taken from others."""

    offsets: LabelOffsets
    scored: int
    folds: int
    held_out: HeldOut
    right: Sequence[Right]


def fit_calibration(
    texts: Sequence[ScoredText],
    labels: Sequence[str],
    *,
    method: Method = "fitted",
    folds: int = 5,
    seed: int = 0,
) -> CalibrationFound:
    """Take the calibration from the texts that have scores; measure it on each file, and on all if several.

    Each text is measured by a calibration that was taken from other folds. With several files a fold is a
    file, where the others are enough.

    Raises:
        ValueError: no text has scores, or, for "fitted", they or a fold's have no best fit: a label is no
            text's, or the scores tell every text's label, or none.
    """
    dealt = folds_of(texts, labels, folds, seed)
    after = list(texts)
    for fold in sorted(set(dealt.of.tolist())):
        inside = [text for text, own in zip(texts, dealt.of, strict=True) if own != fold]
        offsets = taken(inside, method)
        for at in (at for at, own in enumerate(dealt.of) if own == fold):
            after[at] = texts[at]._replace(result=mended(texts[at].result, offsets))
    scored = sum(scores_of(text.result) is not None for text in texts)
    names = list(dict.fromkeys(text.data for text in texts))
    parts = [*([name] for name in names), *([names] if len(names) > 1 else [])]
    right = [_right(texts, after, part, labels) for part in parts]
    return CalibrationFound(taken(texts, method), scored, len(set(dealt.of.tolist())), dealt.held_out, right)


def taken(texts: Sequence[ScoredText], method: Method) -> LabelOffsets:
    """Take a calibration from texts, to four digits. Raises as `fit_calibration`.

    >>> from polarity.types import Decision
    >>> leaning = Decision(label="A", decided_by="llm", scores={"A": 0.8, "B": 0.2})
    >>> taken([ScoredText("a.jsonl", "B", leaning)], "batch").offsets
    {'A': -0.6931, 'B': 0.6931}
    """
    scored = [(text.gold, scores) for text in texts if (scores := scores_of(text.result))]
    if not scored:
        raise ValueError("no text has scores")
    if method == "fitted":
        return fit_offsets([scores for _, scores in scored], [gold for gold, _ in scored])
    temperature, offsets = against(prior([scores for _, scores in scored]))
    return LabelOffsets(temperature, rounded(offsets))


def _right(
    before: Sequence[ScoredText], after: Sequence[ScoredText], names: Sequence[str], labels: Sequence[str]
) -> Right:
    """Measure the texts of some files."""
    gold = [text.gold for text in before if text.data in names]
    was, now = (
        measure(gold, [text.result for text in texts if text.data in names], labels)
        for texts in (before, after)
    )
    shares = (was.accuracy, now.accuracy, was.macro_f1, now.macro_f1)
    return Right(" + ".join(names), len(gold), *(share or 0.0 for share in shares))
