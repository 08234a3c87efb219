"""Rows of every kind, good and bad, and the settings of a tiny BERT."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polarity.settings import Settings, load_settings

GOOD = ["love the app", "it broke on the first day", "does what it says", "love it. broke it."]
Rows = list[dict[str, Any]]


@pytest.fixture
def settings(tiny_checkpoint: Path) -> Settings:
    """A tiny BERT on one thread."""
    return load_settings({"bert": {"checkpoint": str(tiny_checkpoint), "threads": 1}})


@pytest.fixture
def rows() -> Callable[[int], Rows]:
    """Make so many rows of which some are of no use, and no two texts are the same."""

    def made(count: int) -> Rows:
        texts = [f"{GOOD[at % len(GOOD)]} {'very ' * (at % 13)}{at}" for at in range(count)]
        texts[3::97] = [" "] * len(texts[3::97])
        return [{"id": f"r{at}", "text": text, "shop": at % 5} for at, text in enumerate(texts)]

    return made


@pytest.fixture
def written(tmp_path: Path, rows: Callable[[int], Rows]) -> Callable[[int], Path]:
    """Write so many rows as JSON Lines, a broken line among them."""

    def made(count: int) -> Path:
        lines = [json.dumps(row) for row in rows(count)]
        lines[7] = '{"text": "cut'
        path = tmp_path / "in.jsonl"
        path.write_text("\n".join([*lines, ""]), "utf-8")
        return path

    return made
