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
from typing import Annotated, ClassVar, Literal, NamedTuple

FinishReason = Literal["stop", "length", "content_filter"]
FailureReason = Literal[
    "timeout",
    "connection",
    "rate_limited",
    "rejected",
    "server_error",
    "bad_response",
    "unavailable",
    "unauthorized",
    "unknown_model",
    "quota_used_up",
    "text_too_long",
    "text_refused",
    "budget_spent",
    "no_value",
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
    "unreadable",
]


# What JSON readers are told of a field is its `description`; these are several kinds' own.
_TRUNCATED = {"description": "The model did not read the whole text."}
_RULE = {"description": "The id of the rule that fired."}
_SPAN = {"description": "The words that the answer was read by; None where there were none."}
_COVERAGE = {
    "description": "Probability mass on any label word before normalising; None without probabilities."
}


class Model(NamedTuple):
    """What answered, as far as it is known: a name, sha256 of its weights, and how an LLM was asked.

    `prompt` is the sha256 of the prompt for an empty text. A remote server or a hub id shows no weights.
    """

    name: str
    weights: str | None = None
    prompt: str | None = None
    strategy: str | None = None


class Usage(NamedTuple):
    """Tokens that one answer cost, as the server counted them; `cached` is 1 where it came from the cache."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: int = 0


NO_TOKENS = Usage()


class Known(NamedTuple):
    """How much of a text a classifier could read: what it was never taught, it cannot judge."""

    tokens: Annotated[float, "The share of the text's tokens that are not the tokenizer's unknown one."]
    characters: Annotated[
        float | None,
        "The share of its letters in scripts that the checkpoint was trained on; None: not said.",
    ] = None
    language: Annotated[
        str | None,
        "`other` where the text is guessed to be in a language that the checkpoint was not trained on.",
    ] = None

    @property
    def share(self) -> float:
        """The smaller of the shares; nothing of a text in another language counts as known."""
        return 0.0 if self.language else min(self.tokens, 1.0 if self.characters is None else self.characters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A distribution over names.

    `softmax`: over the checkpoint's label names, summing to one. `logprobs`: the probability of
    each candidate token at the answer position, summing to at most one; any other token has at most
    `unseen`. `tokens` counts what the model read of the text (or of the whole prompt); `truncated` says
    that it did not read all.
    """

    kind: ClassVar[Literal["scores"]] = "scores"
    probabilities: Mapping[str, float] = field(
        metadata={"description": "By name, None where the backend gave no number."}
    )
    source: ScoresSource = field(
        metadata={
            "description": "What the probabilities are of: `softmax` of label names, `logprobs` of tokens."
        }
    )
    unseen: float = field(
        default=0.0,
        metadata={"description": "The most that a name can have that is not among them; 0: all are shown."},
    )
    tokens: int = field(
        default=0, metadata={"description": "Tokens that the model read of the text, or of the whole prompt."}
    )
    truncated: bool = field(default=False, metadata=_TRUNCATED)
    known: Known | None = field(
        default=None,
        metadata={"description": "How much of the text a classifier knew; None where that was not counted."},
    )
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Free text that a language model wrote.

    `refusal` is the server's own word that it declined; `reasoning` is what the model thought, where the
    server keeps that apart: it is not the answer and is never read. `truncated` says that the model was not
    shown all of the text; what the token limit cut off the answer is `finish_reason`.
    """

    kind: ClassVar[Literal["completion"]] = "completion"
    text: str = field(metadata={"description": "What the model wrote."})
    finish_reason: str = field(
        default="stop",
        metadata={
            "description": "Why the server says that it ends here: `stop`, `length` (the token limit cut it "
            "off), `content_filter`, or a word of the server's own."
        },
    )
    refusal: str | None = field(
        default=None,
        metadata={"description": "The server's own word that it declined; None where it did not."},
    )
    reasoning: str | None = field(
        default=None,
        metadata={
            "description": "What the model thought, where the server keeps it apart from the answer; kept, "
            "never read."
        },
    )
    truncated: bool = field(default=False, metadata=_TRUNCATED)
    usage: Usage = Usage()
    quoted: str | None = field(
        default=None,
        metadata={
            "description": "What it quotes of the text that it was asked about, one quotation a line; "
            "None where that was not looked for."
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer for this text."""

    kind: ClassVar[Literal["failure"]] = "failure"
    reason: FailureReason = field(metadata={"description": "Why no answer came, from a closed set."})
    detail: str = ""


RawOutput = Scores | Completion | Failure


class ContractRef(NamedTuple):
    """The name of one exact contract: `sha256` is taken over the bytes of its file."""

    id: str
    version: str
    sha256: str


class Span(NamedTuple):
    """Half-open character range [start, end) of the canonical text, and what stands there."""

    # A named tuple's fields hold no metadata: their descriptions stand beside their types.
    start: Annotated[int, "Where it begins, in characters."]
    end: Annotated[int, "The place behind its last character."]
    text: Annotated[str, "What stands there."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A label was stated. `scores` sums to one over the contract's labels, or is None.

    `coverage` is the probability mass on any label word before normalising; None where the raw
    output has no probabilities. `rule` is the id of the rule that fired.
    """

    kind: ClassVar[Literal["verdict"]] = "verdict"
    label: str = field(metadata={"description": "The label, as the contract spells it."})
    rule: str = field(metadata=_RULE)
    contract: ContractRef
    span: Span | None = field(default=None, metadata=_SPAN)
    scores: Mapping[str, float] | None = field(
        default=None,
        metadata={"description": "By label, summing to one; None where the raw output has no probabilities."},
    )
    coverage: float | None = field(default=None, metadata=_COVERAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """The model declined to choose: "mixed", "unclear"."""

    kind: ClassVar[Literal["abstention"]] = "abstention"
    rule: str = field(metadata=_RULE)
    contract: ContractRef
    span: Span | None = field(default=None, metadata=_SPAN)
    coverage: float | None = field(default=None, metadata=_COVERAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """No declared rule accounts for the answer; `reason` is from a closed set."""

    kind: ClassVar[Literal["unmapped"]] = "unmapped"
    reason: UnmappedReason = field(
        metadata={"description": "Why no rule accounts for it, from a closed set."}
    )
    contract: ContractRef
    span: Span | None = field(default=None, metadata=_SPAN)
    coverage: float | None = field(default=None, metadata=_COVERAGE)


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

    reason: Literal[
        "unmapped",
        "abstained",
        "unreadable",
        "timeout",
        "unavailable",
        "text_too_long",
        "text_refused",
        "no_text",
    ]
    detail: str
    answers: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))


Result = Decision | Undecided


def decided_by(result: Result) -> str:
    """Name what made a decision, or why there is none.

    >>> decided_by(Decision(label="POSITIVE", decided_by="agreement"))
    'agreement'
    """
    return result.decided_by if isinstance(result, Decision) else f"undecided:{result.reason}"
