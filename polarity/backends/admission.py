"""How much is let in: tokens that wait, what one call may have, when to come back. No thread and no clock."""

import math
from typing import Final, NamedTuple

from polarity.errors import Overloaded, TooManyTokens

LEAST_RETRY_S: Final = 1.0
SHARE: Final = 0.2  # of a new measurement in the speed that is believed


class Limits(NamedTuple):
    """What callers may have of a backend; None: as much as they ask for.

    call_tokens    tokens of all texts of one call
    queue_tokens   tokens that may wait when another call comes
    deadline_s     seconds for one call
    """

    call_tokens: int | None = None
    queue_tokens: int | None = None
    deadline_s: float | None = None


class Admission:
    """The tokens that are let in and not yet done, and how quickly they get done.

    >>> admission = Admission(Limits(call_tokens=1000, queue_tokens=2000))
    >>> admission.admit(900)
    >>> admission.admit(900)
    >>> admission.worked(tokens=100, seconds=0.5)
    >>> admission.admit(900)
    Traceback (most recent call last):
    polarity.errors.Overloaded: 1800 tokens are waiting, 2000 may
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.waiting = 0
        self.tokens_per_s: float | None = None

    def admit(self, most: int) -> None:
        """Let a call in that has at most so many tokens.

        A call is let in whenever nothing waits, however large it is: `check` says whether it is too large.

        Raises:
            Overloaded: they are more than may wait, or than will be done before the call's deadline.
        """
        room = self.room
        if self.waiting and self.waiting + most > room:
            said = f"{self.waiting} tokens are waiting, {math.floor(room)} may"
            raise Overloaded(said, retry_after_s=self._until_room(most, room))
        self.waiting += most

    @property
    def room(self) -> float:
        """How many tokens may wait: as is set, and not more than are done within a deadline."""
        _, queue, deadline_s = self._limits
        in_time = math.inf
        if deadline_s is not None and self.tokens_per_s is not None:
            in_time = deadline_s * self.tokens_per_s
        return min(math.inf if queue is None else queue, in_time)

    def _until_room(self, most: int, room: float) -> float:
        over = self.waiting + min(most, room) - room
        return max(LEAST_RETRY_S, over / self.tokens_per_s) if self.tokens_per_s else LEAST_RETRY_S

    def check(self, tokens: int) -> None:
        """Hold a call's tokens against what one may have.

        Raises:
            TooManyTokens: saying how many it has, and may have.
        """
        most = self._limits.call_tokens
        if most is not None and tokens > most:
            raise TooManyTokens(
                f"the texts have at least {tokens} tokens; at most {most} are read in one call"
            )

    def change(self, by: int) -> None:
        """Note that more or less waits: an estimate was wrong, tokens are done, a caller has left."""
        self.waiting += by

    def worked(self, *, tokens: int, seconds: float) -> None:
        """Note that so many tokens took so long."""
        if seconds > 0:
            measured, before = tokens / seconds, self.tokens_per_s
            self.tokens_per_s = measured if before is None else before + SHARE * (measured - before)


def most_tokens(text: str, frame: int) -> int:
    """Give a number of tokens that a text hardly exceeds, without a tokenizer: a token has a byte or more.

    `frame` is what the tokenizer puts around a text. Signs that a tokenizer takes apart (a ligature of
    eighteen letters) may have more: what is found later is what counts.

    >>> most_tokens("Fine.", frame=2), most_tokens("\u2603", frame=2)
    (7, 5)
    """
    return frame + (len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")))
