"""Stores to look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from polarity.store import Store, open_store


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a store that is not made yet."""
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    with open_store(url) as opened:
        yield opened
