"""What travels through polarity: raw outputs, outcomes and decisions. Frozen, no behaviour.

raw output   Scores | Completion | Failure          what a backend said
outcome      Verdict | Abstention | Unmapped | Failure   what the contract reads in it
decision     Decision | Undecided                   the one final label, or the reason there is none

A `Failure` is both: nothing was said, so there is nothing to read, and it passes the mapper as it is.

Raw outputs and outcomes are told apart by `kind`. Their fields stand here and nowhere else: `stored`
makes of them what is written, what is read and what the endpoint shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple

FinishReason = Literal["stop", "length", "content_filter"]
FailureReason = Literal[
    "timeout",
    "connection",
    "rate_limited",
    "rejected",
    "server_error",
    "bad_response",
    "unavailable",
    "text_too_long",
    "internal",
]
ScoresSource = Literal["softmax", "logprobs"]
UnmappedReason = Literal[
    "empty",
    "refusal",
    "filtered",
    "truncated",
    "too_long",
    "negated",
    "multiple_labels",
    "label_echo",
    "conflicting",
    "contrast",
    "confusable",
    "invisible",
    "numeric",
    "undeclared",
    "runaway",
    "malformed_json",
]


class Usage(NamedTuple):
    """Tokens that one answer cost, as the server counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A distribution over names.

    `softmax`: over the checkpoint's label names, summing to one. `logprobs`: the probability of
    each candidate token at the answer position, summing to at most one. `tokens` counts what the
    model read of the text (or of the whole prompt); `truncated` says that it did not read all.
    """

    kind: ClassVar[Literal["scores"]] = "scores"
    probabilities: Mapping[str, float]
    source: ScoresSource
    tokens: int = 0
    truncated: bool = False
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Free text that a language model wrote.

    `refusal` is the server's own word that it declined. `truncated` says that the model was not
    shown all of the text; what the token limit cut off the answer is `finish_reason`.
    """

    kind: ClassVar[Literal["completion"]] = "completion"
    text: str
    finish_reason: FinishReason = "stop"
    refusal: str | None = None
    truncated: bool = False
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer for this text."""

    kind: ClassVar[Literal["failure"]] = "failure"
    reason: FailureReason
    detail: str = ""


RawOutput = Scores | Completion | Failure


class ContractRef(NamedTuple):
    """The name of one exact contract: `sha256` is taken over the bytes of its file."""

    id: str
    version: str
    sha256: str


class Span(NamedTuple):
    """Half-open character range [start, end) of the canonical text, and what stands there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A label was stated. `scores` sums to one over the contract's labels, or is None.

    `coverage` is the probability mass on any label word before normalising; None where the raw
    output has no probabilities. `rule` is the id of the rule that fired.
    """

    kind: ClassVar[Literal["verdict"]] = "verdict"
    label: str
    rule: str
    contract: ContractRef
    span: Span | None = None
    scores: Mapping[str, float] | None = None
    coverage: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """The model declined to choose: "mixed", "unclear"."""

    kind: ClassVar[Literal["abstention"]] = "abstention"
    rule: str
    contract: ContractRef
    span: Span | None = None
    coverage: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """No declared rule accounts for the answer; `reason` is from a closed set."""

    kind: ClassVar[Literal["unmapped"]] = "unmapped"
    reason: UnmappedReason
    contract: ContractRef
    span: Span | None = None
    coverage: float | None = None


Outcome = Verdict | Abstention | Unmapped | Failure


class Answer(NamedTuple):
    """One backend's raw output for one text, and what the contract read in it."""

    raw: RawOutput
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The one final label of a text. `confidence` is a measured probability of it, or None."""

    label: str
    decided_by: str
    confidence: float | None = None
    scores: Mapping[str, float] | None = None
    answers: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """No label, and why: the explicit error that stands where a quiet default would."""

    reason: Literal["unmapped", "abstained", "timeout", "unavailable", "text_too_long"]
    detail: str
    answers: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))


Result = Decision | Undecided


def decided_by(result: Result) -> str:
    """Name what made a decision, or why there is none.

    >>> decided_by(Decision(label="POSITIVE", decided_by="agreement"))
    'agreement'
    """
    return result.decided_by if isinstance(result, Decision) else f"undecided:{result.reason}"
