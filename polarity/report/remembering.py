"""What was made of an answer before: other systems' labels are few, and each is one object."""

from collections.abc import Callable
from typing import Generic, TypeVar

from polarity.types import Answer

MOST = 1000
Made = TypeVar("Made")


class Remembering(Generic[Made]):
    """Calls `make` once for an answer object, and remembers the first thousand.

    >>> from polarity.types import Failure
    >>> late = Answer(Failure(reason="timeout"), Failure(reason="timeout"))
    >>> spell = Remembering(lambda answer: [answer.outcome.reason])
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
        if len(self._made) < MOST:
            self._made[id(answer)] = (answer, made)
        return made
