"""What pydantic finds wrong with a value, in words for people who do not know of pydantic."""

from collections.abc import Mapping
from typing import Any

PREFIX = "Value error, "  # before what is said by our own validators
INPUT = "Input should"
WHOLE, NUMBER = "should be a whole number", "should be a number"
SAID: Mapping[str, str] = {
    "missing": "is missing",
    "too_short": "needs at least {min_length}, has {actual_length}",
    "too_long": "takes at most {max_length}, has {actual_length}",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "string_type": "should be text",
    "list_type": "should be a list",
    "tuple_type": "should be a list",
}


def said_of(fault: Mapping[str, Any]) -> str:
    """Say one of pydantic's errors, without its place and the value.

    >>> said_of({"type": "too_short", "ctx": {"min_length": 2, "actual_length": 1}})
    'needs at least 2, has 1'
    >>> said_of({"type": "greater_than", "msg": "Input should be greater than 0"})
    'should be greater than 0'
    >>> said_of({"type": "value_error", "msg": "Value error, 'bort' is unknown"})
    "'bort' is unknown"
    """
    if said := SAID.get(fault["type"]):
        return said.format_map(fault.get("ctx", {}))
    message: str = fault["msg"]
    return message.removeprefix(PREFIX).replace(INPUT, INPUT.split()[1], 1)
