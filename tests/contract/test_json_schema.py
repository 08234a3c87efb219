"""The published schema: generated from the model, and held against the contracts by another validator."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import polarity
from polarity.contract.json_schema import json_schema

CONTRACTS = Path(polarity.__file__).parent / "contracts"
FILES = sorted(CONTRACTS.glob("*.toml"))
VALIDATOR = Draft202012Validator(json.loads((CONTRACTS / "schema.json").read_text("utf-8")))


def _values(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def test_the_file_is_what_the_model_says() -> None:
    """`polarity contract schema > polarity/contracts/schema.json` mends it."""
    assert json_schema() == VALIDATOR.schema


def test_it_is_a_schema() -> None:
    """It is valid in its own dialect, and names itself."""
    Draft202012Validator.check_schema(VALIDATOR.schema)
    assert {"$schema", "$id", "title", "description"} <= set(VALIDATOR.schema)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_contract_is_valid(path: Path) -> None:
    """Each contract in the package has the published form."""
    assert [] == [error.message for error in VALIDATOR.iter_errors(_values(path))]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "1.0"),
        ("labels", ["ONE"]),
        ("rules.max_chars", "4000"),
        ("rules.unheard_of", []),
        ("rules.abstain", [3]),
        ("rules.aliases", ["positive"]),
        ("policy.bert_floor", 1.5),
        ("prompt.cue", ""),
    ],
)
def test_a_fault_is_found(key: str, value: object) -> None:
    """An editor marks a key that is unknown, or holds what it may not."""
    values = table = _values(FILES[0])
    *path, last = key.split(".")
    for name in path:
        table = table[name]
    table[last] = value
    assert list(VALIDATOR.iter_errors(values))
