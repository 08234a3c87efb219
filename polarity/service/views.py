"""Decisions -> response: what the classifier gave, in the documented form."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from polarity.classifier import Classifier
from polarity.service.schemas import AnswerView, ContractView, PolarityResponse, ResultView, UsageView
from polarity.stored import exact, is_cut, share_known, tokens_read, usage_of
from polarity.types import Answer, Decision, Model, RawOutput


class Origin(NamedTuple):
    """Behind a response: the request's id, the setting `backend`, who answered, by which models."""

    id: str
    backend: Literal["bert", "llm", "both"]
    classifier: Classifier
    models: Mapping[str, Model]


def response_of(decisions: Sequence[Decision], origin: Origin, *, explain: bool) -> PolarityResponse:
    """Give the response to one request."""
    ref = origin.classifier.contract.ref
    return PolarityResponse(
        id=origin.id,
        created=int(time.time()),
        backend=origin.backend,
        contract=ContractView(id=ref.id, version=ref.version, sha256=ref.sha256),
        model=models_of(origin.classifier),
        weights={name: model.weights for name, model in origin.models.items()},
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
    return ResultView(
        index=index,
        label=decision.label,
        confidence=decision.confidence,
        scores=dict(decision.scores) if decision.scores else None,
        decided_by=decision.decided_by,
        tokens=tokens_read(answers),
        truncated=is_cut(answers),
        known=share_known(answer.raw for answer in answers.values()),
        answers=answers_view(answers) if explain else None,
    )


def usage_view(raws: Iterable[RawOutput]) -> UsageView:
    """Sum the tokens of several raw outputs.

    >>> from polarity.types import Completion, Failure, Usage
    >>> usage_view([Completion(text="fine", usage=Usage(20, 2)), Failure(reason="timeout")]).total_tokens
    22
    """
    usages = [usage_of(raw) for raw in raws]
    prompt = sum(usage.prompt_tokens for usage in usages)
    completion = sum(usage.completion_tokens for usage in usages)
    return UsageView(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def answers_view(answers: Mapping[str, Answer]) -> dict[str, AnswerView]:
    """Show what every backend said, by its name."""
    return {name: answer_view(answer) for name, answer in answers.items()}


def answer_view(answer: Answer) -> AnswerView:
    """Show what one backend said and what was read in it."""
    return AnswerView(raw=answer.raw, exact=exact(answer.raw), outcome=answer.outcome)
