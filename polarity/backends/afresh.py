"""Whether what was answered before is asked again: who asks says it, and whatever keeps answers heeds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Not in the protocol: of a cache, and of being asked again, no other backend need know.
# How often it was asked before; None: whatever is kept is not to be taken.
asked_before: ContextVar[int | None] = ContextVar("asked before", default=0)


@contextmanager
def asked_again(times: int) -> Iterator[None]:
    """What is asked within was asked so often before: it has its own answers in the cache."""
    token = asked_before.set(times)
    try:
        yield
    finally:
        asked_before.reset(token)


@contextmanager
def asked_afresh() -> Iterator[None]:
    """What is asked within is asked of the model, whatever the cache holds."""
    token = asked_before.set(None)
    try:
        yield
    finally:
        asked_before.reset(token)
