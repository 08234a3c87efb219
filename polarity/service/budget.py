"""What a candidate may be asked, and may cost, in a day of UTC."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from polarity.backends.budgets import estimated
from polarity.backends.prompt import render
from polarity.contract import Contract
from polarity.settings import LlmSettings, ShadowSettings
from polarity.statistics.cost import cost

if TYPE_CHECKING:
    from polarity.store import Store

Clock = Callable[[], datetime]


class Spent(NamedTuple):
    """Texts that a candidate was asked about, and the money that they cost."""

    texts: int = 0
    money: float = 0.0


class DayBudget:
    """Counts a day's texts and money. What is under way counts by its estimate, so nothing is overspent.

    `spent` is what was spent today before, by this process or another one.

    >>> from datetime import UTC
    >>> day = datetime(2026, 11, 26, 23, 59, tzinfo=UTC)
    >>> budget = DayBudget(ShadowSettings(requests_per_day=1), now=lambda: day)
    >>> budget.takes(0.0), budget.takes(0.0)
    (True, False)
    >>> day = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    >>> budget.takes(0.0)
    True
    """

    def __init__(self, limits: ShadowSettings, *, now: Clock, spent: Spent = Spent()) -> None:  # noqa: B008
        self._limits, self._now = limits, now
        self._day, self._spent = now().date(), spent
        self._under_way = 0.0

    @property
    def spent(self) -> Spent:
        """What was spent today."""
        self._begin_day()
        return self._spent

    def takes(self, estimate: float) -> bool:
        """Say whether one more text may be asked about, which may cost `estimate`; if so, it is counted."""
        self._begin_day()
        texts, most = self._limits.requests_per_day, self._limits.money_per_day
        if texts is not None and self._spent.texts >= texts:
            return False
        if most is not None and self._spent.money + self._under_way + estimate > most:
            return False
        self._spent = Spent(self._spent.texts + 1, self._spent.money)
        self._under_way += estimate
        return True

    def _begin_day(self) -> None:
        if (today := self._now().date()) > self._day:  # a clock that is set back begins no day anew
            self._day, self._spent = today, Spent()

    def settle(self, estimate: float, actual: float) -> None:
        """Put what a text did cost in the place of its estimate."""
        self._under_way -= estimate
        self._spent = Spent(self._spent.texts, self._spent.money + actual)


def estimate_of(text: str, contract: Contract, llm: LlmSettings) -> float:
    """Estimate what one answer costs, rather too much than too little; 0 where there are no prices.

    >>> from polarity.contract import load_contract
    >>> estimate_of("Fine.", load_contract(), LlmSettings())
    0.0
    """
    if llm.prompt_price is None and llm.completion_price is None:
        return 0.0
    prompt = len(render(contract, text).encode("utf-8", "replace"))
    most = max(contract.prompt.max_tokens, contract.prompt.as_chat.max_tokens)
    usage = estimated(prompt, most)
    return (llm.retries + 1) * (cost(usage, llm.prompt_price, llm.completion_price) or 0.0)


def spent_today(store: "Store", candidate: str, now: datetime) -> Spent:
    """Add up what the store knows of a candidate since midnight.

    Raises:
        StoreError: it cannot be read.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    texts, money = 0, 0.0
    for decision in store.decisions(since=midnight, side=candidate):
        texts, money = texts + 1, money + (decision.cost or 0.0)
    return Spent(texts, money)
