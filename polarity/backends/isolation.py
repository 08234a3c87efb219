"""What breaks a batch is found by halving it, so that it alone fails."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


def isolated(
    work: Callable[[Sequence[Item]], Sequence[Found]],
    items: Sequence[Item],
    *,
    is_sound: Callable[[Found], bool] = lambda _: True,
    again: Callable[[Sequence[Item]], Sequence[Found]] | None = None,
) -> list[Found | Exception]:
    """Do work on items together; where it raises, on each half, down to the single ones that it raises for.

    What is not sound among several is tried alone: it may be a neighbour's fault. An item's own exception
    stands in its place. n items of which one breaks are worked on about 2 log2(n) times.

    `again`: what does the work after the first time, where that may have failed by what was done beside it.
    A single item is then worked on once more, too.

    >>> isolated(lambda texts: [1 / len(text) for text in texts], ["ab", "", "abcd"])
    [0.5, ZeroDivisionError('division by zero'), 0.25]
    """
    try:
        found = list(work(items))
    except Exception as error:  # noqa: BLE001 - whatever broke these must not break the others
        if len(items) == 1:
            return isolated(again, items, is_sound=is_sound) if again else [error]
        found = None
    work = again or work
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


class Company:
    """Threads that work side by side. What fails by that is worked on again, by one alone."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._changed = threading.Condition()
        self._at_work = self._alone = 0

    def isolated(
        self,
        work: Callable[[Sequence[Item]], Sequence[Found]],
        items: Sequence[Item],
        *,
        is_sound: Callable[[Found], bool],
    ) -> list[Found | Exception]:
        """Do work on items beside others; where it breaks, find alone what breaks it."""

        def beside_others(items: Sequence[Item]) -> Sequence[Found]:
            with self._beside_others():
                return work(items)

        def alone(items: Sequence[Item]) -> Sequence[Found]:
            with self._by_itself():
                return work(items)

        return isolated(beside_others, items, is_sound=is_sound, again=alone if self._threads > 1 else None)

    @contextmanager
    def _beside_others(self) -> Iterator[None]:
        """Work as soon as nobody is alone, or wants to be."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._at_work += 1
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        """Work as soon as nobody else does; whoever comes meanwhile waits."""
        with self._changed:
            self._alone += 1
            self._changed.wait_for(lambda: not self._at_work)
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._alone -= 1
            self._leave()

    def _leave(self) -> None:
        with self._changed:
            self._at_work -= 1
            self._changed.notify_all()
