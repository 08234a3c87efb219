"""Where fitted numbers are from: models, data, what they promise. And a calibration, which has no others."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from polarity.contract.declared import Array, Part, Probability
from polarity.statistics.label_offsets import LabelOffsets

SHA256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FittedModel(Part):
    """A model whose answers a policy was fitted on; what is absent is unknown."""

    name: str
    weights: SHA256 | None = Field(default=None, description="sha256 of the weights' file.")
    prompt: SHA256 | None = Field(default=None, description="sha256 of the prompt for an empty text.")
    strategy: str | None = Field(default=None, description="How the LLM was asked.")
    calibration: SHA256 | None = Field(
        default=None, description="sha256 of the calibration by which its scores were read; absent: none."
    )


class FittedModels(Part):
    """The pair of models that a policy's numbers belong to."""

    bert: FittedModel
    llm: FittedModel


Share = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
Difference = Annotated[tuple[Share, Share, Share], Array]


class DataFile(Part):
    """A data file that numbers were fitted on: `n` labelled texts, sha256 of its bytes."""

    name: str
    sha256: SHA256
    n: int = Field(ge=1)


class FittedFile(DataFile):
    """A data file that a policy was fitted on: `n` labelled texts, sha256 of its bytes.

    What the policy is worth on it is measured out of fold; contracts of before 0.5.0 do not say it.
    """

    accuracy: Probability | None = Field(default=None, description="Out of fold.")
    macro_f1: Probability | None = Field(default=None, description="Out of fold.")
    llm_calls_saved: Probability | None = Field(
        default=None, description="Share of texts that BERT decides alone, out of fold."
    )
    against_bert: Difference | None = Field(
        default=None, description="Accuracy less BERT's alone: value, and ends of the paired 95 % interval."
    )
    against_llm: Difference | None = Field(
        default=None, description="Accuracy less the LLM's alone, likewise."
    )


class Fitted(Part):
    """Where a policy's numbers are from, and what they promise for texts that the fit did not see.

    It has no date: the same data, contract and command give the same file, byte for byte.
    """

    command: str = Field(
        description="What was run, but for `--out`; files by their names, whom it asked in `models`."
    )
    polarity: str = Field(description="The version of polarity that fitted.")
    contract_version: str = Field(description="The contract whose policy the fit started from.")
    contract_sha256: SHA256
    n: int = Field(ge=1, description="Labelled texts in all data files.")
    seed: int = Field(description="Deals the texts out to the folds, and draws a sample.")
    folds: int = Field(ge=2)
    held_out: Literal["texts", "files"] = Field(
        default="texts", description="What a fold is: some texts of every file, or a whole file."
    )
    llm_cost: float = Field(ge=0.0, allow_inf_nan=False, description="Accuracy that an LLM call must pay.")
    kept: Annotated[tuple[str, ...], Array] = Field(description="Numbers on which the data say too little.")
    accuracy: Probability = Field(description="Out of fold.")
    accuracy_interval: Annotated[tuple[Probability, Probability], Array] = Field(description="95 %, Wilson.")
    llm_calls_saved: Probability = Field(description="Share of texts that BERT decides alone, out of fold.")
    data: Annotated[tuple[FittedFile, ...], Array] = Field(min_length=1)
    models: FittedModels | None = Field(
        default=None, description="Whose answers; contracts of before 0.5.0 do not say it."
    )


class CalibratedModel(Part):
    """The model, the endpoint and the prompt whose scores a calibration is for."""

    name: str = Field(min_length=1)
    api: Literal["completions", "chat"] = Field(description="Which endpoint was asked.")
    weights: SHA256 | None = Field(
        default=None, description="sha256 of the weights' file; absent: the server does not show it."
    )
    prompt: SHA256 = Field(description="sha256 of the prompt for an empty text.")


class CalibratedFile(DataFile):
    """A data file that a calibration was fitted on, and how often labels are right there."""

    accuracy: Probability = Field(description="Out of fold; a text without a verdict counts as wrong.")
    macro_f1: Probability = Field(description="Out of fold.")
    accuracy_before: Probability = Field(description="Without a calibration.")
    macro_f1_before: Probability = Field(description="Without a calibration.")


class CalibrationFit(Part):
    """Where a calibration's numbers are from, and what they promise for texts that the fit did not see.

    It has no date: the same data, contract and command give the same file, byte for byte.
    """

    command: str = Field(description="What was run; files by their names.")
    polarity: str = Field(description="The version of polarity that fitted.")
    contract_version: str = Field(description="The contract by which the answers were read.")
    contract_sha256: SHA256
    method: Literal["fitted", "batch"] = Field(
        description="By gold labels (the greatest likelihood), or by what is said on average (batch)."
    )
    n: int = Field(ge=1, description="Labelled texts in all data files.")
    scored: int = Field(ge=1, description="Those of them that got scores: it was fitted on these.")
    seed: int = Field(description="Deals the texts out to the folds, and draws a sample.")
    folds: int = Field(ge=2)
    held_out: Literal["texts", "files"] = Field(
        description="What a fold is: some texts of every file, or a whole file."
    )
    data: Annotated[tuple[CalibratedFile, ...], Array] = Field(min_length=1)


class Calibration(Part):
    """How the scores of one model, asked by one endpoint and prompt, are read.

    The probability p of a label becomes proportional to p^(1 / temperature) * e^offset. Scores of any other
    model are read as they are.
    """

    offsets: Mapping[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(
        description="Label -> what is added to its log-probability."
    )
    temperature: float = Field(
        default=1.0,
        gt=0.0,
        allow_inf_nan=False,
        description="What the log-probabilities are divided by before that.",
    )
    model: CalibratedModel
    fitted: CalibrationFit

    @property
    def name(self) -> str:
        """What it is called: its model and endpoint, of which a contract holds one calibration."""
        return f"{self.model.name}/{self.model.api}"

    @property
    def rule(self) -> str:
        """The rule's id, in the outcomes that it yields."""
        return f"calibrated/{self.name}"

    @property
    def applied(self) -> LabelOffsets:
        """What is done to a distribution."""
        return LabelOffsets(self.temperature, self.offsets)

    @property
    def sha256(self) -> str:
        """The hash of what is done to a distribution, in hex, wherever the numbers are from."""
        done = {"temperature": self.temperature, "offsets": dict(self.offsets)}
        return hashlib.sha256(json.dumps(done, sort_keys=True).encode()).hexdigest()
