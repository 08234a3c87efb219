"""What breaks a batch is found by halving it, so that it alone fails."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


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
