"""What breaks a batch is found by halving it, so that it alone fails."""

import logging
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from polarity.statistics.counted import counted

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Found = TypeVar("Found")


class Interrupted(Exception):
    """Work was cut off, maybe by what was done beside it."""


class NobodyWaits(Exception):
    """Who asked for it has left, or has been told something else."""


def isolated(
    work: Callable[[Sequence[Item]], Sequence[Found]],
    items: Sequence[Item],
    *,
    is_sound: Callable[[Found], bool] = lambda _: True,
    is_over: Callable[[Item], bool] = lambda _: False,
    passing: tuple[type[Exception], ...] = (),
) -> list[Found | Exception]:
    """Do work on items together; where it raises, on each half, down to the single ones that it raises for.

    What is not sound among several is tried alone: it may be a neighbour's fault. An item's own exception
    stands in its place. n items of which one breaks are worked on about 2 log2(n) times. Before each try
    those that are over are left out, and have `NobodyWaits` in their place.

    Raises:
        what is in `passing`: it is no item's own.

    >>> isolated(lambda texts: [1 / len(text) for text in texts], ["ab", "", "abcd"])
    [0.5, ZeroDivisionError('division by zero'), 0.25]
    >>> isolated(lambda texts: [len(text) for text in texts], ["ab", "-"], is_over=lambda text: text == "-")
    [2, NobodyWaits()]
    """

    def isolated_again(some: Sequence[Item]) -> list[Found | Exception]:
        return isolated(work, some, is_sound=is_sound, is_over=is_over, passing=passing)

    over = [*map(is_over, items)]
    wanted = [item for item, left in zip(items, over, strict=True) if not left]
    found = _tried(work, wanted, isolated_again, is_sound, passing) if wanted else []
    rest = iter(found)
    return [NobodyWaits() if left else next(rest) for left in over]


def _tried(
    work: Callable[[Sequence[Item]], Sequence[Found]],
    items: Sequence[Item],
    again: Callable[[Sequence[Item]], list[Found | Exception]],
    is_sound: Callable[[Found], bool],
    passing: tuple[type[Exception], ...],
) -> list[Found | Exception]:
    """Do work on items together, and on some of them `again` where that breaks."""
    try:
        found = _one_each(work(items), items)
    except passing:
        raise
    except Exception as error:  # noqa: BLE001 - whatever broke these must not break the others
        if len(items) == 1:
            return [error]
        found = None
    if found is None:
        half = len(items) // 2
        return [*again(items[:half]), *again(items[half:])]
    if len(items) == 1:
        return [*found]
    return [one if is_sound(one) else again([item])[0] for item, one in zip(items, found, strict=True)]


def _one_each(found: Sequence[Found], items: Sequence[Item]) -> list[Found]:
    if len(found) != len(items):
        raise ValueError(f"{len(found)} results for {len(items)} items")
    return [*found]


def is_failure(found: object) -> bool:
    """Whether an item broke, and somebody waits to hear of it."""
    return isinstance(found, Exception) and not isinstance(found, NobodyWaits)


def log_failures(what: str, found: Sequence[object]) -> None:
    """Log how many failed of some, and the first one's traceback; nothing of a text is in it."""
    errors = [one for one in found if isinstance(one, Exception) and is_failure(one)]
    if errors:
        log.error("%s failed in the %s", counted(len(errors), "texts"), what, exc_info=errors[0])


class Company:
    """Threads whose work can cut off that of others. Who was cut off does it again, alone.

    So whoever is cut off then is to blame. Who only fails otherwise holds up nobody.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._alone = 0  # who are, or want to be

    def isolated(
        self,
        work: Callable[[Sequence[Item]], Sequence[Found]],
        items: Sequence[Item],
        *,
        is_sound: Callable[[Found], bool] = lambda _: True,
        is_over: Callable[[Item], bool] = lambda _: False,
    ) -> list[Found | Exception]:
        """Do work on items beside others, or alone, so that only those which break it fail; see `isolated`.

        Of n items of which one cuts off whatever is done, all is cut off about 2 + log2(n) times.
        """
        with suppress(Interrupted), self._beside_others():
            return isolated(work, items, is_sound=is_sound, is_over=is_over, passing=(Interrupted,))
        with self._by_itself():
            return isolated(work, items, is_sound=is_sound, is_over=is_over)

    @contextmanager
    def _beside_others(self) -> Generator[None]:
        """Work as soon as nobody is alone, or wants to be."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    @contextmanager
    def _by_itself(self) -> Generator[None]:
        """Work as soon as nobody else does; whoever comes meanwhile waits."""
        with self._changed:
            self._alone += 1
            self._changed.wait_for(lambda: not self._under_way)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._alone -= 1
                self._changed.notify_all()
