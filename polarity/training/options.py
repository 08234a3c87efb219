"""What a training run may be told, with the bounds of each option."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from polarity.backends.network import Representation
from polarity.training.device import Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """What a run is made of.

    `layer_decay` is what each layer's learning rate is of the one above it (Howard and Ruder 2018);
    1 trains all alike. `two_class` says what a file that lacks some labels teaches: "masked" nothing
    about them, "plain" that they are wrong. `representation` is what the head reads: the first token's
    vector, or the mean or maximum of all tokens' vectors. `patience` ends a run after that many epochs
    without a better one. `precision` "auto" takes bf16 autocast where the processor has it; without `threads`
    torch chooses how many it uses. The bounds are held where a recipe is read.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    epochs: Annotated[int, Field(strict=True, ge=1)] = 3
    batch_size: Annotated[int, Field(strict=True, ge=1)] = 32
    learning_rate: Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)] = 5e-5
    layer_decay: Annotated[float, Field(strict=True, gt=0.0, le=1.0)] = 1.0
    weight_decay: Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)] = 0.01
    warm_up: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 0.06
    label_smoothing: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    two_class: Literal["masked", "plain"] = "masked"
    representation: Representation = "cls"
    max_length: Annotated[int, Field(strict=True, ge=8)] = 128
    patience: Annotated[int, Field(strict=True, ge=1)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = 0
    precision: Precision = "auto"
    threads: Annotated[int, Field(strict=True, ge=1)] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the run record."""
        return asdict(self)
