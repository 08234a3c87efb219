"""What a training run may be told, with the bounds of each option."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from polarity.backends.network import Representation
from polarity.training.device import Precision

FEWEST_EPOCHS, FEWEST_STEPS = 3, 300  # where nobody says how many


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How a run trains. Names, defaults, bounds and meanings stand here and nowhere else.

    The bounds are held where a recipe is read; `polarity train --list` prints them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    epochs: Annotated[
        Annotated[int, Field(strict=True, ge=1)] | None,
        Field(description="Times that every row is trained on; default: 3, or as many as make 300 steps."),
    ] = None
    batch_size: Annotated[
        int,
        Field(strict=True, ge=1, description="Rows in one step."),
    ] = 32
    learning_rate: Annotated[
        float,
        Field(
            strict=True,
            ge=0.0,
            allow_inf_nan=False,
            description="The peak: it warms up to it and decays to 0.",
        ),
    ] = 5e-5
    layer_decay: Annotated[
        float,
        Field(
            strict=True,
            gt=0.0,
            le=1.0,
            description="What each layer's learning rate is of the one above it (Howard and Ruder 2018); "
            "1 trains all alike.",
        ),
    ] = 1.0
    weight_decay: Annotated[
        float,
        Field(
            strict=True,
            ge=0.0,
            allow_inf_nan=False,
            description="AdamW's decay of the matrices; biases and layer norms have none.",
        ),
    ] = 0.01
    warm_up: Annotated[
        float,
        Field(
            strict=True, ge=0.0, lt=1.0, description="Share of the steps in which the learning rate rises."
        ),
    ] = 0.06
    averaging: Annotated[
        float,
        Field(
            strict=True,
            ge=0.0,
            lt=1.0,
            description="Judge and keep a moving average of the weights, each step leaving that share of it; "
            "0: the weights themselves.",
        ),
    ] = 0.0
    base_share: Annotated[
        float,
        Field(
            strict=True,
            ge=0.0,
            lt=1.0,
            description="Share of the base's weights in those that are judged and kept, where the base is a "
            "classifier of these labels (Wortsman et al. 2022, WiSE-FT).",
        ),
    ] = 0.0
    label_smoothing: Annotated[
        float,
        Field(
            strict=True,
            ge=0.0,
            lt=1.0,
            description="Mass of a gold label that is shared out among the labels its file knows.",
        ),
    ] = 0.0
    class_weights: Annotated[
        Literal["none", "balanced"],
        Field(description="balanced: every label counts alike, however few its rows."),
    ] = "none"
    two_class: Annotated[
        Literal["masked", "plain"],
        Field(
            description="What a file that lacks some labels teaches about them: masked nothing, plain that "
            "they are wrong."
        ),
    ] = "masked"
    representation: Annotated[
        Representation,
        Field(description="What the head reads: the first token's vector, or all tokens' mean or maximum."),
    ] = "cls"
    emoji: Annotated[
        Literal["named", "as_written"],
        Field(description="named: read as Unicode's names for them, in training and in serving."),
    ] = "named"
    max_length: Annotated[
        int,
        Field(strict=True, ge=8, description="Tokens read of a text, or as many as the base reads at once."),
    ] = 128
    patience: Annotated[
        Annotated[int, Field(strict=True, ge=1)] | None,
        Field(description="Stop after that many epochs without a better one; default: never."),
    ] = None
    seed: Annotated[
        int,
        Field(
            strict=True, ge=0, lt=2**63, description="Whatever is drawn is drawn by it: again gives the same."
        ),
    ] = 0
    precision: Annotated[
        Precision,
        Field(description="auto: bf16 autocast where the processor has it."),
    ] = "auto"
    threads: Annotated[
        Annotated[int, Field(strict=True, ge=1)] | None,
        Field(description="torch threads; default: torch's choice."),
    ] = None

    def epochs_of(self, steps: int) -> int:
        """Count the epochs of a run that takes so many steps in each: by default at least 3, and 300 steps.

        A few steps leave a network nearly where it began, however often each of a few rows was seen: with
        small data the number of steps decides (Mosbach, Andriushchenko and Klakow 2021).

        >>> [TrainingOptions().epochs_of(steps) for steps in (15, 100, 5000)]
        [20, 3, 3]
        >>> TrainingOptions(epochs=2).epochs_of(15)
        2
        """
        return self.epochs or max(FEWEST_EPOCHS, -(-FEWEST_STEPS // steps))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the run record."""
        return asdict(self)
