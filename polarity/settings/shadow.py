"""`[candidates.NAME]`, `[shadow]` and `[promotion]`: other ways to answer, and how they are tried."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from polarity.settings.pair_measures import check_gate
from polarity.settings.values import FilePath, Part


class CandidateSettings(Part):
    """Another way to answer: what it sets otherwise than the rest of the file."""

    backend: Literal["bert", "llm", "both"] | None = Field(None, description="Who answers.")
    contract: FilePath | None = Field(None, description="A contract file, or a packaged one's id.")
    on_unmapped: Literal["error", "bert"] | None = Field(None, description="As the setting of this name.")
    bert: Mapping[str, Any] = Field({}, description="Keys of `[bert]` that differ.")
    llm: Mapping[str, Any] = Field(
        {},
        description="Keys of `[llm]` that differ; where `server` is among them, nothing else is taken over.",
    )


class ShadowSettings(Part):
    """A candidate that is asked behind the service's answers."""

    candidate: str | None = Field(None, description="The name of one of the candidates; default: none.")
    backend: Literal["bert", "llm", "both"] | None = Field(
        None,
        description="In place of a candidate: the same settings with another backend, by whose name it goes.",
    )
    share: float = Field(
        0.1, gt=0.0, le=1.0, description="Of the texts, chosen by their hash: a text is always in, or never."
    )
    requests_per_day: int | None = Field(
        None, ge=1, description="Texts that the candidate is asked about in a day of UTC; default: no limit."
    )
    money_per_day: float | None = Field(
        None, gt=0.0, description="What it may cost in a day of UTC; needs both prices of its `llm`."
    )
    queue: int = Field(
        1000,
        ge=1,
        description="Texts that may wait for the candidate; of more, each is left out and counted.",
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if self.candidate is not None and self.backend is not None:
            raise ValueError("candidate and backend are both set: name one")
        return self

    @property
    def name(self) -> str | None:
        """Who is asked behind the answers; None: nobody."""
        return self.candidate or self.backend


class PromotionSettings(Part):
    """When a candidate may take over."""

    fail_under: tuple[str, ...] = Field(
        (), description="`MEASURE[.SIDE][.PART]=VALUE`: what must be shown to be at least so much."
    )
    fail_over: tuple[str, ...] = Field(
        (), description="The same of what must be shown to be at most so much."
    )
    level: float = Field(
        0.05,
        gt=0.0,
        le=0.5,
        description="How often a wrong pass, and a wrong fail, may be, however often one looks.",
    )

    @field_validator("fail_under", "fail_over")
    @classmethod
    def _are_gates(cls, gates: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for gate in gates:
            check_gate(gate, "under" if info.field_name == "fail_under" else "over")
        return gates
