"""What may be asked of a server: requests a minute, tokens a minute, and money in all.

What a request will cost is estimated before it is sent, and settled when its answer tells. So the rates are
kept without waiting for an answer, and the money is not overspent by what is under way.

aiolimiter is not used: it lets the small pass the large, takes no amount above its limit, does not say how
long a wait would be, which is what a deadline needs, and cannot be told that a request cost less.
"""

import time
from collections.abc import Callable
from functools import reduce
from operator import sub
from typing import Protocol

from polarity.errors import BudgetSpent
from polarity.settings import LlmSettings
from polarity.statistics.cost import added, cost, money
from polarity.types import NO_TOKENS, Usage

MINUTE_S = 60.0
BURST = 10  # a tenth of what a minute allows may come at once
LOOK_AGAIN_S = 0.05  # while money is reserved for what is under way
BYTES_A_TOKEN = 3  # of UTF-8: English has four and more, Japanese about one character
ROUNDING = 1e-9
Clock = Callable[[], float]


def estimated(prompt_bytes: int, max_tokens: int) -> Usage:
    """Estimate what a request will cost, rather too much than too little. The prompt's bytes are UTF-8.

    >>> estimated(len("Is it good?"), 1)
    Usage(prompt_tokens=4, completion_tokens=1, cached=0)
    """
    return Usage(-(-prompt_bytes // BYTES_A_TOKEN), max_tokens)


class Bucket:
    """A token bucket (Turner 1986): in no minute is more taken than `per_minute`.

    Up to a tenth of it may be taken at once. An amount above that waits for a full bucket and leaves a debt.

    >>> now = 0.0
    >>> bucket = Bucket(60, clock=lambda: now)
    >>> bucket.take(6)
    >>> round(bucket.wait_s(1), 2)
    1.09
    """

    def __init__(self, per_minute: int, *, clock: Clock = time.monotonic) -> None:
        self._capacity = max(1, per_minute // BURST)
        self._a_second = (per_minute - self._capacity + 1) / MINUTE_S
        self._level = float(self._capacity)
        self._clock, self._seen = clock, clock()

    def wait_s(self, amount: int) -> float:
        """Say how many seconds it takes until so much may be taken."""
        lacking = min(amount, self._capacity) - self._filled()
        return lacking / self._a_second if lacking > ROUNDING else 0.0

    def take(self, amount: int) -> None:
        """Take so much; what was taken too much is given back as a negative amount."""
        self._level = min(self._filled() - amount, self._capacity)

    def empty(self) -> None:
        """Leave nothing to be taken at once.

        >>> bucket = Bucket(60, clock=lambda: 0.0)
        >>> bucket.empty()
        >>> round(bucket.wait_s(1), 2)
        1.09
        """
        self._level = min(self._filled(), 0.0)

    def _filled(self) -> float:
        now = self._clock()
        self._level = min(self._level + (now - self._seen) * self._a_second, self._capacity)
        self._seen = now
        return self._level


class Spending(Protocol):
    """What asks for room in budgets: `Budgets`, or what stands for those of several processes."""

    @property
    def used(self) -> Usage:
        """What was used up to now."""
        ...

    def check(self, estimate: Usage) -> None:
        """Make sure that the money for a request is there. Raises `BudgetSpent`."""
        ...

    def wait_s(self, estimate: Usage) -> float:
        """Say how many seconds it takes until a request may be sent; where none, `take` follows at once."""
        ...

    def take(self, estimate: Usage) -> None:
        """Take what a request is estimated to cost."""
        ...

    def also(self, used: Usage) -> None:
        """Take one more request that was sent for a text, and what it used."""
        ...

    def settle(self, estimate: Usage, actual: Usage) -> None:
        """Put what it did cost in the place of its estimate."""
        ...


class Budgets:
    """The budgets that the settings name, for one server. `used` was spent before, by the same run.

    >>> priced = {"max_spend": 1.0, "prompt_price": 1.0, "completion_price": 0.0}
    >>> llm = LlmSettings.model_validate({"server": "remote", "base_url": "http://127.0.0.1", **priced})
    >>> Budgets(llm, used=Usage(999_990)).check(Usage(prompt_tokens=20))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    polarity.errors.BudgetSpent: llm.max_spend: 1.00 of 1.00 are spent, and the next answer may cost ...
    """

    def __init__(
        self, settings: LlmSettings, *, used: Usage = NO_TOKENS, clock: Clock = time.monotonic
    ) -> None:
        self._settings = settings
        self._used = used
        self._under_way = NO_TOKENS
        requests, tokens = settings.requests_per_minute, settings.tokens_per_minute
        self._requests = Bucket(requests, clock=clock) if requests else None
        self._tokens = Bucket(tokens, clock=clock) if tokens else None

    @property
    def used(self) -> Usage:
        """What was used up to now; of requests that are under way nothing."""
        return self._used

    def check(self, estimate: Usage) -> None:
        """Make sure that the money for a request is there.

        Raises:
            BudgetSpent: it is not.
        """
        most = self._settings.max_spend
        if most is not None and self._price(self._used, estimate) > most:
            spent, next_one = money(self._price(self._used)), money(self._price(estimate))
            raise BudgetSpent(
                f"llm.max_spend: {spent} of {money(most)} are spent, and the next answer may cost "
                f"{next_one}: set a larger one to go on"
            )

    def wait_s(self, estimate: Usage) -> float:
        """Say how many seconds it takes until a request may be sent, or until it is worth asking again."""
        requests = self._requests.wait_s(1) if self._requests else 0.0
        tokens = self._tokens.wait_s(sum(estimate)) if self._tokens else 0.0
        return max(requests, tokens, LOOK_AGAIN_S if self._is_reserved(estimate) else 0.0)

    def _is_reserved(self, estimate: Usage) -> bool:
        """Whether the money is there only if what is under way costs less than is estimated."""
        most = self._settings.max_spend
        return most is not None and self._price(self._used, self._under_way, estimate) > most

    def take(self, estimate: Usage) -> None:
        """Take what a request is estimated to cost, as it is sent."""
        self._under_way = added(self._under_way, estimate)
        if self._requests:
            self._requests.take(1)
        if self._tokens:
            self._tokens.take(sum(estimate))

    def give_back(self, estimate: Usage) -> None:
        """Undo `take`, for a request that is not sent after all."""
        self._under_way = Usage(*map(sub, self._under_way, estimate))
        if self._requests:
            self._requests.take(-1)
        if self._tokens:
            self._tokens.take(-sum(estimate))

    def empty(self) -> None:
        """Leave no room for requests at once: somebody else may have just used it."""
        for bucket in filter(None, (self._requests, self._tokens)):
            bucket.empty()

    def also(self, used: Usage) -> None:
        """Take one more request that was sent for a text, and what it used: later ones wait for its room."""
        self._used = added(self._used, used)
        if self._requests:
            self._requests.take(1)
        if self._tokens:
            self._tokens.take(sum(used))

    def settle(self, estimate: Usage, actual: Usage) -> None:
        """Put what it did cost in the place of its estimate."""
        self._under_way = Usage(*map(sub, self._under_way, estimate))
        self._used = added(self._used, actual)
        if self._tokens:
            self._tokens.take(sum(actual) - sum(estimate))

    def _price(self, *usages: Usage) -> float:
        return (
            cost(reduce(added, usages), self._settings.prompt_price, self._settings.completion_price) or 0.0
        )
