"""Decisions -> response: what the classifier gave, in the documented form."""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from polarity.classifier import Classifier
from polarity.service.schemas import AnswerView, ContractView, PolarityResponse, ResultView, UsageView
from polarity.stored import exact
from polarity.types import Answer, Decision, Failure, RawOutput, Scores, Usage


def response_of(
    decisions: Sequence[Decision],
    classifier: Classifier,
    backend: Literal["bert", "llm", "both"],
    *,
    explain: bool,
) -> PolarityResponse:
    """Give the response to one request."""
    ref = classifier.contract.ref
    return PolarityResponse(
        id=f"pol-{uuid.uuid4().hex}",
        created=int(time.time()),
        backend=backend,
        contract=ContractView(id=ref.id, version=ref.version, sha256=ref.sha256),
        model=models_of(classifier),
        results=[result_view(at, decision, explain=explain) for at, decision in enumerate(decisions)],
        usage=usage_view(answer.raw for decision in decisions for answer in decision.answers.values()),
    )


def models_of(classifier: Classifier) -> dict[str, str | None]:
    """Name each backend's model, where the backend does."""
    named = {name: getattr(backend, "model", None) for name, backend in classifier.backends.items()}
    return {name: model if isinstance(model, str) else None for name, model in named.items()}


def result_view(index: int, decision: Decision, *, explain: bool) -> ResultView:
    """Show one decision."""
    answers = decision.answers
    raws = [answer.raw for answer in answers.values()]
    return ResultView(
        index=index,
        label=decision.label,
        confidence=decision.confidence,
        scores=dict(decision.scores) if decision.scores else None,
        decided_by=decision.decided_by,
        tokens=_tokens(answers),
        truncated=any(map(_truncated, raws)),
        known=next((raw.known.share for raw in raws if isinstance(raw, Scores) and raw.known), None),
        answers=answers_view(answers) if explain else None,
    )


def _truncated(raw: RawOutput) -> bool:
    return not isinstance(raw, Failure) and raw.truncated


def _tokens(answers: Mapping[str, Answer]) -> int | None:
    """Count what was read of the text: by BERT, which reads it alone, else by the LLM within its prompt."""
    counts = [
        raw.tokens if isinstance(raw, Scores) else usage_of(raw).prompt_tokens
        for raw in (answers[name].raw for name in sorted(answers))
    ]
    return next((count for count in counts if count), None)


def usage_view(raws: Iterable[RawOutput]) -> UsageView:
    """Sum the tokens of several raw outputs.

    >>> from polarity.types import Completion
    >>> usage_view([Completion(text="fine", usage=Usage(20, 2)), Failure(reason="timeout")]).total_tokens
    22
    """
    usages = [usage_of(raw) for raw in raws]
    prompt = sum(usage.prompt_tokens for usage in usages)
    completion = sum(usage.completion_tokens for usage in usages)
    return UsageView(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def usage_of(raw: RawOutput) -> Usage:
    """Count one raw output's tokens: a failure has none.

    >>> usage_of(Failure(reason="timeout"))
    Usage(prompt_tokens=0, completion_tokens=0, cached=0)
    """
    return Usage() if isinstance(raw, Failure) else raw.usage


def answers_view(answers: Mapping[str, Answer]) -> dict[str, AnswerView]:
    """Show what every backend said, by its name."""
    return {name: answer_view(answer) for name, answer in answers.items()}


def answer_view(answer: Answer) -> AnswerView:
    """Show what one backend said and what was read in it."""
    return AnswerView(raw=answer.raw, exact=exact(answer.raw), outcome=answer.outcome)
