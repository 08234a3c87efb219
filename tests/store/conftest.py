"""Stores of each kind."""

import pytest


@pytest.fixture
def url(url_of_each_kind: str) -> str:
    """The address of a store that is not made yet, of each kind."""
    return url_of_each_kind
