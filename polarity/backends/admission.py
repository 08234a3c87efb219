"""How much is let in: tokens that wait, what one call may have, when to come back. No thread and no clock."""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from polarity.errors import Overloaded, TooManyTokens

HEADROOM: Final = 2
PLANNED: Final = 0.7  # of a deadline: speed varies, and what is late in the end was worked on for nothing
UNMEASURED: Final = 32_768  # tokens that may wait for a deadline before any speed is known
LEAST_RETRY_S: Final = 1.0
SHARE: Final = 0.2  # of a new measurement in the speed that is believed


class Limits(NamedTuple):
    """What callers may have of a backend; None: as much as they ask for.

    call_tokens    tokens of all texts of one call
    queue_tokens   tokens that may wait when another call comes; None: those that are done by the deadline
    deadline_s     seconds for one call
    is_alone       nobody else calls meanwhile: a call need not leave room for others while it is read
    """

    call_tokens: int | None = None
    queue_tokens: int | None = None
    deadline_s: float | None = None
    is_alone: bool = False


class Admission:
    """The tokens that are let in and not yet done, and how quickly they get done.

    >>> admission = Admission(Limits(call_tokens=1000, queue_tokens=2000))
    >>> admission.admit(900)
    >>> admission.admit(500)
    >>> admission.worked(tokens=100, seconds=0.5)
    >>> admission.admit(500)
    Traceback (most recent call last):
    polarity.errors.Overloaded: 1400 tokens are waiting: there is no room for 500
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.waiting = 0
        self.tokens_per_s: float | None = None
        self._share: float | None = None

    def admit(self, tokens: int, before: Callable[[], int] = lambda: 0) -> None:
        """Let a call in that has about so many tokens; `before` says how many would be worked on first.

        Where nothing waits, any call is let in; `check` says whether it is too large. Of `queue_tokens` one
        needs `HEADROOM` times its own, so that long lists leave room for short texts. Of a deadline short
        texts need little by themselves: little is worked on before them.

        Raises:
            Overloaded: there is no room, or it would not be done by its deadline.
        """
        if self.waiting:
            if self._limits.queue_tokens is not None:
                self._need(tokens, self.waiting + HEADROOM * tokens - self._limits.queue_tokens)
            in_time = self._in_time
            if self.waiting + tokens > in_time:
                self._need(tokens, before() + tokens - in_time)
        self.waiting += tokens

    def _need(self, tokens: int, too_many: float) -> None:
        if too_many > 0:
            wait_s = too_many / self.tokens_per_s if self.tokens_per_s else 0.0
            said = f"{self.waiting} tokens are waiting: there is no room for {tokens}"
            raise Overloaded(said, retry_after_s=max(LEAST_RETRY_S, wait_s))

    @property
    def _in_time(self) -> float:
        """How many tokens are done within a deadline, with some to spare."""
        if self._limits.deadline_s is None:
            return math.inf
        if self.tokens_per_s is None:
            return UNMEASURED
        return PLANNED * self._limits.deadline_s * self.tokens_per_s

    def estimate(self, most: int) -> int:
        """Say how many of at most so many tokens texts have, by those that were read lately."""
        return math.ceil((1.0 if self._share is None else self._share) * most)

    def learn(self, most: int, tokens: int) -> None:
        """Note that of at most so many tokens there really were so many."""
        if most:
            found, before = min(1.0, tokens / most), self._share
            self._share = found if before is None else before + SHARE * (found - before)

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

    def worked(self, *, tokens: int, seconds: float, weight: float = 1.0) -> None:
        """Note that all who work at once would do so many tokens in so long; by `weight` it counts less."""
        if seconds > 0:
            measured, before = tokens / seconds, self.tokens_per_s
            self.tokens_per_s = measured if before is None else before + weight * SHARE * (measured - before)


def most_tokens(text: str, frame: int) -> int:
    """Give a number of tokens that a text hardly exceeds, without a tokenizer: a token has a byte or more.

    `frame` is what the tokenizer puts around a text. Signs that a tokenizer takes apart (a ligature of
    eighteen letters) may have more: what is found later is what counts.

    >>> most_tokens("Fine.", frame=2), most_tokens("\u2603", frame=2)
    (7, 5)
    """
    return frame + (len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")))
