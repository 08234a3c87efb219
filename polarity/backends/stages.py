"""How long each stage of a way takes: who works says which stage it is, and who listens is told.

read     a request's body, until it is known to be sound
bert     the classifier's answers, waiting included
llm      the language model's answers, attempts and waiting included
map      the contract's reading of them
write    the response

Nothing is measured where nobody listens.
"""

import time
from contextvars import ContextVar
from typing import Protocol, Self

# A stage's name, and when it began and ended, in seconds of `time.perf_counter`.
Stage = tuple[str, float, float]


class Way(Protocol):
    """What keeps the stages that have ended, in the order of their ends."""

    stages: list[Stage]


_now: ContextVar[Way | None] = ContextVar("way", default=None)


def way_now() -> Way | None:
    """Give what listens in this context, if anything does."""
    return _now.get()


class stage:  # noqa: N801 - as suppress: used as a function; a class costs a third of a generator
    """Measure what is done within, for whoever listens in this context."""

    __slots__ = ("_began_s", "_name", "_way")

    def __init__(self, name: str) -> None:
        self._name, self._way = name, _now.get()

    def __enter__(self) -> Self:
        if self._way is not None:
            self._began_s = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        if self._way is not None:
            self._way.stages.append((self._name, self._began_s, time.perf_counter()))


class listening:  # noqa: N801 - as above
    """Let a way hear of each stage that ends within, in this context or in a task that is begun in it.

    >>> class Walk:
    ...     stages: list[Stage] = []
    >>> with listening(Walk()) as walk, stage("read"):
    ...     pass
    >>> [name for name, _, _ in walk.stages]
    ['read']
    """

    __slots__ = ("_token", "_way")

    def __init__(self, way: Way) -> None:
        self._way = way

    def __enter__(self) -> Way:
        self._token = _now.set(self._way)
        return self._way

    def __exit__(self, *_: object) -> None:
        _now.reset(self._token)
