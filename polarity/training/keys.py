"""What a recipe may say: every key, with its values, default and meaning, read off its JSON Schema."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


class Key(NamedTuple):
    """One key: N stands for an entry's place in a list; `default` is TOML, empty where there is none."""

    name: str
    values: str
    default: str
    meaning: str


def recipe_keys(schema: Schema) -> Iterator[Key]:
    """List the keys of a model's `schema`, tables before what stands in them.

    >>> from pydantic import BaseModel, Field
    >>> class Oven(BaseModel):
    ...     heat: int = Field(200, le=250, description="Degrees.")
    >>> list(recipe_keys(Oven.model_json_schema()))
    [Key(name='heat', values='integer <= 250', default='200', meaning='Degrees.')]
    """
    yield from _keys(schema, schema, "", {})


def keys_text(keys: Sequence[Key]) -> str:
    """Spell keys a line each: what may be typed, then what it is.

    >>> print(keys_text([Key("heat", "integer", "200", "Degrees."), Key("dish", "string", "", "What.")]))
    heat=200  integer. Degrees.
    dish      string. What.
    """
    typed = [f"{key.name}={key.default}" if key.default else key.name for key in keys]
    width = max(map(len, typed))
    return "\n".join(
        f"{left:<{width}}  {key.values}. {key.meaning}" for left, key in zip(typed, keys, strict=True)
    )


def unknown_key(schema: Schema, place: Sequence[str | int]) -> str:
    """Say that there is no key at `place`, which is nearest, and which there are beside it.

    >>> from pydantic import BaseModel
    >>> class Oven(BaseModel):
    ...     heat: int
    ...     dish: str
    >>> unknown_key(Oven.model_json_schema(), ["heet"])
    'there is no such key; nearest: heat; known: heat, dish'
    """
    table = schema
    for part in place[:-1]:
        inner = _inner(table, schema)
        table = inner["items"] if isinstance(part, int) else inner["properties"][part]
    known = list(_inner(table, schema)["properties"])
    nearest = "".join(f"; nearest: {name}" for name in get_close_matches(str(place[-1]), known, n=1))
    return f"there is no such key{nearest}; known: {', '.join(known)}"


def _keys(table: Schema, schema: Schema, prefix: str, seen: dict[str, str]) -> Iterator[Key]:
    """Walk a table; one that was `seen` elsewhere is named instead of listed again."""
    for name, field in table["properties"].items():
        key = f"{prefix}{name}"
        inner = _inner(field, schema)
        entry = _inner(inner.get("items", {}), schema)
        nested, place = (entry, f"{key}.N") if "properties" in entry else (inner, key)
        first = seen.get(nested.get("title", ""))
        values = _values(inner, schema) + (f", as {first}" if first else "")
        if name in table.get("required", ()):
            values = f"{values}, required"
        yield Key(key, values, _default(field, inner), field["description"])
        if "properties" in nested and not first:
            seen[nested["title"]] = place
            yield from _keys(nested, schema, f"{place}.", seen)


def _default(field: Schema, inner: Schema) -> str:
    """Spell a default; a table's stands at its keys."""
    default = field.get("default")
    return "" if default in (None, []) or "properties" in inner else json.dumps(default)


def _inner(field: Schema, schema: Schema) -> Schema:
    """Give what a field holds where it is given: behind a reference, and without "or nothing"."""
    if "anyOf" in field:
        field = next(part for part in field["anyOf"] if part.get("type") != "null")
    if "$ref" in field:
        found: Schema = schema["$defs"][field["$ref"].rpartition("/")[2]]
        return found
    return field


def _values(field: Schema, schema: Schema) -> str:
    """Spell which values a field takes, in TOML's words."""
    if "enum" in field:
        return " or ".join(field["enum"])
    if field["type"] == "array":
        return f"array of {_values(_inner(field['items'], schema), schema)}s"
    if field["type"] == "object":
        held = field.get("additionalProperties")
        return f"table of {held['type']}s" if held else "table"
    bounds = ", ".join(f"{sign} {field[name]}" for name, sign in BOUNDS.items() if name in field)
    return " ".join(filter(None, [field.get("format") or field["type"], bounds]))
