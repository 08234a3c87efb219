"""What raw outputs and outcomes look like outside of the program, made from the fields of their types.

A form is a pydantic model, strict and closed: `kind`, then the kind's own fields. What is stored is read by
one and what the endpoint shows is described by one; writers go by the same fields. So a field that a type in
`types` gets or loses is written, read and shown, or is not, without a word said here.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from polarity.types import Outcome, RawOutput

NONE: Final = re.compile(r"\bNone\b")
Kind = type[Any]  # one of RAW_OUTPUTS or OUTCOMES
RAW_OUTPUTS: Final[Sequence[Kind]] = get_args(RawOutput)
OUTCOMES: Final[Sequence[Kind]] = get_args(Outcome)

NAMED_ONCE: Final = frozenset({"contract"})  # a report or a response names it for all of its outcomes
UNSHOWN: Final = frozenset({"usage", "detail"})  # summed elsewhere; may name addresses and paths
# Written by every version: a file without them is damaged. What else has a default reads as that where it
# is missing: an explained response does not show it, or the file is older than the field.
ALWAYS_WRITTEN: Final = frozenset({"finish_reason", "refusal", "truncated", "span", "scores", "coverage"})


@dataclass(frozen=True, eq=False)
class _Look:
    """How forms of one use are named, and how they are read."""

    suffix: str
    config: ConfigDict


_STORED: Final = _Look(
    "", ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)
)
_SHOWN: Final = _Look("View", ConfigDict())  # open: a client may meet members that it does not know yet


class Member(NamedTuple):
    """A field, and how its value becomes a plain one and is made again; None: it is plain as it is."""

    name: str
    plain: Callable[[Any], Any] | None
    again: Callable[[Any], Any] | None


def finite(value: float | None) -> float | None:
    """Give a number as JSON can hold it: infinity and NaN become None.

    >>> finite(0.5), finite(math.nan)
    (0.5, None)
    """
    return value if value is not None and math.isfinite(value) else None


def one_of(forms: Sequence[type[BaseModel]]) -> Any:
    """Give the type of any of some forms, told apart by `kind`: for a pydantic model or a `TypeAdapter`."""
    return cast("Any", Annotated)[reduce(or_, cast("Any", forms)), Field(discriminator="kind")]


def _stored_form(kind: Kind) -> type[BaseModel]:
    defaults = _defaults(kind)
    return _form(kind, defaults | dict.fromkeys(ALWAYS_WRITTEN & defaults.keys(), ...), _STORED)


def _shown_form(kind: Kind) -> type[BaseModel]:
    return _form(kind, {name: ... for name in _defaults(kind) if name not in UNSHOWN}, _SHOWN)


def _form(kind: Kind, defaults: Mapping[str, Any], look: _Look) -> type[BaseModel]:
    hints = get_type_hints(kind)
    # What a backend gave as numbers may be none; an outcome's scores are.
    numbers = dict[str, float | None] if kind in RAW_OUTPUTS else dict[str, float]
    (own_name,) = get_args(hints["kind"])
    members = {"kind": (own_name, Field(description="Which of the kinds this is."))}
    for field in fields(kind):
        if field.name in defaults:
            said = _for_json(field.metadata.get("description"))
            given = Field(defaults[field.name], description=said)
            members[field.name] = (_spelled(hints[field.name], numbers, look), given)
    return _model(kind, members, look)


def _model(source: type[Any], given: dict[str, Any], look: _Look) -> type[BaseModel]:
    name = f"{source.__name__}{look.suffix}"
    return create_model(name, __config__=look.config, __doc__=_for_json(source.__doc__), **given)


def _for_json(said: str | None) -> str | None:
    """Speak of null, as readers of JSON know it.

    >>> _for_json("By label, or None.")
    'By label, or null.'
    """
    return said and NONE.sub("null", said)


def _defaults(kind: Kind) -> dict[str, Any]:
    """Name the fields that are written, each with its default or, where it has none, an ellipsis."""
    defaults = {field.name: field.default for field in fields(kind) if field.name not in NAMED_ONCE}
    return {name: _plain_default(default) for name, default in defaults.items()}


def _plain_default(default: Any) -> Any:
    if default is MISSING:
        return ...
    return default._asdict() if _is_tuple(type(default)) else default


def _given(hint: Any) -> Any:
    """Give the type of a value that is there: without None.

    >>> _given(float | None), _given(float)
    (<class 'float'>, <class 'float'>)
    """
    return next(part for part in _parts(hint) if part is not NoneType)


def _parts(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is UnionType else (hint,)


def _spelled(hint: Any, numbers: Any, look: _Look) -> Any:
    """Give the type in a form: a mapping holds `numbers`, and a named tuple is an object, not a list."""
    return reduce(or_, [_part(part, numbers, look) for part in _parts(hint)])


def _part(part: Any, numbers: Any, look: _Look) -> Any:
    if _is_tuple(part):
        return _object(part, look)
    return numbers if get_origin(part) is Mapping else part


@cache
def _object(parts: type[Any], look: _Look) -> type[BaseModel]:
    """Give the form of a named tuple."""
    hints, defaults = get_type_hints(parts, include_extras=True), parts._field_defaults
    members = {}
    for name in parts._fields:
        said = next(iter(getattr(hints[name], "__metadata__", ())), None)
        members[name] = (hints[name], Field(defaults.get(name, ...), description=_for_json(said)))
    return _model(parts, members, look)


def _is_tuple(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple)


def _member(name: str, hint: Any) -> Member:
    if _is_tuple(hint):
        return Member(name, hint._asdict, lambda found: hint(**dict(found)))
    if get_origin(hint) is Mapping:
        return Member(name, _numbers, _numbers_again)
    return Member(name, finite if hint is float else None, None)


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: finite(value) for name, value in values.items()}


def _numbers_again(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in values.items()}


MEMBERS: Final[Mapping[Kind, Sequence[Member]]] = {
    kind: [_member(name, _given(get_type_hints(kind)[name])) for name in _defaults(kind)]
    for kind in (*RAW_OUTPUTS, *OUTCOMES)
}
STORED_FORMS: Final[Mapping[Kind, type[BaseModel]]] = {kind: _stored_form(kind) for kind in MEMBERS}
SHOWN_FORMS: Final[Mapping[Kind, type[BaseModel]]] = {kind: _shown_form(kind) for kind in MEMBERS}
