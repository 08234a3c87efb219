"""What stands in a report, before it is written in any format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from polarity.comparison import Pair, Summary
from polarity.contract import Contract
from polarity.contract.calibrations import calibration_mismatch
from polarity.contract.fitted_models import policy_mismatch
from polarity.report.gates import judge
from polarity.statistics.gates import Bound, Judgement
from polarity.stored import LeftOut, Origin, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is compared, as far as it is known before the first pair.

    `created` knows its time zone. `source` names the input as a reader knows it, `version` is
    polarity's own, `settings` holds the settings without which the numbers cannot be repeated.
    `remapped` says where the raw outputs are from if not from this run; `bounds` are the gates,
    `columns` those of the input by which pairs are sliced.
    """

    contract: Contract = field(repr=False)
    left: Side
    right: Side
    source: str
    created: datetime
    version: str
    settings: Mapping[str, str | int | float | bool | None]
    remapped: Origin | None = None
    bounds: Sequence[Bound] = ()
    columns: Sequence[str] = ()

    @property
    def sides(self) -> tuple[str, str]:
        """What both sides are called."""
        return self.left.called, self.right.called

    @property
    def warnings(self) -> list[str]:
        """Why the decisions may be worse than the contract's policy promises, a sentence each."""
        models = {side.backend: side.answered for side in (self.left, self.right)}
        decides = models.keys() == {"bert", "llm"}  # else no policy does
        of_scores = calibration_mismatch(self.contract, models["llm"]) if "llm" in models else []
        return [*of_scores, *(policy_mismatch(self.contract, models) if decides else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Two sides compared over one input.

    `summary` counts every pair; `examples` are those that a person should look at, in the input's order.
    `left_out` counts the rows of the input that are no pair. `stored` is where all of it lies as JSON, as it
    was named, if it does.
    """

    subject: Subject
    summary: Summary
    examples: Sequence[Pair]
    left_out: LeftOut = LeftOut()
    stored: Path | None = None

    @property
    def judgement(self) -> Judgement:
        """What the gates come to."""
        return judge(self.summary, self.subject.bounds, self.subject.sides)
