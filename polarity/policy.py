"""Outcomes -> decision: exactly one label, or an explicit `Undecided`.

Every decision names what made it in `decided_by`:

bert                  BERT alone was asked
llm                   the LLM alone was asked
bert:confident        BERT's p >= skip_llm_above; the LLM's word was not needed
bert:certain          BERT's p >= bert_certain; the LLM's word could not change it
agreement             both verdicts are the same
combined              both gave scores and differ: log-linear combination, with an offset a label
bert:trusted          they differ, the LLM has no scores, BERT's p >= bert_trust
llm:trusted           they differ, the LLM has no scores, BERT's p < bert_trust
llm:<reason>          BERT gave no verdict (a failure reason); the LLM did
bert:<reason>         no LLM verdict (abstained, an unmapped or a failure reason); BERT's p >= bert_floor,
                      or the LLM decides first (`on_unmapped = "bert"`)
tie                   no LLM verdict and BERT is not sure: the contract's tie label
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from polarity.contract.schema import Policy
from polarity.types import (
    Abstention,
    Answer,
    Decision,
    Failure,
    Outcome,
    Result,
    Scores,
    Undecided,
    Unmapped,
    Verdict,
)

SMALLEST = 1e-6  # a probability that counts
NO_OFFSETS: Mapping[str, float] = MappingProxyType({})


def decide(backend: str, answers: Mapping[str, Answer], policy: Policy) -> Result:
    """Decide by the answers of those that were asked: the one way to a decision, live or replayed.

    `backend` is the setting: "both", or the name of one. Under "llm" there is BERT's answer too
    where BERT stands in for the LLM (`on_unmapped = "bert"`).

    >>> from polarity.contract import load_contract
    >>> late = Failure(reason="timeout")
    >>> decide("llm", {"llm": Answer(late, late)}, load_contract().policy).reason
    'timeout'
    """
    if backend == "both":
        return decide_both(answers["bert"], answers.get("llm"), policy)
    if backend == "llm" and "bert" in answers:
        return decide_llm_first(answers["llm"], answers["bert"])
    return decide_alone(backend, answers[backend])


def decide_alone(name: str, answer: Answer) -> Result:
    """Decide by the only backend that was asked."""
    if isinstance(answer.outcome, Verdict):
        return _decision(answer.outcome, name, {name: answer})
    return _undecided(answer.outcome, {name: answer})


def decide_llm_first(llm: Answer, bert: Answer) -> Result:
    """Decide by the LLM, or by BERT where the LLM gave no verdict (`on_unmapped = "bert"`)."""
    answers = {"llm": llm, "bert": bert}
    if isinstance(llm.outcome, Verdict):
        return _decision(llm.outcome, "llm", answers)
    if isinstance(bert.outcome, Verdict):
        return _decision(bert.outcome, f"bert:{missing_reason(llm.outcome)}", answers)
    return _undecided(llm.outcome, answers)


def is_confident(outcome: Outcome, policy: Policy) -> bool:
    """Say whether the LLM need not be asked: what it says is not worth it, or could change nothing."""
    return isinstance(outcome, Verdict) and _alone(outcome, policy) is not None


def _alone(bert: Verdict, policy: Policy) -> str | None:
    """Say why BERT decides without the LLM, or None if it does not."""
    p = confidence(bert)
    if p >= policy.skip_llm_above:
        return "bert:confident"
    return "bert:certain" if policy.bert_certain is not None and p >= policy.bert_certain else None


def confidence(outcome: Outcome) -> float:
    """Give a verdict's probability of its own label; 0 where there is none.

    >>> confidence(Failure(reason="timeout"))
    0.0
    """
    return outcome.scores[outcome.label] if isinstance(outcome, Verdict) and outcome.scores else 0.0


def decide_both(bert: Answer, llm: Answer | None, policy: Policy) -> Result:
    """Decide by both. `llm` is None where BERT was confident and the LLM was not asked."""
    answers = {"bert": bert} | ({"llm": llm} if llm else {})
    sure = bert.outcome
    if not isinstance(sure, Verdict):
        if llm and isinstance(llm.outcome, Verdict):
            return _decision(llm.outcome, f"llm:{missing_reason(sure)}", answers)
        return _undecided(sure, answers)
    if (why := _alone(sure, policy)) or llm is None:
        return _decision(sure, why or "bert:confident", answers)
    if not isinstance(llm.outcome, Verdict):
        return _without_llm(sure, llm.outcome, policy, answers)
    if llm.outcome.label == sure.label:
        return _decision(sure, "agreement", answers)
    return _of_two_verdicts(sure, llm.outcome, policy, answers)


def _without_llm(bert: Verdict, llm: Outcome, policy: Policy, answers: Mapping[str, Answer]) -> Decision:
    if confidence(bert) >= policy.bert_floor:
        return _decision(bert, f"bert:{missing_reason(llm)}", answers)
    tie = policy.tie_label
    p = bert.scores[tie] if bert.scores else None
    return Decision(label=tie, decided_by="tie", confidence=p, scores=bert.scores, answers=answers)


def _of_two_verdicts(bert: Verdict, llm: Verdict, policy: Policy, answers: Mapping[str, Answer]) -> Decision:
    if bert.scores and llm.scores:
        weights = (policy.bert_weight, policy.llm_weight)
        scores = combine(bert.scores, llm.scores, *weights, policy.offsets, most_evidence(policy))
        label = max(scores, key=scores.__getitem__)
        return Decision(
            label=label, decided_by="combined", confidence=scores[label], scores=scores, answers=answers
        )
    if confidence(bert) >= policy.bert_trust:
        return _decision(bert, "bert:trusted", answers)
    return _decision(llm, "llm:trusted", answers)


def most_evidence(policy: Policy) -> float:
    """Give how much the LLM may say for one label against another, in nats: what `bert_certain` can bear.

    BERT's own evidence at p is weight * log(p / (1 - p)) against all other labels together, so against
    each at least that. What the LLM says is cut there (as a robust estimate cuts an outlier's influence;
    Huber 1964, "Robust estimation of a location parameter"): a model that is sure without reason, or was
    told to be by the text itself, counts for as much as a sure one and no more.

    >>> from polarity.contract import load_contract
    >>> policy = load_contract().policy.model_copy(update={"bert_weight": 2.0, "bert_certain": 0.9})
    >>> round(most_evidence(policy), 3)
    4.394
    """
    p = policy.bert_certain
    return math.inf if p is None else policy.bert_weight * math.log(p / (1 - p))


def combine(
    left: Mapping[str, float],
    right: Mapping[str, float],
    left_weight: float,
    right_weight: float,
    offsets: Mapping[str, float] = NO_OFFSETS,
    most: float = math.inf,
) -> dict[str, float]:
    """Combine two distributions log-linearly: p is proportional to left^a * right^b * e^offset.

    The logarithmic opinion pool (Genest and Zidek 1986, "Combining probability distributions"). An
    offset, 0 where a label has none, takes out what a side likes to say of any text; Zhao et al.
    2021, "Calibrate before use", is the case of offsets measured on a text without content. A zero on
    the right counts as `SMALLEST`, so that one backend alone cannot forbid a label. What the right side
    says with its weight and the offsets sets no label more than `most` nats below another. No softmax is
    zero: a zero on the left is of a label that the classifier does not have. Such a label is as probable as
    the right side says; what that leaves is shared out among the others by both.

    >>> combine({"A": 0.75, "B": 0.25}, {"A": 0.5, "B": 0.5}, 0.0, 1.0)
    {'A': 0.5, 'B': 0.5}
    >>> combine({"A": 0.5, "B": 0.5}, {"A": 0.5, "B": 0.5}, 1.0, 1.0, {"B": math.log(3)})["B"]
    0.75
    >>> round(combine({"A": 0.75, "B": 0.25}, {"A": 0.0, "B": 1.0}, 1.0, 1.0, most=math.log(3))["A"], 9)
    0.5
    >>> round(combine({"A": 0.5, "B": 0.5, "C": 0.0}, {"A": 0.2, "B": 0.2, "C": 0.6}, 1.0, 1.0)["C"], 9)
    0.6
    """
    said = {
        label: right_weight * math.log(max(right[label], SMALLEST)) + offsets.get(label, 0.0)
        for label in left
    }
    lowest = max(said.values()) - most
    both = _softmax(
        {
            label: left_weight * math.log(max(left[label], SMALLEST))
            + right_weight * math.log(max(right[label], SMALLEST))
            + offsets.get(label, 0.0)
            + max(0.0, lowest - said[label])
            for label in left
            if left[label]
        }
    )
    if len(both) == len(left):
        return both
    alone = _softmax({label: max(log, lowest) for label, log in said.items()})
    rest = math.fsum(alone[label] for label in both)
    return {label: both[label] * rest if label in both else alone[label] for label in left}


def _softmax(logs: Mapping[str, float]) -> dict[str, float]:
    top = max(logs.values())
    masses = {label: math.exp(value - top) for label, value in logs.items()}
    total = math.fsum(masses.values())
    return {label: mass / total for label, mass in masses.items()}


def missing_reason(outcome: Outcome) -> str:
    """Name in one word why an outcome is no verdict.

    >>> missing_reason(Failure(reason="timeout"))
    'timeout'
    """
    match outcome:
        case Abstention():
            return "abstained"
        case Unmapped(reason=reason) | Failure(reason=reason):
            return reason
        case Verdict():
            raise ValueError("a verdict is not missing")


def _decision(verdict: Verdict, decided_by: str, answers: Mapping[str, Answer]) -> Decision:
    return Decision(
        label=verdict.label,
        decided_by=decided_by,
        confidence=verdict.scores[verdict.label] if verdict.scores else None,
        scores=verdict.scores,
        answers=answers,
    )


def _too_little(answers: Mapping[str, Answer]) -> str:
    """Say what a classifier did not know of a text."""
    raws = (answer.raw for answer in answers.values())
    known = next((raw.known for raw in raws if isinstance(raw, Scores) and raw.known), None)
    if known is None or known.language:
        return "the text is in another language than the classifier was trained on"
    if known.characters is not None and known.characters < known.tokens:
        return f"the classifier knows the script of {known.characters:.0%} of the text's letters"
    return f"the classifier knows {known.tokens:.0%} of the text's tokens"


def _undecided(outcome: Outcome, answers: Mapping[str, Answer]) -> Undecided:
    match outcome:
        case Abstention(rule=rule):
            return Undecided(
                reason="abstained", detail=f"the model declined to choose ({rule})", answers=answers
            )
        case Unmapped(reason="unreadable"):
            return Undecided(reason="unreadable", detail=_too_little(answers), answers=answers)
        case Unmapped(reason=reason):
            return Undecided(
                reason="unmapped", detail=f"no rule accounts for the answer: {reason}", answers=answers
            )
        case Failure(reason="timeout" | "text_too_long" | "text_refused" as reason, detail=detail):
            return Undecided(reason=reason, detail=detail, answers=answers)
        case Failure(reason=reason, detail=detail):
            return Undecided(reason="unavailable", detail=f"{reason}: {detail}", answers=answers)
        case Verdict():
            raise ValueError("a verdict is decided")
