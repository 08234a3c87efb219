"""Decisions and answers as plain values: what the formats have in common."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from polarity.stored import finite
from polarity.types import Answer, Decision, Result, decided_by

REMEMBERED = 1000
Made = TypeVar("Made")


def decision_object(result: Result | None) -> dict[str, Any]:
    """One decision; without a label, `decided_by` is "undecided:<reason>" and `detail` says more.

    Where no policy applies, all of it is None.
    """
    if result is None:
        return {"label": None, "decided_by": None, "confidence": None}
    if isinstance(result, Decision):
        confidence = finite(result.confidence)
        return {"label": result.label, "decided_by": result.decided_by, "confidence": confidence}
    return {"label": None, "decided_by": decided_by(result), "confidence": None, "detail": result.detail}


class Remembered(Generic[Made]):
    """Calls `make` once for an answer object, and remembers the first thousand.

    Other systems' labels are few, and each is one object: what was made of it before is given again.

    >>> from polarity.types import Failure
    >>> late = Answer(Failure(reason="timeout"), Failure(reason="timeout"))
    >>> spell = Remembered(lambda answer: [answer.outcome.reason])
    >>> spell(late) is spell(late)
    True
    """

    def __init__(self, make: Callable[[Answer], Made]) -> None:
        self._make = make
        self._made: dict[int, tuple[Answer, Made]] = {}  # the answer is held, so that its id stays its own

    def __call__(self, answer: Answer) -> Made:
        """Give what `make` makes of the answer."""
        if found := self._made.get(id(answer)):
            return found[1]
        made = self._make(answer)
        if len(self._made) < REMEMBERED:
            self._made[id(answer)] = (answer, made)
        return made
