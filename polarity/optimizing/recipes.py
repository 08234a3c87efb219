"""What is tried for int8, the quickest first: the first one that agrees with torch is kept."""

from typing import Final

from polarity.optimizing.int8 import Recipe

NONE: Final[frozenset[str]] = frozenset()
INNER: Final = frozenset({"inner"})
OUTER: Final = frozenset({"outer"})
BOTH: Final = INNER | OUTER
EARLY: Final = frozenset({"0.outer", "1.outer", "2.outer"})  # what most of the error comes from
ALL: Final = BOTH | {"query", "key", "value", "output"}
DOUBT: Final = 0.05  # where a label leads by less, fp32 answers: int8 loses hardly any other
RECIPES: Final = (
    Recipe("int8", NONE, NONE),
    Recipe("int8, feed-forward by token", BOTH, NONE),
    Recipe("int8, all by token", ALL, NONE),
    Recipe("int8, all by token, the first layers' second product in fp32", ALL, EARLY),
    Recipe("int8, feed-forward by token, its second product in fp32", INNER, OUTER),
    Recipe("int8, feed-forward in fp32", NONE, BOTH),
)
