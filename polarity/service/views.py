"""Results -> response: what the classifier gave, in the documented form. Pure."""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from polarity.classifier import Classifier
from polarity.policy import missing_reason
from polarity.service.problems import Code, ProblemError, ProblemItem
from polarity.service.schemas import (
    AbstentionView,
    AnswerView,
    CompletionView,
    ContractView,
    FailureView,
    OutcomeView,
    PolarityResponse,
    RawView,
    ResultView,
    ScoresView,
    SpanView,
    UnmappedView,
    UsageView,
    VerdictView,
)
from polarity.types import (
    Abstention,
    Answer,
    Completion,
    Decision,
    Failure,
    Outcome,
    RawOutput,
    Result,
    Scores,
    Span,
    Undecided,
    Unmapped,
    Usage,
    Verdict,
)

RETRY_AFTER_S = 5
CODES: Mapping[str, Code] = {
    "unavailable": "unavailable",
    "timeout": "deadline",
    "unmapped": "unmapped",
    "abstained": "unmapped",
}
PRECEDENCE: tuple[Code, ...] = ("unavailable", "deadline", "unmapped")


def response_of(
    results: Sequence[Result],
    classifier: Classifier,
    backend: Literal["bert", "llm", "both"],
    *,
    explain: bool,
) -> PolarityResponse:
    """Give the response to one request.

    Raises:
        ProblemError: a text has no label.
    """
    decisions = decided(results)
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


def decided(results: Sequence[Result]) -> list[Decision]:
    """Hand back the decisions, if all are.

    Raises:
        ProblemError: some text has no label. Where texts failed for several reasons, the one that
            waiting can mend names the problem; each failed text is listed with its own.
    """
    failed = [(at, result) for at, result in enumerate(results) if isinstance(result, Undecided)]
    if not failed:
        return [result for result in results if isinstance(result, Decision)]
    codes = {CODES[result.reason] for _, result in failed}
    code = next(code for code in PRECEDENCE if code in codes)
    raise ProblemError(
        code,
        f"{len(failed)} of {len(results)} texts got no label",
        errors=[ProblemItem(code=result.reason, detail=_why(result), index=at) for at, result in failed],
        retry_after=RETRY_AFTER_S if code == "unavailable" else None,
    )


def _why(result: Undecided) -> str:
    """Say why a text has no label; of a fault only its kind, since details name addresses."""
    if result.reason in ("unmapped", "abstained"):
        return result.detail
    missing = {
        name: missing_reason(answer.outcome)
        for name, answer in result.answers.items()
        if not isinstance(answer.outcome, Verdict)
    }
    return ", ".join(f"{name}: {reason}" for name, reason in missing.items()) or result.reason


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
        tokens=_tokens(answers),
        truncated=any(isinstance(answer.raw, Scores) and answer.raw.truncated for answer in answers.values()),
        answers={name: answer_view(answer) for name, answer in answers.items()} if explain else None,
    )


def _tokens(answers: Mapping[str, Answer]) -> int | None:
    """Count what was read of the text: by BERT, which reads it alone, else by the LLM within its prompt."""
    counts = [
        raw.tokens if isinstance(raw, Scores) else usage_of(raw).prompt_tokens
        for raw in (answers[name].raw for name in sorted(answers))
    ]
    return next((count for count in counts if count), None)


def usage_view(raws: Iterable[RawOutput]) -> UsageView:
    """Sum the tokens of several raw outputs.

    >>> usage_view([Scores(probabilities={}, source="softmax", tokens=7)]).total_tokens
    7
    """
    usages = [usage_of(raw) for raw in raws]
    prompt = sum(usage.prompt_tokens for usage in usages)
    completion = sum(usage.completion_tokens for usage in usages)
    return UsageView(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def usage_of(raw: RawOutput) -> Usage:
    """Count one raw output's tokens. BERT has no server that counts: what it read is its prompt.

    >>> usage_of(Failure(reason="timeout"))
    Usage(prompt_tokens=0, completion_tokens=0)
    """
    match raw:
        case Scores(source="softmax", tokens=tokens):
            return Usage(prompt_tokens=tokens)
        case Scores(usage=usage) | Completion(usage=usage):
            return usage
        case Failure():
            return Usage()


def answer_view(answer: Answer) -> AnswerView:
    """Show what one backend said and what was read in it."""
    return AnswerView(raw=raw_view(answer.raw), outcome=outcome_view(answer.outcome))


def raw_view(raw: RawOutput) -> RawView:
    """Show a raw output."""
    match raw:
        case Scores():
            return ScoresView(
                source=raw.source,
                probabilities={printable(name): p for name, p in raw.probabilities.items()},
                tokens=raw.tokens,
                truncated=raw.truncated,
            )
        case Completion():
            return CompletionView(
                text=printable(raw.text),
                finish_reason=raw.finish_reason,
                refusal=printable(raw.refusal) if raw.refusal is not None else None,
            )
        case Failure():
            return failure_view(raw)


def outcome_view(outcome: Outcome) -> OutcomeView:
    """Show an outcome."""
    match outcome:
        case Verdict():
            return VerdictView(
                label=outcome.label,
                rule=outcome.rule,
                span=span_view(outcome.span),
                scores=dict(outcome.scores) if outcome.scores else None,
                coverage=outcome.coverage,
            )
        case Abstention():
            return AbstentionView(rule=outcome.rule, span=span_view(outcome.span), coverage=outcome.coverage)
        case Unmapped():
            return UnmappedView(
                reason=outcome.reason, span=span_view(outcome.span), coverage=outcome.coverage
            )
        case Failure():
            return failure_view(outcome)


def failure_view(failure: Failure) -> FailureView:
    """Show a failure."""
    return FailureView(reason=failure.reason, detail=printable(failure.detail))


def span_view(span: Span | None) -> SpanView | None:
    """Show a span, if there is one."""
    return SpanView(start=span.start, end=span.end, text=printable(span.text)) if span else None


def printable(text: str) -> str:
    r"""Replace lone surrogates, which a model may write but UTF-8 cannot hold, by U+FFFD.

    >>> printable("a\ud800b") == "a\ufffdb"
    True
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
