"""Many stored answers -> one verdict: all of them replayed, and counted by how they were given."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from polarity.contract import Contract
from polarity.replay.audit import (
    Finding,
    ModelFinding,
    StoredResponse,
    audit,
    models_held,
    read_response,
    response_of_row,
)
from polarity.replay.exported_rows import exported_rows
from polarity.statistics.gates import Judgement
from polarity.types import ContractRef, Model

LISTED: Final = 20  # answers that differ and are kept to be shown


class Way(NamedTuple):
    """A way in which answers were given: whose contract, and with which models."""

    contract: ContractRef
    models: tuple[ModelFinding, ...]


@dataclass(slots=True)
class Tally:
    """Results of one way: how many were replayed, and how many of them differ."""

    results: int = 0
    differing: int = 0


@dataclass(slots=True)
class Audits:
    """All answers held against their replay under one contract.

    `differing` has the first of the answers whose results differ, each with its findings; `unanswered`
    counts decisions that nobody's raw output is stored of, and which nothing can be said about.
    """

    contract: ContractRef
    ways: dict[Way, Tally] = field(default_factory=dict)
    differing: list[tuple[str, Sequence[Finding]]] = field(default_factory=list)
    unanswered: int = 0

    @property
    def results(self) -> int:
        """How many results were replayed."""
        return sum(tally.results for tally in self.ways.values())

    @property
    def differ(self) -> int:
        """How many results the replay does not give as they were stored."""
        return sum(tally.differing for tally in self.ways.values())

    def judgement(self) -> Judgement:
        """Say whether all is the same: contract, models and results. What nobody knows is not."""
        reasons = []
        if any(way.contract != self.contract for way in self.ways):
            reasons.append("under another contract")
        if others := self._backends("other"):
            reasons.append(f"another model answers now for {', '.join(others)}")
        if reasons or self.differ:
            reasons.append(f"{self.differ:,} of {self.results:,} results differ")
            return Judgement(status="failed", reason=", ".join(reasons))
        if unknown := self._backends("unknown"):
            reason = f"nobody knows whether {', '.join(unknown)} has the same weights"
            return Judgement(status="inconclusive", reason=reason)
        if not self.results:
            return Judgement(status="inconclusive", reason="no result can be replayed")
        return Judgement(status="passed", reason="nothing differs")

    def _backends(self, state: str) -> list[str]:
        return sorted({one.backend for way in self.ways for one in way.models if one.state == state})


def audited(
    answers: Iterable[StoredResponse | None], contract: Contract, models: Mapping[str, Model] | None
) -> Audits:
    """Replay each answer under a contract, and hold the models that gave it against those of now.

    `models` are those of now, by backend; with None nothing is said of models.
    """
    found = Audits(contract.ref)
    for answer in answers:
        if answer is None:
            found.unanswered += 1
            continue
        held = () if models is None else tuple(models_held(answer, models))
        tally = found.ways.setdefault(Way(answer.contract, held), Tally())
        findings = audit(answer, contract).findings
        differing = sum(bool(finding.differences) for finding in findings)
        tally.results += len(findings)
        tally.differing += differing
        if differing and len(found.differing) < LISTED:
            found.differing.append((answer.id, findings))
    return found


def stored_answers_of(paths: Sequence[Path]) -> Iterator[StoredResponse | None]:
    """Read stored answers: a `.json` holds one response, anything else exported decisions.

    Raises:
        RecordError: a file cannot be read, or holds no such answers; names the place.
    """
    for path in paths:
        if path.suffix.lower() == ".json":
            yield read_response(path)
        else:
            yield from (response_of_row(row, path) for row in exported_rows(path))
