"""The section `[store]`: whether decisions are kept, where, what of their texts, and for how long."""

from typing import Literal

from pydantic import Field, SecretStr

from polarity.settings.values import Key, Part


class StoreSettings(Part):
    """Who decided what, kept."""

    enabled: bool = Field(False, description="Keep every decision of the service.")
    url: Key = Field(
        SecretStr("sqlite:///polarity-store.sqlite3"),
        description="Where: `sqlite:///FILE`, or `postgresql://USER:PASSWORD@HOST/NAME`.",
    )
    texts: Literal["keep", "hash", "none"] = Field(
        "keep",
        description="Of a text keep all, its sha256, or nothing; what a model wrote is kept in any case.",
    )
    retention_days: int | None = Field(
        None, ge=1, description="Days after which a decision is removed; default: none is."
    )
    queue: int = Field(
        10_000, ge=1, description="Decisions that may wait to be written; of more, each is lost and counted."
    )
