"""Try a policy on labelled pairs: is both better than BERT, and what does an LLM call buy?

Nothing is asked: a pair holds what both backends said, so every policy is tried on the same answers
and differences are paired.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polarity.comparison import Pair
from polarity.contract.schema import Policy
from polarity.errors import RecordError
from polarity.evaluation import measuring
from polarity.policy import confidence, decide_alone, decide_both
from polarity.statistics.intervals import Interval, paired_interval
from polarity.types import Answer, Decision, Result, decided_by

SHARES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
POOLED = "all"
TOLERANCE = 0.005  # of accuracy: what a file may lose against the better backend alone
WITHOUT_LLM = ("bert:confident", "bert:certain")  # decided so, the LLM is not asked


class GoldPair(NamedTuple):
    """What both backends said about one text of known gold label. `data` names the file it is from."""

    data: str
    gold: str
    bert: Answer
    llm: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """How often one way to decide is right on `n` texts; all shares in [0, 1].

    `who` is bert, llm or both; `llm_share` the share of texts that went to the LLM. `difference` is
    the accuracy less BERT's on the same texts, None for BERT itself; `against_llm` is it less the LLM's.
    """

    data: str
    who: str
    n: int
    accuracy: float
    macro_f1: float
    llm_share: float
    difference: Interval | None
    against_llm: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPoint:
    """The policy with another `skip_llm_above`, chosen so that about `share` of the texts go to the LLM.

    `skip_llm_above` is None where every text goes of which BERT is not certain.
    """

    share: float
    skip_llm_above: float | None
    measured: Worth


def gold_pairs(pairs: Iterable[Pair], path: Path) -> list[GoldPair]:
    """Take the pairs of BERT and the LLM from the data file `path`, each of which needs a gold label.

    Raises:
        RecordError: a pair has none, or no decision. Names the file and the text's id.
    """
    found = []
    for pair in pairs:
        if pair.gold is None:
            raise RecordError(f"no gold label for text {pair.id!r}", path=path)
        if pair.result is None:
            raise RecordError(f"text {pair.id!r} was not decided by BERT and the LLM", path=path)
        answers = pair.result.answers
        found.append(GoldPair(path.name, pair.gold, answers["bert"], answers["llm"]))
    return found


def decide(pairs: Sequence[GoldPair], policy: Policy) -> list[Result]:
    """Decide every pair by both backends, as the classifier does."""
    return [decide_both(pair.bert, pair.llm, policy) for pair in pairs]


def compare(pairs: Sequence[GoldPair], policy: Policy, labels: Sequence[str]) -> list[Worth]:
    """Measure BERT, the LLM and both, on each data file and, if there are several, on all rows."""
    return measured_by_file(pairs, {"both": decide(pairs, policy)}, labels)


def measured_by_file(
    pairs: Sequence[GoldPair], ways: Mapping[str, Sequence[Result]], labels: Sequence[str]
) -> list[Worth]:
    """Measure BERT, the LLM and each of the `ways`, by its name the results in the pairs' order.

    On each data file and, if there are several, on all rows.
    """
    names = list(dict.fromkeys(pair.data for pair in pairs))
    places = {name: [at for at, pair in enumerate(pairs) if pair.data == name] for name in names}
    if len(places) > 1:
        places[POOLED] = list(range(len(pairs)))
    return [
        measured
        for data, inside in places.items()
        for part in [[pairs[at] for at in inside]]
        for measured in (
            *alone(part, labels, data=data),
            *(
                measure(part, [results[at] for at in inside], labels, who=who, data=data)
                for who, results in ways.items()
            ),
        )
    ]


def alone(pairs: Sequence[GoldPair], labels: Sequence[str], *, data: str = POOLED) -> list[Worth]:
    """Measure BERT and the LLM by themselves. What is no verdict is wrong."""
    return [measure(pairs, _by(who, pairs), labels, who=who, data=data) for who in ("bert", "llm")]


def _by(who: str, pairs: Sequence[GoldPair]) -> list[Result]:
    return [decide_alone(who, getattr(pair, who)) for pair in pairs]


def measure(
    pairs: Sequence[GoldPair],
    results: Sequence[Result],
    labels: Sequence[str],
    *,
    who: str,
    data: str = POOLED,
) -> Worth:
    """Measure the results of some pairs, in their order, against gold and against each backend alone."""
    found = measuring.measure([pair.gold for pair in pairs], results, labels)
    against = {
        side: None
        if side == who
        else paired_interval(right(pairs, results).astype(int) - right(pairs, _by(side, pairs)))
        for side in ("bert", "llm")
    }
    return Worth(
        data=data,
        who=who,
        n=found.n,
        accuracy=found.accuracy or 0.0,
        macro_f1=found.macro_f1 or 0.0,
        llm_share=float(np.mean([_went_to_llm(result) for result in results])),
        difference=against["bert"],
        against_llm=against["llm"],
    )


def right(pairs: Sequence[GoldPair], results: Sequence[Result]) -> NDArray[np.bool_]:
    """Say of each pair whether its result is the gold label; shape (pairs,)."""
    return np.array(
        [
            isinstance(result, Decision) and result.label == pair.gold
            for pair, result in zip(pairs, results, strict=True)
        ],
        dtype=bool,
    )


def _went_to_llm(result: Result) -> bool:
    return "llm" in result.answers and decided_by(result) not in WITHOUT_LLM


def losing(measured: Sequence[Worth], who: str) -> list[str]:
    """Say on which files `who` is worse than the better backend alone by more than half a point.

    A sentence each; measured out of fold, so that a fit which let no file lose may yet read of one here.
    """
    found = []
    for data in dict.fromkeys(row.data for row in measured):
        rows = {row.who: row for row in measured if row.data == data}
        better = max((rows["bert"], rows["llm"]), key=lambda row: row.accuracy)
        loss = better.accuracy - rows[who].accuracy
        if loss > TOLERANCE:
            name = "BERT" if better.who == "bert" else "the LLM"
            found.append(f"{data}: {100 * loss:.1f} points less than {name} alone")
    return found


def sweep(pairs: Sequence[GoldPair], policy: Policy, labels: Sequence[str]) -> list[SweepPoint]:
    """Measure the policy with `SHARES` of the texts going to the LLM, those first that BERT is least sure of.

    Texts of the same confidence go together, so the share that did is `measured.llm_share`.
    """
    sure = np.sort([confidence(pair.bert.outcome) for pair in pairs])
    points = []
    for share in SHARES:
        at = round(share * len(sure))
        above = float(sure[at]) if at < len(sure) else None
        measured = measure(pairs, decide(pairs, skipping_above(above, policy)), labels, who="both")
        points.append(SweepPoint(share=share, skip_llm_above=above, measured=measured))
    return points


def skipping_above(above: float | None, policy: Policy) -> Policy:
    """Give the policy with another `skip_llm_above`; with None, only certainty is enough to skip the LLM."""
    return policy.model_copy(update={"skip_llm_above": math.inf if above is None else above})
