"""What a way of asking the LLM is worth on labelled texts, as it is and with its lean taken out. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

from polarity.comparison import label_of
from polarity.contract import Contract
from polarity.contract.provenance import Calibration
from polarity.evaluation import measure
from polarity.statistics.intervals import Interval, wilson
from polarity.statistics.label_offsets import LabelOffsets, against, prior
from polarity.tuning.offsets_fit import fit_offsets
from polarity.types import Decision, Failure, Outcome, Result

Form = Literal["batch", "content-free", "fitted", "contract"]
FORMS: tuple[Form, ...] = ("batch", "content-free", "fitted", "contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the LLM was asked. `name` is the contract's, or its file's; `model` names the weights.

    `calibration` is the contract's own for this model, endpoint and prompt.
    """

    name: str
    contract: Contract
    api: str
    strategy: str
    model: str
    is_reversed: bool = False
    calibration: Calibration | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        order = ("examples reversed",) if self.is_reversed else ()
        return ", ".join((self.name, self.api, self.strategy, self.model, *order))

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        named = ("name", "api", "strategy", "model", "is_reversed")
        return {name: getattr(self, name) for name in named} | {"contract": self.contract.ref._asdict()}


class LabelBias(NamedTuple):
    """The label whose share among the answers is the farthest from its share in gold, and by how much."""

    label: str
    difference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """How often the labels are right after a calibration, which was taken from `n` texts."""

    form: Form
    n: int
    offsets: LabelOffsets
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptWorth:
    """What one way of asking is worth on `n` texts of one file; shares in [0, 1], None where undefined.

    `coverage` is the mean of the answers that have one, `prompt_tokens` of all answers; `texts_per_s` is
    that of the whole trial, and for orientation only. `failures` counts the texts without an answer. A form
    of calibration is missing where there was nothing to take it from.
    """

    asked: Asked
    data: str
    n: int
    failures: int
    accuracy: Interval
    macro_f1: float
    two_class_accuracy: float | None
    verdict_rate: float
    coverage: float | None
    label_bias: LabelBias
    prompt_tokens: float | None
    texts_per_s: float | None
    calibrated: tuple[Calibrated, ...]

    def after(self, form: Form) -> Calibrated | None:
        """Give the measures after one form of calibration, if there are any."""
        return next((found for found in self.calibrated if found.form == form), None)

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in ("asked", "calibrated")}
        return {
            "asked": self.asked.as_json(),
            **plain,
            "accuracy": asdict(self.accuracy),
            "label_bias": self.label_bias._asdict(),
            "calibrated": [
                {**asdict(found), "offsets": found.offsets._asdict()} for found in self.calibrated
            ],
        }


class Said(NamedTuple):
    """What came of the texts of one file: those tested, others, and texts without content."""

    gold: Sequence[str]
    tested: Sequence[Result]
    other_gold: Sequence[str]
    others: Sequence[Result]
    content_free: Sequence[Result]


def worth(asked: Asked, data: str, said: Said, texts_per_s: float | None) -> PromptWorth:
    """Measure the labels against gold, as they are and after each calibration, the contract's own among them.

    What was said was read by a contract that calibrates nothing.
    """
    labels = asked.contract.labels
    found = measure(said.gold, said.tested, labels)
    right = sum(label_of(result) == gold for result, gold in zip(said.tested, said.gold, strict=True))
    raws = [result.answers["llm"].raw for result in said.tested]
    read = [raw.usage.prompt_tokens for raw in raws if not isinstance(raw, Failure)]
    covered = [one for result in said.tested if (one := _coverage(result.answers["llm"].outcome)) is not None]
    return PromptWorth(
        asked=asked,
        data=data,
        n=found.n,
        failures=found.failures,
        accuracy=wilson(right, found.n),
        macro_f1=found.macro_f1 or 0.0,
        two_class_accuracy=found.two_class_accuracy,
        verdict_rate=found.verdict_rate or 0.0,
        coverage=_mean(covered),
        label_bias=label_bias(said.gold, said.tested, labels),
        prompt_tokens=_mean(read),
        texts_per_s=texts_per_s,
        calibrated=tuple(_calibrated(said, asked)),
    )


def _coverage(outcome: Outcome) -> float | None:
    return getattr(outcome, "coverage", None)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def label_bias(gold: Sequence[str], results: Sequence[Result], labels: Sequence[str]) -> LabelBias:
    """Name the label that is predicted too often, or too rarely, by the largest share of the texts.

    >>> positive = Decision(label="POSITIVE", decided_by="llm")
    >>> label_bias(["POSITIVE", "NEGATIVE"], [positive, positive], ["NEGATIVE", "POSITIVE"])
    LabelBias(label='NEGATIVE', difference=-0.5)
    """
    predicted, wanted = Counter(map(label_of, results)), Counter(gold)
    found = [LabelBias(label, (predicted[label] - wanted[label]) / len(gold)) for label in labels]
    return max(found, key=lambda bias: abs(bias.difference))


def _calibrated(said: Said, asked: Asked) -> list[Calibrated]:
    if not any(scores_of(result) for result in said.tested):
        return []
    found, taken = [], _offsets(said)
    if own := asked.calibration:
        taken["contract"] = own.fitted.scored, own.applied
    for form, (n, offsets) in taken.items():
        after = measure(said.gold, [mended(result, offsets) for result in said.tested], asked.contract.labels)
        found.append(
            Calibrated(
                form=form,
                n=n,
                offsets=offsets,
                accuracy=after.accuracy or 0.0,
                macro_f1=after.macro_f1 or 0.0,
            )
        )
    return found


def _offsets(said: Said) -> dict[Form, tuple[int, LabelOffsets]]:
    """Take each form from what it needs; gold is read by the fitted one alone."""
    found: dict[Form, tuple[int, LabelOffsets]] = {}
    if batch := [scores for result in said.others if (scores := scores_of(result))]:
        found["batch"] = len(batch), against(prior(batch))
    if empty := [scores for result in said.content_free if (scores := scores_of(result))]:
        found["content-free"] = len(empty), against(prior(empty))
    try:
        gold = [
            label for label, result in zip(said.other_gold, said.others, strict=True) if scores_of(result)
        ]
        found["fitted"] = len(batch), fit_offsets(batch, gold)
    except ValueError:  # a label is nobody's, say: there is no best fit, and none is made up
        pass
    return found


def scores_of(result: Result) -> Mapping[str, float] | None:
    """Give a decision's distribution over the labels; None where there is none."""
    return result.scores if isinstance(result, Decision) else None


def mended(result: Result, offsets: LabelOffsets) -> Result:
    """Decide again after a calibration; what has no distribution stays as it is.

    >>> from polarity.statistics.label_offsets import against
    >>> leaning = Decision(label="A", decided_by="llm", scores={"A": 0.6, "B": 0.4})
    >>> mended(leaning, against({"A": 0.75, "B": 0.25})).label
    'B'
    """
    if not isinstance(result, Decision) or not result.scores:
        return result
    scores = offsets.applied(result.scores)
    label = max(scores, key=scores.__getitem__)
    return replace(result, label=label, confidence=scores[label], scores=scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far apart the best and the worst way of asking are, in accuracy on one file."""

    data: str
    best: Asked
    worst: Asked
    difference: float

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        sides = {"best": self.best.as_json(), "worst": self.worst.as_json()}
        return {"data": self.data, **sides, "difference": self.difference}


def spreads(measured: Sequence[PromptWorth]) -> list[Spread]:
    """Give the spread over the ways of asking, file by file; of one way there is none."""
    found = []
    for data in dict.fromkeys(row.data for row in measured):
        rows = sorted((row for row in measured if row.data == data), key=lambda row: -row.accuracy.value)
        best, worst = rows[0], rows[-1]
        if best is not worst:
            difference = best.accuracy.value - worst.accuracy.value
            found.append(Spread(data=data, best=best.asked, worst=worst.asked, difference=difference))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """The share of a file's `n` texts that get another label where the examples stand in reverse order."""

    asked: Asked
    data: str
    n: int
    share: Interval

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {"asked": self.asked.as_json(), "data": self.data, "n": self.n, "share": asdict(self.share)}


def flips(asked: Asked, data: str, results: Sequence[Result], turned: Sequence[Result]) -> Flips:
    """Count the texts whose label is another one in the reverse order; none at all is one of its own."""
    both = zip(results, turned, strict=True)
    flipped = sum(label_of(one) != label_of(other) for one, other in both)
    return Flips(asked=asked, data=data, n=len(results), share=wilson(flipped, len(results)))
