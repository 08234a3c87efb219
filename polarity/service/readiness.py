"""Readiness: a real prediction, bounded in time and remembered for a moment."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal

from polarity.backends.afresh import asked_afresh
from polarity.backends.breaker import Condition
from polarity.classifier import Classifier
from polarity.errors import BackendError, CallRefused
from polarity.service.faults import may_pass
from polarity.service.problems import ProblemError, ProblemItem
from polarity.service.runtime import Runtime
from polarity.service.schemas import CircuitView, ReadyResponse, State, StoreView
from polarity.settings import MOST_MEASURED_S, Settings
from polarity.types import Failure, Result

if TYPE_CHECKING:
    from polarity.store import Recorder

log = logging.getLogger(__name__)

PROBE: Final = "The parcel arrived on time."
READY: Final = "ready"
LEAST_LIMIT_S: Final = 5.0
KEPT_S: Final = 5.0


def limit_of(settings: Settings) -> float:
    """Give the seconds that a probe may take: more than an LLM that keeps its deadline.

    So an LLM that answers requests in time counts as ready, and one that hangs has failed, by its
    own deadline, before the probe of the other backend is given up.

    >>> limit_of(Settings(backend="llm"))
    11.0
    """
    if settings.backend == "bert":
        return LEAST_LIMIT_S
    deadline_s = settings.deadline_s(patient=False) or MOST_MEASURED_S
    return max(LEAST_LIMIT_S, deadline_s + 1.0)


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
        self._limit_s = limit_of(runtime.settings) if limit_s is None else limit_s
        self._lock = asyncio.Lock()
        self._states: dict[str, State] = {}
        self._until = 0.0

    async def check(self) -> ReadyResponse:
        """Say which backends answer.

        One that fails is no fault while another answers in its place: that is `degraded`.

        Raises:
            ProblemError: the classifier is still loading, or no backend answers.
        """
        classifier = self._runtime.classifier()
        async with self._lock:
            if self._clock() >= self._until:
                self._states = await self._ask(classifier)
                self._until = self._clock() + KEPT_S
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
            warnings=self._runtime.warnings,
            store=store_of(self._runtime.storing.recorder),
        )

    async def _ask(self, classifier: Classifier) -> dict[str, State]:
        try:
            async with asyncio.timeout(self._limit_s):
                with asked_afresh():
                    (result,) = await classifier.classify([PROBE], ask_all=True)
        except CallRefused:  # as full as may be, and answering others
            return dict.fromkeys(classifier.backends, READY)
        except TimeoutError:
            return dict.fromkeys(classifier.backends, "timeout")
        except BackendError as error:
            log.warning("not ready: %s", error)
            return dict.fromkeys(classifier.backends, error.reason)
        return states_of(result)


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


def states_of(result: Result) -> dict[str, State]:
    """Say of each backend whether it answered. An answer that maps to no label is one too: it is alive.

    >>> from polarity.types import Answer, Undecided
    >>> late = Failure(reason="timeout")
    >>> states_of(Undecided(reason="timeout", detail="", answers={"llm": Answer(late, late)}))
    {'llm': 'timeout'}
    """
    return {
        name: answer.outcome.reason if isinstance(answer.outcome, Failure) else READY
        for name, answer in result.answers.items()
    }


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
