"""The section `[watch]`: what the service's decisions are held against, and from when on it is said."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from polarity.errors import SettingsError
from polarity.settings.values import Part
from polarity.texts.moments import length_of, window_of


def _read_by(reads: Callable[[str], object]) -> Callable[[str], str]:
    def check(said: str) -> str:
        try:
            reads(said)
        except SettingsError as error:
            raise ValueError(str(error)) from None
        return said

    return check


Stretch = Annotated[str, AfterValidator(_read_by(lambda said: window_of(said, datetime.now(UTC))))]
Length = Annotated[str, AfterValidator(_read_by(length_of))]


class WatchSettings(Part):
    """Is what is decided still what it was?"""

    reference: Stretch | None = Field(
        None,
        description="What is held against, as `FROM..TO`, such as `2026-11-01..2026-11-15`: whole weeks are "
        "best; default: the first 1,000 decisions.",
    )
    every: Length | None = Field(
        None, description="How long a period is, such as `1h` or `1d`; default: 90 periods at most."
    )
    tolerance: float = Field(
        0.02, ge=0, lt=1, description="How far a share or a mean may move without being called a drift."
    )
