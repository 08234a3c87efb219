"""A real prediction of one fixed text, bounded in time: does a classifier answer?"""

import asyncio
import logging
from typing import Final

from polarity.backends.afresh import asked_afresh
from polarity.classifier import Classifier
from polarity.errors import BackendError, CallRefused
from polarity.service.schemas import State
from polarity.settings import MOST_MEASURED_S, Settings
from polarity.types import Failure, Result

log = logging.getLogger(__name__)

PROBE: Final = "The parcel arrived on time."
READY: Final = "ready"
LEAST_LIMIT_S: Final = 5.0


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


async def probed(classifier: Classifier, limit_s: float) -> dict[str, State]:
    """Ask every backend about the text, and say of each whether it answered within `limit_s` seconds."""
    try:
        async with asyncio.timeout(limit_s):
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
