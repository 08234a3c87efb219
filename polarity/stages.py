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
from typing import NamedTuple, Self


class Stage(NamedTuple):
    """One stage: when it began and ended, in seconds of `time.perf_counter`."""

    name: str
    began_s: float
    ended_s: float


_heard: ContextVar[list[Stage] | None] = ContextVar("stages", default=None)


class stage:  # noqa: N801 - as suppress: used as a function; a class costs a third of a generator
    """Measure what is done within, for whoever listens in this context.

    >>> with listening() as heard, stage("read"):
    ...     pass
    >>> [name for name, _, _ in heard]
    ['read']
    """

    __slots__ = ("_began_s", "_heard", "_name")

    def __init__(self, name: str) -> None:
        self._name, self._heard = name, _heard.get()

    def __enter__(self) -> Self:
        if self._heard is not None:
            self._began_s = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        if self._heard is not None:
            self._heard.append(Stage(self._name, self._began_s, time.perf_counter()))


class listening:  # noqa: N801 - as above
    """Give a list that grows by each stage that ends in this context, or in a task that is begun in it."""

    __slots__ = ("_token",)

    def __enter__(self) -> list[Stage]:
        heard: list[Stage] = []
        self._token = _heard.set(heard)
        return heard

    def __exit__(self, *_: object) -> None:
        _heard.reset(self._token)
