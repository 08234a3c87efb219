"""What people have said -> how often each side is right, how well people agree, and what to look at again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

from polarity.comparison.agreement import Estimate
from polarity.review.agreement import TwoReviewers, alpha, by_two
from polarity.review.voices import candidates_voices, voices_of
from polarity.statistics.intervals import Interval
from polarity.statistics.label_errors import suspects
from polarity.statistics.sampled import priority_probabilities, sampled_difference, sampled_share
from polarity.store import CANNOT_TELL, Queued, Review, Settled, settled

DECISION: Final = "decision"  # the side whose label the caller got
METHOD: Final = (
    "means of Hajek (1971) by the probabilities of priority sampling (Duffield, Lund and Thorup 2007), with "
    "Wilson's interval for as many rows as they are worth (Kish 1965; Franco et al. 2019)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """How often a side is right, of all decisions that were drawn from, by `n` rows that were read."""

    name: str
    n: int
    accuracy: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How much more often `first` is right than `second`, of all the decisions for which both were asked.

    `differ` of these `n` have another label from one than from the other. A backend that was asked alone has
    none: what it says is the decision.
    """

    first: str
    second: str
    n: int
    differ: int
    accuracy: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A label that people gave and that is likely wrong: the classifier is confident of another one."""

    decision_id: int
    text: str
    label: str
    likely: str
    margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What comes of a review.

    Of `read` decisions, `used` stand before the first of their round that nobody has read: only these are
    known to be a sample. `contested` ones wait for somebody to settle them; until then the word of each who
    read them counts alike.
    """

    read: int
    used: int
    settled: int
    contested: int
    cannot_tell: int
    mapping_wrong: int
    sides: Sequence[Graded]
    gaps: Sequence[Gap]
    agreement: Sequence[TwoReviewers]
    alpha: Estimate
    doubts: Sequence[Doubt]
    method: str = METHOD


class _Row(NamedTuple):
    """One decision that was read: what holds, what each side said, and its probability, where it has one."""

    queued: Queued
    holds: Settled
    said: Mapping[str, str | None]
    probability: float | None

    @property
    def asked(self) -> set[str]:
        """The backends that the decision was made of."""
        return set(self.queued.decision.outcomes)


def results(
    read: Iterable[Queued], thresholds: Mapping[int, float], labels: Sequence[str], *, most_doubts: int = 20
) -> Results:
    """Sum up what was `read`, of rounds read down to `thresholds`, for a contract with these labels."""
    rows = [_row(one, thresholds) for one in read]
    used = [row for row in rows if row.probability is not None]
    names = [DECISION, *sorted({name for row in used for name in row.said} - {DECISION})]
    compared = [name for name in names if not all(row.asked == {name} for row in used)]
    verdicts = [{one.reviewer: one.verdict for one in _reads(row)} for row in rows]
    return Results(
        read=len(rows),
        used=len(used),
        settled=sum(row.holds.verdict is not None for row in rows),
        contested=sum(row.holds.verdict is None for row in rows),
        cannot_tell=sum(row.holds.verdict == CANNOT_TELL for row in rows),
        mapping_wrong=sum(row.holds.mapping_wrong for row in rows),
        sides=[found for name in names if (found := _graded(name, used))],
        gaps=[gap for first, second in combinations(compared, 2) if (gap := _gap(second, first, used))],
        agreement=by_two(verdicts),
        alpha=alpha(verdicts),
        doubts=_doubts(rows, labels)[:most_doubts],
    )


def _row(one: Queued, thresholds: Mapping[int, float]) -> _Row:
    said: dict[str, str | None] = {DECISION: one.decision.label}
    said |= {voice.name: voice.label for voice in voices_of(one.decision)}
    said |= {voice.name: voice.label for voice in candidates_voices(one.candidates)}
    threshold = thresholds.get(one.round_id)
    chosen = one.selection
    probability = None
    if threshold is not None and chosen.priority > threshold:
        probability = float(priority_probabilities(chosen.weight, threshold))
    return _Row(one, settled(one.reviews), said, probability)


def _reads(row: _Row) -> list[Review]:
    return [one for one in row.queued.reviews if one.kind == "review"]


def _graded(name: str, rows: Sequence[_Row]) -> Graded | None:
    asked = [row for row in rows if name in row.said and row.holds.shares]
    if not asked:
        return None
    share = sampled_share([_right(row, name) for row in asked], [row.probability or 1.0 for row in asked])
    return Graded(name=name, n=len(asked), accuracy=share)


def _gap(first: str, second: str, rows: Sequence[_Row]) -> Gap | None:
    asked = [row for row in rows if first in row.said and second in row.said and row.holds.shares]
    if not asked:
        return None
    differences = [_right(row, first) - _right(row, second) for row in asked]
    found = sampled_difference(differences, [row.probability or 1.0 for row in asked])
    differ = sum(row.said[first] != row.said[second] for row in asked)
    return Gap(first=first, second=second, n=len(asked), differ=differ, accuracy=found)


def _right(row: _Row, name: str) -> float:
    """Say how right a side is: what is no label is wrong; where people differ, each counts alike."""
    label = row.said[name]
    return 0.0 if label is None else row.holds.shares.get(label, 0.0)


def _doubts(rows: Sequence[_Row], labels: Sequence[str]) -> list[Doubt]:
    """Find the labels that people settled on and the classifier's scores speak against, by `label_errors`."""
    held = []
    for row in rows:
        scores = _scores(row.queued)
        if row.holds.verdict in labels and scores and all(label in scores for label in labels):
            held.append((row, str(row.holds.verdict), [scores[label] for label in labels]))
    found = suspects([labels.index(label) for _, label, _ in held], [chances for _, _, chances in held])
    doubts = []
    for one in found:
        row, label, _ = held[one.row]
        text, number = row.queued.decision.text or "", row.queued.decision.id
        likely = labels[one.label]
        doubts.append(Doubt(decision_id=number, text=text, label=label, likely=likely, margin=one.margin))
    return doubts


def _scores(one: Queued) -> Mapping[str, float] | None:
    bert = next((voice for voice in voices_of(one.decision) if voice.name == "bert"), None)
    return bert.scores if bert and bert.scores else one.decision.scores
