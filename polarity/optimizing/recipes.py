"""What is tried for int8 by each library, the quickest first: the first one that agrees with torch is kept.

OpenVINO has no scales by token that would pay. What it has in floats is bf16 where the processor has that.
"""

from typing import Final

from polarity.backends.runtimes.kept import Optimizing
from polarity.backends.runtimes.processors import has_vnni
from polarity.optimizing.int8 import Recipe

NONE: Final[frozenset[str]] = frozenset()
INNER: Final = frozenset({"inner"})
OUTER: Final = frozenset({"outer"})
BOTH: Final = INNER | OUTER
EARLY: Final = frozenset({"0.outer", "1.outer", "2.outer"})  # what most of the error comes from
ALL: Final = BOTH | {"query", "key", "value", "output"}
DOUBT: Final = 0.05  # where a label leads by less, fp32 answers: int8 loses hardly any other
RECIPES: Final = (
    Recipe("int8", "onnxruntime", NONE, NONE),
    Recipe("int8, feed-forward by token", "onnxruntime", BOTH, NONE),
    Recipe("int8, all by token", "onnxruntime", ALL, NONE),
    Recipe("int8, all by token, the first layers' second product in fp32", "onnxruntime", ALL, EARLY),
    Recipe("int8, feed-forward by token, its second product in fp32", "onnxruntime", INNER, OUTER),
    Recipe("int8, feed-forward in fp32", "onnxruntime", NONE, BOTH),
    Recipe("int8", "openvino", NONE, NONE),
    Recipe("int8, the first layers' second product in floats", "openvino", NONE, EARLY),
    Recipe("int8, all second products in floats", "openvino", NONE, OUTER),
)


def recipes_for(runtime: Optimizing) -> list[Recipe]:
    """Give what is tried for a library here: none for OpenVINO without VNNI, slower in int8 than in fp32."""
    is_tried = runtime == "onnxruntime" or has_vnni()
    return [recipe for recipe in RECIPES if recipe.runtime == runtime and is_tried]
