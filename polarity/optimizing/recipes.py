"""What is tried for int8, the quickest first: the first one that agrees with torch is kept."""

from typing import Final

from polarity.optimizing.int8 import Recipe

NONE: Final[frozenset[str]] = frozenset()
INNER: Final = frozenset({"inner"})
OUTER: Final = frozenset({"outer"})
BOTH: Final = INNER | OUTER
ALL: Final = BOTH | {"query", "key", "value", "output"}
RECIPES: Final = (
    Recipe("int8", NONE, NONE),
    Recipe("int8, feed-forward by token", BOTH, NONE),
    Recipe("int8, all by token", ALL, NONE),
    Recipe("int8, feed-forward by token, its second product in fp32", INNER, OUTER),
    Recipe("int8, feed-forward in fp32", NONE, BOTH),
)
