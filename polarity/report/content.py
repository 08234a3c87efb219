"""What stands in a report, before it is written in any format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from polarity.comparison import Pair, Summary
from polarity.contract import Contract
from polarity.gates import Bound
from polarity.report.judging import Judgement, judge
from polarity.stored import Origin, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Two backends compared over one input.

    `created` knows its time zone. `source` names the input as a reader knows it, `version` is
    polarity's own, `settings` holds the settings without which the numbers cannot be repeated.
    `pairs` are those that `summary` counts. `remapped` says where the raw outputs are from if not
    from this run; `bounds` are the gates.
    """

    summary: Summary
    pairs: Sequence[Pair]
    contract: Contract
    left: Side
    right: Side
    source: str
    created: datetime
    version: str
    settings: Mapping[str, str | int | float | bool | None]
    remapped: Origin | None = None
    bounds: Sequence[Bound] = ()

    @property
    def judgement(self) -> Judgement:
        """What the gates come to."""
        return judge(self.summary, self.bounds, (self.left.backend, self.right.backend))
