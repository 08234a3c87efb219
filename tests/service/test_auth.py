"""Keys."""

import pytest
from pydantic import SecretStr

from polarity.service.auth import KeyGuard


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("one", True),
        ("two", True),
        ("", False),
        ("on", False),
        ("onee", False),
        ("ONE", False),
        ("one ", False),
        ("\u00fc", False),
        ("\u20ac", False),
        ("dr\u00fc\u20ac".encode().decode("latin-1"), True),
    ],
)
def test_exactly_the_keys_are_known(given: str, expected: bool) -> None:
    """A key is compared byte by byte, as it came over the wire."""
    assert expected == KeyGuard([SecretStr("one"), SecretStr("two"), SecretStr("dr\u00fc\u20ac")]).knows(
        given
    )


def test_keys_are_not_shown() -> None:
    """A guard in a log or a traceback gives no key away."""
    assert "s3cret" not in repr(KeyGuard([SecretStr("s3cret")]))
