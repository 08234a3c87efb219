"""`GET /polarity/{id}`: what the store has of a request, in the form of an explained response."""

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from polarity.errors import StoreError
from polarity.service.problems import ProblemError
from polarity.service.schemas import (
    AnswerView,
    ContractView,
    StoredResponse,
    StoredResultView,
    StoredSideView,
)
from polarity.stored import exact, outcome_from, raw_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polarity.store import Recorder, StoredDecision

ID: Final = re.compile(r"pol-[0-9a-f]{32}")
TRIES, EVERY_S = 50, 0.1  # how long what was decided may take to be written, and is waited for
RETRY_S: Final = 5
PRIMARY: Final = "primary"


async def stored_answer(recorder: "Recorder | None", request_id: str) -> StoredResponse:
    """Find what was answered, by whom and from what. What has just been answered is waited for.

    Raises:
        ProblemError: nothing is stored, nothing is known of this id, only what candidates said is, or the
            store cannot be read now.
    """
    if recorder is None:
        raise ProblemError("not_found", "answers are not stored here: store.enabled is false")
    found = await _found(recorder, request_id) if ID.fullmatch(request_id) else []
    if not found:
        raise ProblemError("not_found", "no answer is stored under this id")
    if all(one.side != PRIMARY for one in found):
        raise ProblemError("not_found", "the answer was lost: only what candidates said is stored")
    return response_from(found)


async def _found(recorder: "Recorder", request_id: str) -> "Sequence[StoredDecision]":
    until = recorder.written + recorder.lost + recorder.waiting  # what came later is not what is asked for
    for _ in range(TRIES):
        is_written = recorder.written + recorder.lost >= until
        found = await asyncio.to_thread(_read, recorder, request_id)
        if found or is_written:
            return found
        await asyncio.sleep(EVERY_S)
    return []


def _read(recorder: "Recorder", request_id: str) -> "Sequence[StoredDecision]":
    if recorder.store is None:
        if recorder.failure is not None:
            raise _unreadable()
        return []  # it is only being opened
    try:
        return list(recorder.store.decisions(request_id=request_id))
    except StoreError:
        raise _unreadable() from None


def _unreadable() -> ProblemError:
    return ProblemError("unavailable", "the store cannot be read now", retry_after=RETRY_S)


def response_from(decisions: "Sequence[StoredDecision]") -> StoredResponse:
    """Show one request's decisions: the primary side's, and what each candidate would have said."""
    sides: dict[str, list[StoredDecision]] = {}
    for one in sorted(decisions, key=lambda one: one.index):
        sides.setdefault(one.side, []).append(one)
    primary = sides.pop(PRIMARY)
    first = primary[0]
    return StoredResponse(
        id=first.request_id,
        created=int(first.answered_at.timestamp()),
        candidates={side: StoredSideView(**_side(found)) for side, found in sides.items()},
        **_side(primary),
    )


def _side(decisions: "Sequence[StoredDecision]") -> dict[str, Any]:
    setup = decisions[0].setup
    return {
        "backend": setup.backend,
        "contract": ContractView(**setup.contract._asdict()),
        "model": {name: model.name for name, model in setup.models.items()},
        "weights": {name: model.weights for name, model in setup.models.items()},
        "results": [_result(one) for one in decisions],
    }


def _result(one: "StoredDecision") -> StoredResultView:
    return StoredResultView(
        index=one.index,
        text=one.text,
        text_sha256=one.text_sha256,
        label=one.label,
        error=one.error,
        confidence=one.confidence,
        scores=dict(one.scores) if one.scores else None,
        decided_by=one.decided_by,
        tokens=one.tokens,
        truncated=one.truncated,
        known=one.known,
        language=one.language,
        latency_ms=one.latency_ms,
        cost=one.cost,
        answers={name: _answer(one, name) for name in one.raws},
    )


def _answer(one: "StoredDecision", name: str) -> AnswerView:
    raw = raw_from(one.raws[name], f"raws.{name}")
    outcome = outcome_from(one.outcomes[name], one.setup.contract, f"outcomes.{name}")
    return AnswerView(raw=raw, exact=exact(raw), outcome=outcome)
