"""Pairs -> statistics: where two backends agree, where they do not, and of which kind a difference is.

Everything is counted over categories. A category is a label, or what an outcome is instead of one:

ABSTAINED   the model declined to choose
UNMAPPED    no rule accounts for the answer, whatever the reason
FAILED      there was no answer

Two verdicts of one label agree, and so do two abstentions: both declined. UNMAPPED agrees with
nothing, not even with UNMAPPED, since nobody knows what either side meant: such a pair is a mapping
disagreement. Kappa compares categories and nothing else, so there two UNMAPPED are one category
twice. A failed side can neither agree nor disagree, so a pair with one is counted apart and stays
out of agreement and kappa.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sklearn.metrics import cohen_kappa_score, confusion_matrix

from polarity.gates import GateResult, too_many_failures
from polarity.types import Abstention, Answer, Decision, Failure, Outcome, Result, Unmapped, Verdict

ABSTAINED, UNMAPPED, FAILED = "ABSTAINED", "UNMAPPED", "FAILED"
NO_VERDICT = "NO VERDICT"
Kind = Literal["agreement", "mapping", "model", "failure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What two backends said about one text, what was decided, and the gold label where known.

    The answers keep the raw outputs, so that another contract can be tried over them later.
    """

    id: str
    text: str
    left: Answer
    right: Answer
    result: Result
    gold: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Shares of the `n` pairs with gold whose label is the gold one. What is no label is wrong."""

    n: int
    left: float
    right: float
    decision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The statistics of some pairs.

    `n` pairs are `agreements` + `mapping_disagreements` + `model_disagreements` + `failures`; all
    but the failures are `compared`. `agreement` and `disagreement` are shares of the compared
    pairs, None where there are none. `kappa` is over categories (two UNMAPPED are the same one);
    None where it is undefined, and `kappa_undefined` then says why. `matrix` counts all pairs:
    rows are the left side's `categories`, columns the right side's. `decided_by` counts all pairs;
    one without a decision stands under "undecided:<reason>". `accuracy` is None where no pair has
    gold.
    """

    n: int
    compared: int
    agreements: int
    mapping_disagreements: int
    model_disagreements: int
    failures: int
    left_failures: int
    right_failures: int
    agreement: float | None
    disagreement: float | None
    kappa: float | None
    kappa_undefined: str | None
    categories: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    left_unmapped: Mapping[str, int]
    right_unmapped: Mapping[str, int]
    decided_by: Mapping[str, int]
    accuracy: Accuracy | None


def category(outcome: Outcome) -> str:
    """Name what an outcome counts as.

    >>> category(Failure(reason="timeout"))
    'FAILED'
    """
    match outcome:
        case Verdict(label=label):
            return label
        case Abstention():
            return ABSTAINED
        case Unmapped():
            return UNMAPPED
        case Failure():
            return FAILED


def kind(pair: Pair) -> Kind:
    """Say whether a pair agrees, and if not, whose difference it is.

    `failure`: a side gave no answer. `mapping`: a side's answer has no label, unless both sides
    abstained. `model`: both have a label, and not the same.

    >>> late = Answer(Failure(reason="timeout"), Failure(reason="timeout"))
    >>> from polarity.types import Undecided
    >>> undecided = Undecided(reason="timeout", detail="")
    >>> kind(Pair(id="1", text="Fine.", left=late, right=late, result=undecided))
    'failure'
    """
    return kind_of(category(pair.left.outcome), category(pair.right.outcome))


def kind_of(left: str, right: str) -> Kind:
    """Say the same of two categories.

    >>> kind_of("POSITIVE", "NEGATIVE"), kind_of("UNMAPPED", "UNMAPPED")
    ('model', 'mapping')
    """
    if FAILED in (left, right):
        return "failure"
    if left == right != UNMAPPED:
        return "agreement"
    return "mapping" if {left, right} & {ABSTAINED, UNMAPPED} else "model"


def summarise(pairs: Sequence[Pair], labels: Sequence[str]) -> Summary:
    """Count the pairs. `labels` are the contract's, in its order.

    >>> summarise([], ["NEGATIVE", "POSITIVE"]).kappa_undefined
    'nothing was compared'
    """
    kinds = Counter(kind(pair) for pair in pairs)
    categories = [(category(pair.left.outcome), category(pair.right.outcome)) for pair in pairs]
    compared = [both for both in categories if FAILED not in both]
    undefined = _kappa_undefined(compared)
    names = (*labels, ABSTAINED, UNMAPPED, FAILED)
    return Summary(
        n=len(pairs),
        compared=len(compared),
        agreements=kinds["agreement"],
        mapping_disagreements=kinds["mapping"],
        model_disagreements=kinds["model"],
        failures=kinds["failure"],
        left_failures=sum(left == FAILED for left, _ in categories),
        right_failures=sum(right == FAILED for _, right in categories),
        agreement=_share(kinds["agreement"], len(compared)),
        disagreement=_share(kinds["mapping"] + kinds["model"], len(compared)),
        kappa=None if undefined else kappa(compared),
        kappa_undefined=undefined,
        categories=names,
        matrix=_matrix(categories, names),
        left_unmapped=_unmapped_reasons(pair.left.outcome for pair in pairs),
        right_unmapped=_unmapped_reasons(pair.right.outcome for pair in pairs),
        decided_by=dict(Counter(decided_by(pair.result) for pair in pairs).most_common()),
        accuracy=_accuracy([pair for pair in pairs if pair.gold is not None]),
    )


def kappa(both: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa of (left, right) categories: (p_o - p_e) / (1 - p_e).

    p_o is the share that agrees, p_e the share that would agree if each side drew at random with
    its own habits (Cohen 1960, "A coefficient of agreement for nominal scales"). Undefined unless
    at least two categories occur.

    >>> kappa([("A", "A"), ("A", "A"), ("B", "B"), ("A", "B")])  # p_o = 3/4, p_e = 1/2
    0.5
    """
    left, right = zip(*both, strict=True)
    return float(cohen_kappa_score(left, right))


def _kappa_undefined(both: Sequence[tuple[str, str]]) -> str | None:
    """Where only one category occurs, chance alone agrees always: p_e is 1 and kappa is 0/0."""
    if not both:
        return "nothing was compared"
    occurring = {name for names in both for name in names}
    if len(occurring) == 1:
        return f"every compared answer is {occurring.pop()}, so chance would agree as well"
    return None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _matrix(both: Sequence[tuple[str, str]], names: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    if not both:  # sklearn refuses names of which none occurs
        return tuple((0,) * len(names) for _ in names)
    left, right = zip(*both, strict=True)
    counts = confusion_matrix(left, right, labels=list(names))
    return tuple(tuple(int(count) for count in row) for row in counts)


def _unmapped_reasons(outcomes: Iterable[Outcome]) -> dict[str, int]:
    reasons = Counter(outcome.reason for outcome in outcomes if isinstance(outcome, Unmapped))
    return dict(reasons.most_common())


def decided_by(result: Result) -> str:
    """Name what made a decision, or why there is none.

    >>> decided_by(Decision(label="POSITIVE", decided_by="agreement"))
    'agreement'
    """
    return result.decided_by if isinstance(result, Decision) else f"undecided:{result.reason}"


def label_of(result: Result) -> str:
    """Give the label that was decided, or NO VERDICT.

    >>> label_of(Decision(label="POSITIVE", decided_by="bert"))
    'POSITIVE'
    """
    return result.label if isinstance(result, Decision) else NO_VERDICT


def _accuracy(pairs: Sequence[Pair]) -> Accuracy | None:
    if not pairs:
        return None
    return Accuracy(
        n=len(pairs),
        left=sum(category(pair.left.outcome) == pair.gold for pair in pairs) / len(pairs),
        right=sum(category(pair.right.outcome) == pair.gold for pair in pairs) / len(pairs),
        decision=sum(isinstance(pair.result, Decision) and pair.result.label == pair.gold for pair in pairs)
        / len(pairs),
    )


def joint_confidence(pair: Pair) -> float:
    """Multiply both sides' probabilities of their own verdicts; a side without scores counts as 1.

    Two backends that are both sure, and differ, are the most telling disagreement.
    """
    return _confidence(pair.left.outcome) * _confidence(pair.right.outcome)


def _confidence(outcome: Outcome) -> float:
    if isinstance(outcome, Verdict) and outcome.scores:
        return outcome.scores[outcome.label]
    return 1.0


def gate(summary: Summary, max_disagreement: float) -> GateResult:
    """Hold the disagreement share against a limit, both in [0, 1].

    Inconclusive where there are too many failures: too little is known to pass or to fail.

    >>> gate(summarise([], ["NEGATIVE", "POSITIVE"]), 0.2).status
    'inconclusive'
    """
    if summary.disagreement is None or too_many_failures(summary.n, summary.failures):
        failed = f"{summary.failures} of {summary.n} messages got no answer from one side or both"
        return GateResult(status="inconclusive", reason=failed if summary.n else "nothing was compared")
    passed = summary.disagreement <= max_disagreement
    relation = "within" if passed else "above"
    return GateResult(
        status="passed" if passed else "failed",
        reason=f"disagreement {summary.disagreement:.4f} is {relation} the limit {max_disagreement:.4f}",
    )
