"""What the endpoint takes and gives: the models behind `/openapi.json`. No behaviour."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from polarity.stored import ShownOutcome, ShownRaw
from polarity.types import FailureReason, UnmappedReason

Reason = Literal["abstained", UnmappedReason, FailureReason]
State = Literal["ready", FailureReason]


def _form(value: object) -> str | None:
    match value:
        case str():
            return "text"
        case list():
            return "texts"
        case _:
            return None


Input = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[str], Tag("texts")],
    Discriminator(
        _form, custom_error_type="input_type", custom_error_message="must be a text or a list of texts"
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class PolarityRequest(BaseModel):
    """One text, or a batch of them."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {"input": "The refund arrived a day early."},
                {"input": ["Not great.", "The store opens at nine."], "explain": True},
            ]
        },
    )

    input: Input = Field(description="A text, or a flat list of texts: a batch, answered in its order.")
    explain: bool = Field(
        default=False, description="Ask every backend; show what each said and how it was read."
    )


class UsageView(_Part):
    """Tokens that were read and written, over all backends that were asked."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AnswerView(_Part):
    """What one backend said of one text, and what the contract read in it."""

    raw: ShownRaw
    exact: str | None = Field(
        default=None,
        description="The raw output as ASCII JSON, only where it holds lone surrogates: `raw` replaces them.",
        exclude_if=lambda exact: exact is None,
    )
    outcome: ShownOutcome


class ResultView(_Part):
    """The one label of one text."""

    index: int = Field(description="Which text of the request.")
    label: str
    confidence: float | None = Field(description="A measured probability of the label, or null.")
    scores: dict[str, float] | None
    decided_by: str = Field(examples=["agreement"])
    tokens: int | None = Field(description="Tokens that the model read, or null where it does not say.")
    truncated: bool = Field(description="The model did not read the whole text.")
    known: float | None = Field(
        default=None,
        description="The share of the text that the classifier could read; null where none was asked.",
    )
    answers: dict[str, AnswerView] | None = Field(
        default=None,
        description="By backend; only under `explain`.",
        exclude_if=lambda answers: answers is None,
    )


class ContractView(_Part):
    """The name of the one exact contract that produced the answer."""

    id: str
    version: str
    sha256: str


class PolarityResponse(_Part):
    """One label for every text, in the request's order."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "pol-6f1c0b5f2a9e4f0c8f0d3a7b9c1e2d4f",
                    "created": 1767225600,
                    "backend": "bert",
                    "contract": {"id": "polarity", "version": "4.0.0", "sha256": "9f86d081884c7d65..."},
                    "model": {"bert": "my-checkpoint"},
                    "weights": {"bert": "c2a1b216e405ca58..."},
                    "results": [
                        {
                            "index": 0,
                            "label": "POSITIVE",
                            "confidence": 0.97,
                            "scores": {"NEGATIVE": 0.01, "NEUTRAL": 0.02, "POSITIVE": 0.97},
                            "decided_by": "bert",
                            "tokens": 9,
                            "truncated": False,
                            "known": 1.0,
                        }
                    ],
                    "usage": {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9},
                }
            ]
        },
    )

    id: str
    created: int = Field(description="Seconds since 1970-01-01 UTC.")
    backend: Literal["bert", "llm", "both"]
    contract: ContractView
    model: dict[str, str | None] = Field(description="What model each backend names.")
    weights: dict[str, str | None] = Field(
        description="The sha256 of each backend's weights; null where nobody here knows: a remote server's."
    )
    results: list[ResultView]
    usage: UsageView


class StoredResultView(_Part):
    """What was decided of one text, and what is kept of it."""

    index: int = Field(description="Which text of the request.")
    text: str | None = Field(description="The text, or null where none is kept.")
    text_sha256: str | None = Field(description="The sha256 of its UTF-8, or null where none is kept.")
    label: str | None = Field(description="The label, or null where there was none: see `error`.")
    error: str | None = Field(
        description="The problem's code where there was no label.", examples=["unmapped"]
    )
    confidence: float | None
    scores: dict[str, float] | None
    decided_by: str = Field(examples=["agreement"])
    tokens: int | None
    truncated: bool
    known: float | None
    language: str | None = Field(
        description="The text's language as CLD2 guesses it; null where it cannot say."
    )
    latency_ms: float = Field(description="What the request took, from its body's end.")
    cost: float | None = Field(
        description="What the language model cost, in the money of the settings' prices."
    )
    answers: dict[str, AnswerView] = Field(description="By backend, of those that were asked.")


class StoredSideView(_Part):
    """How a side answered: by which contract and models, and what it decided of each text."""

    backend: str
    contract: ContractView
    model: dict[str, str]
    weights: dict[str, str | None]
    results: list[StoredResultView]


class StoredResponse(StoredSideView):
    """A stored answer, explained: `polarity audit` replays it."""

    id: str
    created: int = Field(description="Seconds since 1970-01-01 UTC.")
    candidates: dict[str, StoredSideView] = Field(
        description="By name, what candidates said that were asked behind it."
    )


class LiveResponse(_Part):
    """The process lives."""

    status: Literal["alive"] = "alive"


class CircuitView(_Part):
    """Whether a server is asked: a circuit breaker keeps requests from one that does not answer."""

    state: Literal["closed", "open", "half_open"] = Field(
        description="`closed`: it is asked; `open`: nobody is let through; `half_open`: one request is."
    )
    reason: FailureReason | None = Field(description="What opened it, or null.")
    probe_in_s: float = Field(description="Seconds until one request is let through, 0 where it may be now.")


class StoreView(_Part):
    """Whether decisions are being stored."""

    state: Literal["ready", "unavailable"]
    waiting: int = Field(description="Decisions that are not written yet.")
    lost: int = Field(description="Decisions that were not stored since the start, and never will be.")


class ShadowView(_Part):
    """How it stands with the candidate that is asked behind the answers."""

    candidate: str
    state: Literal["loading", "ready", "failed", "closed"] = Field(
        description="`failed`: it could not be loaded, and is not asked."
    )
    waiting: int = Field(description="Texts that wait for it.")


class ReadyResponse(_Part):
    """Texts can be labelled. `degraded`: some backend cannot answer, another answers in its place."""

    status: Literal["ready", "degraded"]
    backends: dict[str, State] = Field(
        description='"ready", or why not.', examples=[{"bert": "ready", "llm": "timeout"}]
    )
    runtimes: dict[str, str] | None = Field(
        default=None,
        description="By backend, of those whose network runs here: the library and the precision.",
        examples=[{"bert": "onnxruntime fp32"}],
        exclude_if=lambda runtimes: not runtimes,
    )
    warnings: list[str] = Field(
        [],
        description="What is not as it was meant: other models answer than those that the contract's policy "
        "was fitted on, or another runtime than is asked for.",
    )
    shadow: ShadowView | None = Field(
        default=None,
        description="The candidate that is asked behind the answers, if there is one.",
        exclude_if=lambda shadow: shadow is None,
    )
    circuits: dict[str, CircuitView] | None = Field(
        default=None,
        description="By backend, of those that have one.",
        exclude_if=lambda circuits: not circuits,
    )
    store: StoreView | None = Field(
        default=None,
        description="Where decisions are stored: labels are given all the same while they cannot be.",
        exclude_if=lambda store: store is None,
    )


class ReloadResponse(_Part):
    """Another classifier answers now."""

    status: Literal["reloaded"] = "reloaded"
    changed: list[str] = Field(description="Keys of the settings whose values were others before.")
    backend: Literal["bert", "llm", "both"]
    contract: ContractView
    models: dict[str, dict[str, str | None]] = Field(description="By backend: the name, the weights' sha256.")
    needs_restart: list[str] = Field(
        description="Sections of the settings that have changed and are read at the start only."
    )
