"""What breaks a batch is found by halving it, so that it alone fails."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


class Interrupted(Exception):
    """Work was cut off, maybe by what was done beside it."""


def isolated(
    work: Callable[[Sequence[Item]], Sequence[Found]],
    items: Sequence[Item],
    *,
    is_sound: Callable[[Found], bool] = lambda _: True,
) -> list[Found | Exception]:
    """Do work on items together; where it raises, on each half, down to the single ones that it raises for.

    What is not sound among several is tried alone: it may be a neighbour's fault. An item's own exception
    stands in its place. n items of which one breaks are worked on about 2 log2(n) times.

    >>> isolated(lambda texts: [1 / len(text) for text in texts], ["ab", "", "abcd"])
    [0.5, ZeroDivisionError('division by zero'), 0.25]
    """
    try:
        found = list(work(items))
    except Exception as error:  # noqa: BLE001 - whatever broke these must not break the others
        if len(items) == 1:
            return [error]
        found = None
    if found is None:
        half = len(items) // 2
        parts = (isolated(work, part, is_sound=is_sound) for part in (items[:half], items[half:]))
        return [one for part in parts for one in part]
    if len(items) == 1:
        return [*found]
    return [
        one if is_sound(one) else isolated(work, [item], is_sound=is_sound)[0]
        for item, one in zip(items, found, strict=True)
    ]


class _Attempt:
    """Work under way; `had_company` once other work was under way, too."""

    def __init__(self, *, had_company: bool) -> None:
        self.had_company = had_company


class Company:
    """Threads whose work can cut off that of others. Whose was cut off in company does it again, alone.

    So whoever is cut off without company is to blame. Who fails otherwise holds up nobody.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way: set[_Attempt] = set()
        self._alone = 0

    def done(self, work: Callable[[Item], Found], item: Item) -> Found:
        """Do work on something.

        Raises:
            Interrupted: it was cut off, with nobody beside it.
        """
        with self._beside_others() as attempt:
            try:
                return work(item)
            except Interrupted:
                if not attempt.had_company:
                    raise
        with self._by_itself():
            return work(item)

    @contextmanager
    def _beside_others(self) -> Iterator[_Attempt]:
        """Work as soon as nobody is alone, or wants to be."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            attempt = _Attempt(had_company=bool(self._under_way))
            for other in self._under_way:
                other.had_company = True
            self._under_way.add(attempt)
        try:
            yield attempt
        finally:
            with self._changed:
                self._under_way.remove(attempt)
                self._changed.notify_all()

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        """Work as soon as nobody else does; whoever comes meanwhile waits."""
        with self._changed:
            self._alone += 1
            self._changed.wait_for(lambda: not self._under_way)
            attempt = _Attempt(had_company=False)
            self._under_way.add(attempt)
        try:
            yield
        finally:
            with self._changed:
                self._under_way.remove(attempt)
                self._alone -= 1
                self._changed.notify_all()
