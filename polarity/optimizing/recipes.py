"""What is tried for int8, the quickest first: the first one that agrees with torch is kept."""

from typing import Final

from polarity.optimizing.int8 import Recipe

NONE: Final[frozenset[str]] = frozenset()
OUTER: Final = frozenset({"outer"})
RECIPES: Final = (
    Recipe("int8", 0.8, NONE, NONE),
    Recipe("int8, the second of each pair of products by token", 0.8, OUTER, NONE),
    Recipe("int8, but the second of each pair of products", 0.8, NONE, OUTER),
    Recipe("int8, but both of each pair of products", 0.8, NONE, frozenset({"inner", "outer"})),
)
