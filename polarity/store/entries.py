"""What is written to a store and what is read from it: frozen, and how a decision becomes a row."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import RowMapping

from polarity.stored import finite, is_cut, share_known, spelled, tokens_read
from polarity.texts import guessed
from polarity.types import Answer, ContractRef, Decision, Model, Result, decided_by

Texts = Literal["keep", "hash", "none"]
PRIMARY: Final = "primary"  # the side whose decision the caller got


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A way to answer: who is asked, by which contract, with which models.

    `models` names them by backend; where a model's `weights` are None nobody knows which they were.
    `fingerprint` is the sha256 of all that the answers depend on, the settings among it; None: not known.
    """

    backend: str
    contract: ContractRef
    models: Mapping[str, Model]
    polarity_version: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEntry:
    """One decision as it was made, to be written: the objects themselves, so that noting it costs nothing.

    `side` is "primary", or the name of a candidate that was asked behind it. `error` is the problem's code
    where the text got no label. `latency_ms` is of the whole request, in milliseconds; `cost` is in the
    money of the settings' prices. `answered_at` is an aware time.
    """

    request_id: str
    index: int
    side: str = PRIMARY
    answered_at: datetime
    text: str
    result: Result
    error: str | None = None
    latency_ms: float
    cost: float | None = None
    setup: Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """One decision as it lies in the store. `id` grows with the order of writing.

    `text` is None where the store keeps none, `text_sha256` where it keeps no hash either. `outcomes` and
    `raws` are by backend, as `stored.spelled` gives them; `raw_from` and `outcome_from` read them.
    """

    id: int
    request_id: str
    index: int
    side: str
    answered_at: datetime
    text: str | None
    text_sha256: str | None
    language: str | None
    known: float | None
    tokens: int | None
    truncated: bool
    label: str | None
    confidence: float | None
    scores: Mapping[str, float] | None
    decided_by: str
    error: str | None
    outcomes: Mapping[str, Any]
    raws: Mapping[str, Any]
    latency_ms: float
    cost: float | None
    setup: Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to the service: `kind` says what, `details` are plain values."""

    at: datetime
    kind: str
    details: Mapping[str, Any]


def row_of(entry: DecisionEntry, texts: Texts) -> dict[str, Any]:
    """Spell a decision as the store's row, but for the id of its setup.

    `texts` says what of the text is kept: itself, its sha256 only, or neither. What a model wrote is kept in
    any case, since nobody could replay the decision without it.
    """
    answers = entry.result.answers
    return {
        "request_id": entry.request_id,
        "index": entry.index,
        "side": entry.side,
        "answered_at": entry.answered_at,
        "text": entry.text if texts == "keep" else None,
        "text_sha256": None if texts == "none" else text_hash(entry.text),
        "language": _language(entry.text),
        "known": share_known(answer.raw for answer in answers.values()),
        "tokens": tokens_read(answers),
        "truncated": is_cut(answers),
        **_decided(entry.result),
        "error": entry.error,
        "outcomes": _spelled_by_name(answers, "outcome"),
        "raws": _spelled_by_name(answers, "raw"),
        "latency_ms": entry.latency_ms,
        "cost": entry.cost,
    }


def text_hash(text: str) -> str:
    """Give the sha256 of a text's UTF-8, in hex.

    >>> text_hash("fine")[:12]
    'd14a58bae804'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def setup_row(setup: Setup) -> dict[str, Any]:
    """Spell a setup as the store's row, but for its hash."""
    return {
        "backend": setup.backend,
        "contract_id": setup.contract.id,
        "contract_version": setup.contract.version,
        "contract_sha256": setup.contract.sha256,
        "models": {name: model._asdict() for name, model in setup.models.items()},
        "polarity_version": setup.polarity_version,
        "fingerprint": setup.fingerprint,
    }


def setup_from(row: Mapping[str, Any] | RowMapping) -> Setup:
    """Read what `setup_row` gave."""
    return Setup(
        backend=row["backend"],
        contract=ContractRef(row["contract_id"], row["contract_version"], row["contract_sha256"]),
        models={name: Model(**model) for name, model in row["models"].items()},
        polarity_version=row["polarity_version"],
        fingerprint=row["fingerprint"],
    )


def _decided(result: Result) -> dict[str, Any]:
    own: dict[str, Any] = {"label": None, "confidence": None, "scores": None}
    if isinstance(result, Decision):
        scores = dict(result.scores) if result.scores else None
        own = {"label": result.label, "confidence": finite(result.confidence), "scores": scores}
    return {"decided_by": decided_by(result), **own}


def _spelled_by_name(answers: Mapping[str, Answer], part: Literal["outcome", "raw"]) -> dict[str, Any]:
    return {name: spelled(getattr(answer, part)) for name, answer in answers.items()}


def _language(text: str) -> str | None:
    guess = guessed(text)
    return guess.code if guess else None
