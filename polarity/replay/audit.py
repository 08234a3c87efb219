"""Stored response -> findings: is the answer what the contract says of the raw outputs? No model is asked.

And are the models that would be asked now those that answered? That is told by the hashes of their weights:
where nobody knows these, nobody calls two models the same. Nor is one the same that is asked otherwise.

A response to `POST /polarity` with `"explain": true` holds the raw outputs, the setting `backend` and
the contract's name: all that the mapper and the policy read. Both run again, and what comes out is
held against what was stored. Numbers are compared exactly, without a tolerance: JSON keeps a float
as Python wrote it, and the same operations on the same floats give the same float.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from polarity.classifier import replay
from polarity.contract import Contract
from polarity.contract.calibrations import by_rule
from polarity.errors import RecordError
from polarity.replay.exported_rows import ExportedRow
from polarity.stored import outcome_from, raw_from, read_object, shaped, shown_object
from polarity.types import ContractRef, Decision, Model, RawOutput, Result, decided_by

ASKED: Final[Mapping[str, Sequence[set[str]]]] = {
    "bert": [{"bert"}],
    "llm": [{"llm"}, {"llm", "bert"}],  # both where BERT stands in: on_unmapped = "bert"
    "both": [{"bert", "llm"}, {"bert"}],  # alone where it was sure, and nobody asked to explain
}
ASKED_BY: Final = ("prompt", "strategy")
DECISION: Final = ("label", "confidence", "scores", "decided_by")


@dataclass(frozen=True, slots=True)
class StoredResult:
    """One text's result as it was answered, and the raw outputs that it was made from.

    `said` holds what can be held against a replay: each field's place and its value.
    """

    index: int
    raws: Mapping[str, RawOutput]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """One explained response of the endpoint, or one decision of the store.

    `models` are those that answered, by backend, as far as they are named.
    """

    id: str = ""
    backend: str
    contract: ContractRef
    models: Mapping[str, Model] = field(default_factory=dict)
    results: Sequence[StoredResult]


class Difference(NamedTuple):
    """One field of a result that the replay does not give as it was stored."""

    field: str
    stored: Any
    replayed: Any


@dataclass(frozen=True, slots=True)
class Finding:
    """What the replay of one result gave: the same, if there are no differences."""

    index: int
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFinding:
    """A model that answered, held against the one that would answer now; None: nobody knows.

    They are the same if their weights are, whatever they are called, and if they are asked alike.
    """

    backend: str
    stored: Model | None
    now: Model | None

    @property
    def state(self) -> Literal["same", "other", "unknown"]:
        """Whether they are the same, as far as that can be known.

        >>> ModelFinding(backend="bert", stored=Model("a", "00"), now=Model("b", "00")).state
        'same'
        >>> ModelFinding(backend="llm", stored=Model("a"), now=Model("a")).state
        'unknown'
        """
        if self.stored is None or self.now is None:
            return "unknown"
        if self.asked_otherwise:
            return "other"
        if self.stored.weights and self.now.weights:
            return "same" if self.stored.weights == self.now.weights else "other"
        return "unknown" if self.stored.name == self.now.name else "other"

    @property
    def asked_otherwise(self) -> Sequence[str]:
        """What is known to be another one: the prompt for an empty text, or the strategy.

        >>> stored, now = Model("a", "00", "11"), Model("a", "00", "22")
        >>> ModelFinding(backend="llm", stored=stored, now=now).asked_otherwise
        ['prompt']
        """
        both = [(name, getattr(self.stored, name, None), getattr(self.now, name, None)) for name in ASKED_BY]
        return [name for name, stored, now in both if stored and now and stored != now]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A stored response held against its replay. `stored` and `contract` name the two contracts."""

    stored: ContractRef
    contract: ContractRef
    findings: Sequence[Finding]

    @property
    def same_contract(self) -> bool:
        """Whether it was replayed under the contract that produced it, by id, version and sha256."""
        return self.stored == self.contract

    @property
    def same(self) -> bool:
        """Whether nothing differs, neither the contract nor any result."""
        return self.same_contract and not any(finding.differences for finding in self.findings)


def read_response(path: Path) -> StoredResponse:
    """Read a file that holds one explained response.

    Raises:
        RecordError: the file is missing, holds no response, a damaged one, or one stored without `explain`
            and so without raw outputs; names the place.
    """
    found = shaped(_RESPONSE, read_object(path), path=path)
    return StoredResponse(
        id=found.id,
        backend=found.backend,
        contract=found.contract,
        models={name: Model(said, found.weights.get(name)) for name, said in found.model.items() if said},
        results=[_stored(found, at, path) for at in range(len(found.results))],
    )


def response_of_row(row: ExportedRow, path: Path) -> StoredResponse | None:
    """Take an exported decision for a response with one result; None where nobody had answered.

    Raises:
        RecordError: a raw output or an outcome is damaged; names the place.
    """
    if not row.raws:
        return None
    raws = {name: raw_from(raw, f"{row.where}: raws.{name}", path=path) for name, raw in row.raws.items()}
    outcomes = {
        name: shown_object(outcome_from(said, row.contract, f"{row.where}: outcomes.{name}", path=path))
        for name, said in row.outcomes.items()
    }
    result = StoredResult(0, raws, _fields(row.decided, outcomes))
    return StoredResponse(
        id=row.id, backend=row.backend, contract=row.contract, models=row.models, results=[result]
    )


def models_held(response: StoredResponse, now: Mapping[str, Model]) -> list[ModelFinding]:
    """Hold the models of those who answered against the ones that would answer `now`, by backend."""
    answered = {name for result in response.results for name in result.raws} | response.models.keys()
    return [
        ModelFinding(backend=name, stored=response.models.get(name), now=now.get(name))
        for name in sorted(answered)
    ]


def _stored(response: "_Response", at: int, path: Path) -> StoredResult:
    result, backend, ref = response.results[at], response.backend, response.contract
    where = f"results.{at}"
    if result.answers is None:
        problem = f'{where}: no raw outputs: the answer was stored without "explain": true'
        raise RecordError(problem, path=path)
    if set(result.answers) not in ASKED[backend]:
        problem = f"{where}.answers: backend {backend!r} does not ask {sorted(result.answers)}"
        raise RecordError(problem, path=path)
    raws = {
        name: raw_from(answer.raw_output, f"{where}.answers.{name}.raw", path=path)
        for name, answer in result.answers.items()
    }
    outcomes = {
        name: shown_object(outcome_from(answer.outcome, ref, f"{where}.answers.{name}.outcome", path=path))
        for name, answer in result.answers.items()
    }
    return StoredResult(result.index, raws, _fields(dict(result), outcomes))


def audit(response: StoredResponse, contract: Contract) -> Audit:
    """Replay every result of a response from its raw outputs, and say what differs.

    By which calibration scores were read stands in the outcomes' rules.
    """
    contract = _as_read(response, contract)
    return Audit(
        stored=response.contract,
        contract=contract.ref,
        findings=[
            Finding(result.index, _differences(result, replay(response.backend, result.raws, contract)))
            for result in response.results
        ],
    )


def _as_read(response: StoredResponse, contract: Contract) -> Contract:
    for rule in sorted({str(result.said.get("answers.llm.rule")) for result in response.results}):
        contract = by_rule(contract, rule)
    return contract


def _differences(stored: StoredResult, replayed: Result) -> list[Difference]:
    now = _fields(
        {"decided_by": decided_by(replayed)}
        | (_decision(replayed) if isinstance(replayed, Decision) else {}),
        {name: shown_object(answer.outcome) for name, answer in replayed.answers.items()},
    )
    both = [(field, stored.said.get(field), now.get(field)) for field in {**stored.said, **now}]
    return [Difference(*found) for found in both if found[1] != found[2]]


def _fields(result: Mapping[str, Any], outcomes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Name every field that is held against a replay by its place."""
    fields = {name: result.get(name) for name in DECISION}
    for backend, outcome in outcomes.items():
        fields |= {f"answers.{backend}.{name}": value for name, value in outcome.items()}
    return fields


def _decision(decision: Decision) -> dict[str, Any]:
    scores = dict(decision.scores) if decision.scores else None
    return {"label": decision.label, "confidence": decision.confidence, "scores": scores}


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Answer(_Strict):
    raw: Any
    exact: Annotated[str, AfterValidator(json.loads)] | None = None
    outcome: Any

    @property
    def raw_output(self) -> Any:
        """What the mapper read, also where `raw` shows it without its lone surrogates."""
        return self.raw if self.exact is None else self.exact


class _Result(_Strict):
    index: int
    label: str | None
    confidence: float | None
    scores: dict[str, float] | None
    decided_by: str
    answers: dict[str, _Answer] | None = None


class _Response(_Strict):
    id: str = ""
    model: dict[str, str | None] = {}
    weights: dict[str, str | None] = {}  # responses of before 0.5.0 do not say them
    backend: Literal["bert", "llm", "both"]
    contract: ContractRef
    results: list[_Result] = Field(min_length=1)


_RESPONSE = TypeAdapter(_Response)
