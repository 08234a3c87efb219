"""One budget of requests, tokens and money for the LLM, whichever workers ask it.

It lives in an actor. A worker that wants to ask finds out whether there is room and takes it in one step:
between two steps another one could take the same room. What is spent is written down as it is, so that a run
that is taken up goes on with it.
"""

import json
import time
from collections import deque
from pathlib import Path
from typing import Any, Final

from polarity.backends.budgets import Budgets
from polarity.bulk.on_ray.leases import Lease
from polarity.errors import BudgetSpent, RecordError, RunError
from polarity.records import replacing
from polarity.settings import LlmSettings
from polarity.types import NO_TOKENS, Usage

SPENT: Final = "_spent.json"
FORGOTTEN_S: Final = 900.0  # longer than any request takes: who took room and says nothing more has died


class Keeper:
    """Holds the budgets: one process, asked by all. It writes down in the run's folder what is spent.

    One that goes on where another was begins without room for requests: that one may have just used it.

    Raises:
        RunError: another driver has the folder by now.
    """

    def __init__(self, settings: LlmSettings, folder: Path, token: str) -> None:
        self._lease = Lease(folder, token)
        self._path = folder / SPENT
        is_first = not self._path.exists()
        self._budgets = Budgets(settings, used=spent(self._path))
        if not is_first:
            self._budgets.empty()
        self._write()
        self._under_way: deque[tuple[float, Usage]] = deque()  # since when, and for how much

    def used(self) -> Usage:
        """See `Budgets.used`."""
        return self._budgets.used

    def refused(self, estimate: Usage) -> BudgetSpent | None:
        """Give what `Budgets.check` raises."""
        self._charge_the_forgotten()
        try:
            self._budgets.check(estimate)
        except BudgetSpent as error:
            return error
        return None

    def reserve(self, estimate: Usage) -> float:
        """Take the room for a request, and give 0; or else the seconds that are to be waited."""
        wait_s = self._budgets.wait_s(estimate)
        if not wait_s:
            self._budgets.take(estimate)
            self._under_way.append((time.monotonic(), estimate))
        return wait_s

    def give_back(self, estimate: Usage) -> None:
        """Take back the room for a request that is not sent."""
        known = next((one for one in self._under_way if one[1] == estimate), None)
        if known:
            self._under_way.remove(known)
            self._budgets.give_back(estimate)

    def also(self, used: Usage) -> None:
        """See `Budgets.also`."""
        self._budgets.also(used)
        self._write()

    def settle(self, estimate: Usage, actual: Usage) -> None:
        """See `Budgets.settle`. Of a request that this keeper knows nothing of, all that it cost is taken."""
        known = next((one for one in self._under_way if one[1] == estimate), None)
        if known:
            self._under_way.remove(known)
            self._budgets.settle(estimate, actual)
        else:
            self._budgets.also(actual)
        self._write()

    def _charge_the_forgotten(self) -> None:
        """Take the estimate of each request whose worker died: it was sent, and may well be paid for."""
        while self._under_way and time.monotonic() - self._under_way[0][0] > FORGOTTEN_S:
            _, estimate = self._under_way.popleft()
            self._budgets.settle(estimate, estimate)
            self._write()

    def _write(self) -> None:
        self._lease.check()
        with replacing(self._path) as file:
            json.dump(self._budgets.used._asdict(), file)


class SharedBudgets:
    """Stands in a worker for the keeper's budgets. See `backends.budgets.Spending`."""

    def __init__(self, keeper: Any) -> None:
        self._keeper = keeper
        self._reserved: Usage | None = None

    @property
    def used(self) -> Usage:
        """What all workers used up to now."""
        found: Usage = self._asked(self._keeper.used.remote())
        return found

    def check(self, estimate: Usage) -> None:
        """Make sure that the money for a request is there.

        Raises:
            BudgetSpent: it is not.
        """
        refused: BudgetSpent | None = self._asked(self._keeper.refused.remote(estimate))
        if refused:
            raise refused

    def wait_s(self, estimate: Usage) -> float:
        """Say how many seconds a request has to wait; where none, its room is taken, and `take` follows."""
        if self._reserved is not None:  # the server turned out to be away between the two
            self._asked(self._keeper.give_back.remote(self._reserved))
            self._reserved = None
        wait_s: float = self._asked(self._keeper.reserve.remote(estimate))
        self._reserved = None if wait_s else estimate
        return wait_s

    def take(self, estimate: Usage) -> None:  # noqa: ARG002 - it is what was asked for
        """Use the room that is taken."""
        self._reserved = None

    def also(self, used: Usage) -> None:
        """Take one more request that was sent for a text, and what it used."""
        self._asked(self._keeper.also.remote(used))

    def settle(self, estimate: Usage, actual: Usage) -> None:
        """Put what a request did cost in the place of its estimate."""
        self._asked(self._keeper.settle.remote(estimate, actual))

    def _asked(self, answer: Any) -> Any:
        import ray

        try:
            return ray.get(answer)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except ray.exceptions.RayActorError as error:
            raise RunError(f"what was spent is counted by nobody any more: {error}") from None


def spent(path: Path) -> Usage:
    """Read what was spent before, by the same run.

    Raises:
        RecordError: what is written down there cannot be read.
    """
    if not path.exists():
        return NO_TOKENS
    try:
        return Usage(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RecordError(f"does not say what was spent: {error}", path=path) from None
