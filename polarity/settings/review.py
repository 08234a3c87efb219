"""The section `[review]`: which decisions people are asked about, and what they are shown."""

from pydantic import Field

from polarity.settings.values import Part


class ReviewSettings(Part):
    """What people read, and how."""

    blind: bool = Field(
        False, description="Hide from who labels what the machines said, and why it is asked."
    )
    audit_share: float = Field(
        0.02,
        ge=0.0,
        le=1.0,
        description="The share of unsuspected decisions that is read, too; 0: nothing can be said of them.",
    )
    unsure_below: float = Field(
        0.6, ge=0.0, le=1.0, description="The measured probability under which a decision counts as unsure."
    )
    read_twice: float = Field(
        0.1, ge=0.0, le=1.0, description="The share of what is read that two people read, for agreement."
    )
    most: int = Field(500, ge=1, le=10_000, description="Decisions that one round puts before people.")
