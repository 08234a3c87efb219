"""README.md says what the code does: its tables are made from the code and held against it."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from polarity.contract.loading import Family
from polarity.service.problems import PROBLEMS
from polarity.settings import Settings
from polarity.training.recipe import Recipe, read_recipe
from polarity.types import UnmappedReason

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def settings_table() -> str:
    """Every setting, its default and what it is, as a Markdown table."""
    rows = (f"| `{key}` | {default} | {text} |" for key, default, text in _settings())
    return "\n".join(["| key | default | what |", "|---|---|---|", *rows])


def _settings() -> Iterator[tuple[str, str, str]]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            for inner, part in field.annotation.model_fields.items():
                yield f"{name}.{inner}", _default(part), part.description or ""
        else:
            yield name, _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    if "SecretStr" in str(field.annotation):
        return "none"
    return "" if field.default is None else f"`{field.default}`"


def problems_table() -> str:
    """Every problem code and its status, as a Markdown table."""
    rows = (f"| {status} | `{code}` | {title} |" for code, (status, title) in PROBLEMS.items())
    return "\n".join(["| status | code | what |", "|---|---|---|", *rows])


def test_settings_are_documented() -> None:
    """The table of settings in README.md is the one that the code gives."""
    assert settings_table() in README


def test_problems_are_documented() -> None:
    """The table of problem codes in README.md is the one that the code gives."""
    assert problems_table() in README


@pytest.mark.parametrize("name", [*get_args(UnmappedReason), *get_args(Family), "frame"])
def test_rules_and_reasons_are_documented(name: str) -> None:
    """Every rule family and every Unmapped reason stands in README.md."""
    assert f"`{name}`" in README


def test_nothing_is_left_to_fill_in() -> None:
    """README.md holds no placeholder."""
    assert "@@" not in README


def test_the_recipe_can_be_read(tmp_path: Path) -> None:
    """The recipe in README.md is one, and uses every kind of table there is."""
    (block,) = (part.split("```")[0] for part in README.split("```toml\n") if "[[data]]" in part)
    (tmp_path / "r.toml").write_text(block, "utf-8")
    recipe = read_recipe(tmp_path / "r.toml")
    assert (3, 1) == (len(recipe.data), len(recipe.dev))
    assert set(Recipe.model_fields) - {"notes"} == recipe.model_fields_set
