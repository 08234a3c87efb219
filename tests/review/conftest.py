"""A store to read and to draw from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from polarity.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}") as opened:
        yield opened
