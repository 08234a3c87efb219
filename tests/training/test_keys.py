"""Every key of a recipe explains itself, and a wrong one is told from the right ones."""

from polarity.training.keys import Key, keys_text, recipe_keys, unknown_key
from polarity.training.recipe import Recipe

SCHEMA = Recipe.model_json_schema()
KEYS = {key.name: key for key in recipe_keys(SCHEMA)}


def test_every_key_has_a_meaning_and_values() -> None:
    """A sentence each, and what may stand there."""
    assert [] == [key.name for key in KEYS.values() if not (key.values and key.meaning.endswith("."))]


def test_defaults_and_bounds_are_the_models_own() -> None:
    """Numbers with their bounds, words with their alternatives, tables with their name, lists with N."""
    expected = [
        ("base", "string", '"minilm"'),
        ("data", "array of tables, required", ""),
        ("data.N.labels", "table of strings", ""),
        ("data.N.source.archive.member", "array of strings, required", ""),
        ("dev", "array of tables, as data.N", ""),
        ("teacher.weight", "number > 0.0, <= 1.0", "0.5"),
        ("options", "table", ""),
        ("options.max_length", "integer >= 8", "128"),
        ("options.patience", "integer >= 1", ""),
        ("options.representation", "cls or mean or max", '"cls"'),
    ]
    assert expected == [KEYS[name][:3] for name, *_ in expected]


def test_a_line_begins_with_what_may_be_typed() -> None:
    """KEY=DEFAULT where there is one, else the key."""
    keys = [Key("a.b", "integer", "2", "Two."), Key("c", "string", "", "A word.")]
    assert "a.b=2  integer. Two.\nc      string. A word." == keys_text(keys)


def test_known_keys_are_those_of_the_same_table() -> None:
    """However deep, through lists and tables that may be left out."""
    expected = "there is no such key; nearest: column; known: column, cut_offs, spread"
    assert expected == unknown_key(SCHEMA, ["data", 0, "ratings", "colum"])
    known = "checkpoint, weight, temperature"
    assert f"there is no such key; known: {known}" == unknown_key(SCHEMA, ["teacher", "zzz"])
