"""The section `[watch]`: what the service's decisions are held against, and from when on it is said."""

from pydantic import Field

from polarity.settings.values import Part


class WatchSettings(Part):
    """Is what is decided still what it was?"""

    reference: str | None = Field(
        None,
        description="What is held against, as `FROM..TO`, such as `2026-11-01..2026-11-15`: whole weeks are "
        "best; default: the first 1,000 decisions.",
    )
    every: str | None = Field(
        None, description="How long a period is, such as `1h` or `1d`; default: 90 periods at most."
    )
    tolerance: float = Field(
        0.02, ge=0, lt=1, description="How far a share or a mean may move without being called a drift."
    )
