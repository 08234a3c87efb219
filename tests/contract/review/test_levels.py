"""What a version promises: each key has its row, and a version that rises too little is found."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from polarity.contract.review.changes import IDENTITY
from polarity.contract.review.levels import EFFECTS, Level, effect_of, risen, version_problem
from polarity.contract.rules import Rules
from polarity.contract.schema import ContractFile
from polarity.types import ContractRef


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (f"{name}.{inner}" for inner in _keys(field.annotation))
        else:
            yield name


def test_every_key_has_an_effect() -> None:
    """A key that may stand in a contract file has a row, its own or its table's."""
    assert [] == [key for key in _keys(ContractFile) if key not in IDENTITY and not effect_of(key).gains]


def test_every_rule_is_judged_by_itself() -> None:
    """No list of words is judged by its table alone: each has been thought about."""
    assert set() == {f"rules.{name}" for name in Rules.model_fields} - EFFECTS.keys()


def test_no_row_is_left_over() -> None:
    """Each row is of a key, or a table of keys, that the model knows."""
    known = list(_keys(ContractFile))
    inside = ("rules.description.cues", "prompt.calibration.fitted")
    assert [] == [
        row
        for row in EFFECTS
        if row not in inside and not any(f"{key}.".startswith(f"{row}.") for key in known)
    ]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("1.2.4", Level.PATCH),
        ("1.3.0", Level.MINOR),
        ("1.10.0", Level.MINOR),
        ("2.0.0", Level.MAJOR),
        ("2.2.3", Level.MAJOR),
        ("1.2.3", None),
        ("1.2.2", None),
        ("1.1.9", None),
        ("0.9.9", None),
    ],
)
def test_risen_names_the_first_part_that_rose(new: str, expected: Level | None) -> None:
    """Numbers are compared as numbers; what is not higher has not risen."""
    assert expected == risen("1.2.3", new)


@pytest.mark.parametrize(
    ("new", "needed", "expected"),
    [
        (("a", "1.0.1", "11"), Level.PATCH, None),
        (("a", "1.1.0", "11"), Level.PATCH, None),
        (("a", "2.0.0", "11"), Level.MAJOR, None),
        (("a", "1.0.0", "00"), Level.PATCH, None),
        (("a", "1.0.1", "11"), Level.MAJOR, "need a major version, but 1.0.1 is only a patch above 1.0.0"),
        (("a", "1.1.0", "11"), Level.MAJOR, "need a major version, but 1.1.0 is only a minor version above"),
        (("a", "1.0.0", "11"), Level.PATCH, "need a patch version, but 1.0.0 is not above 1.0.0"),
        (("a", "0.9.0", "11"), Level.PATCH, "but 0.9.0 is not above 1.0.0"),
        (("b", "2.0.0", "11"), Level.PATCH, "id 'b' is not 'a': another contract, not another version"),
    ],
)
def test_version_problem(new: tuple[str, str, str], needed: Level, expected: str | None) -> None:
    """A version may rise more than is needed, never less; the same file needs no other version."""
    found = version_problem(ContractRef("a", "1.0.0", "00"), ContractRef(*new), needed)
    assert (expected is None) == (found is None)
    assert (expected or "") in (found or "")
