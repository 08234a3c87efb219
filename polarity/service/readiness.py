"""Readiness: a real prediction, bounded in time and remembered for a moment."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal

from polarity.backends.breaker import Condition
from polarity.classifier import Classifier
from polarity.service.faults import may_pass
from polarity.service.probing import READY, limit_of, probed
from polarity.service.problems import ProblemError, ProblemItem
from polarity.service.runtime import Runtime
from polarity.service.schemas import CircuitView, ReadyResponse, ShadowView, State, StoreView
from polarity.service.serving import Serving
from polarity.service.shadow import Shadow

if TYPE_CHECKING:
    from polarity.store import Recorder

log = logging.getLogger(__name__)

KEPT_S: Final = 5.0


class Readiness:
    """Asks every backend about one fixed text.

    The answer is kept for `KEPT_S` by the `clock`, in seconds, and only one question is under way at a
    time, so that asking often costs the backends nothing. `limit_s` bounds the question itself; default:
    `limit_of`.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        clock: Callable[[], float] = time.monotonic,
        limit_s: float | None = None,
    ) -> None:
        self._runtime, self._clock = runtime, clock
        self._limit_s = limit_s
        self._lock = asyncio.Lock()
        self._states: dict[str, State] = {}
        self._until = 0.0
        self._asked: Serving | None = None

    async def check(self) -> ReadyResponse:
        """Say which backends answer.

        One that fails is no fault while another answers in its place: that is `degraded`.

        Raises:
            ProblemError: the classifier is still loading, or no backend answers.
        """
        with self._runtime.using() as serving:
            async with self._lock:
                if self._clock() >= self._until or serving is not self._asked:
                    limit_s = limit_of(serving.settings) if self._limit_s is None else self._limit_s
                    self._states = await probed(serving.classifier, limit_s)
                    self._until, self._asked = self._clock() + KEPT_S, serving
                return self._seen(serving)

    def _seen(self, serving: Serving) -> ReadyResponse:
        classifier = serving.classifier
        states = {
            name: state if getattr(classifier.backends[name], "is_up", True) else "unavailable"
            for name, state in self._states.items()
        }  # what is known to be down is not ready, whatever was asked a moment ago
        circuits = circuits_of(classifier)
        if READY not in states.values():
            raise _not_ready(states, circuits, retry_after=round(KEPT_S))
        return ReadyResponse(
            status="ready" if set(states.values()) == {READY} else "degraded",
            backends=states,
            circuits=circuits,
            runtimes=runtimes_of(classifier),
            warnings=serving.warnings,
            store=store_of(self._runtime.storing.recorder),
            shadow=shadow_of(self._runtime.shadow),
        )


def runtimes_of(classifier: Classifier) -> dict[str, str]:
    """Say of each backend whose network runs here by what: `auto` chooses, and this is what came of it."""
    found = {name: getattr(backend, "runtime", None) for name, backend in classifier.backends.items()}
    return {name: runtime for name, runtime in found.items() if runtime}


def circuits_of(classifier: Classifier) -> dict[str, CircuitView]:
    """Show each circuit breaker; of a cause only its kind, since details name addresses."""
    found: dict[str, CircuitView] = {}
    for name, backend in classifier.backends.items():
        if isinstance(condition := getattr(backend, "condition", None), Condition):
            state, cause, probe_in_s, *_ = condition.circuit
            reason = cause.reason if cause else None
            found[name] = CircuitView(state=state, reason=reason, probe_in_s=round(probe_in_s, 1))
    return found


def store_of(recorder: "Recorder | None") -> StoreView | None:
    """Show whether decisions are being stored, if they are to be; why not, the log says."""
    if recorder is None:
        return None
    state: Literal["ready", "unavailable"] = "ready" if recorder.failure is None else "unavailable"
    return StoreView(state=state, waiting=recorder.waiting, lost=recorder.lost)


def shadow_of(shadow: Shadow | None) -> ShadowView | None:
    """Show how it stands with the candidate, if there is one; why one cannot be asked, the log says."""
    if shadow is None:
        return None
    counts = shadow.counts
    return ShadowView(candidate=counts.candidate, state=counts.state, waiting=counts.waiting)


def _not_ready(
    states: Mapping[str, State], circuits: Mapping[str, CircuitView], *, retry_after: int
) -> ProblemError:
    named = ", ".join(f"{name}: {state}" for name, state in states.items())
    items = [
        ProblemItem(code="unavailable", reason=state, detail=_detail(name, circuits.get(name)))
        for name, state in states.items()
        if state != READY
    ]
    wait = retry_after if may_pass(items) else None
    return ProblemError("unavailable", f"no backend answers ({named})", errors=items, retry_after=wait)


def _detail(name: str, circuit: CircuitView | None) -> str:
    said = f"backend {name!r} does not answer"
    if circuit is None or circuit.reason is None:
        return said
    return f"{said} and is not asked ({circuit.reason}): the next probe comes in {circuit.probe_in_s:g} s"
