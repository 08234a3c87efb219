"""Rows that `polarity store export` wrote -> the answers in them, with who gave them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, TypeAdapter

from polarity.errors import RecordError
from polarity.records import Record, read_all
from polarity.stored import shaped
from polarity.types import ContractRef, Model

MARK: Final = "raws"  # the column that no other file has
TABLES: Final = (".parquet", ".csv", ".tsv")  # nothing else that holds answers is kept so


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedRow:
    """A decision as it was exported: `raws` and `outcomes` by backend, as `stored.spelled` gives them.

    `where` is its place in the file, for errors to name.
    """

    id: str
    where: str
    backend: str
    contract: ContractRef
    models: Mapping[str, Model]
    decided: Mapping[str, Any]
    raws: Mapping[str, Any]
    outcomes: Mapping[str, Any]


def is_exported(path: Path) -> bool:
    """Say whether a file holds exported decisions: a table does, JSON Lines where the first one says so."""
    if path.suffix.lower() in TABLES:
        return True
    try:
        with path.open("rb") as file:
            return f'"{MARK}"'.encode() in file.readline()
    except OSError:
        return False  # whoever reads it says why it cannot be read


def exported_rows(path: Path) -> Iterator[ExportedRow]:
    """Stream the decisions of a file, with or without their texts.

    Raises:
        RecordError: the file cannot be read, or a row is none that was exported; names the line.
    """
    for record in read_all(path):
        yield _row(record, path)


def _row(record: Record, path: Path) -> ExportedRow:
    where = f"line {record.line}"
    if MARK not in record.extra:
        raise RecordError(f"no column {MARK!r}: polarity store export writes it", path=path, line=record.line)
    found = shaped(_ROW, dict(record.extra), where=where, path=path)
    decided = {
        "label": found.decision,
        "confidence": found.confidence,
        "scores": found.scores,
        "decided_by": found.decided_by,
    }
    return ExportedRow(
        id=record.id,
        where=where,
        backend=found.backend,
        contract=found.contract,
        models=found.models,
        decided=decided,
        raws=found.raws,
        outcomes=found.outcomes,
    )


def _opened(value: Any) -> Any:
    """Read what a table's cell holds as JSON."""
    return json.loads(value) if isinstance(value, str) and value else _none_if_empty(value)


def _none_if_empty(value: Any) -> Any:
    """CSV and TSV have no other way to say that there is nothing."""
    return None if value == "" else value


class _Row(BaseModel):
    decision: Annotated[str | None, BeforeValidator(_none_if_empty)]
    confidence: Annotated[float | None, BeforeValidator(_none_if_empty)]
    scores: Annotated[dict[str, float] | None, BeforeValidator(_opened)]
    decided_by: str
    backend: str
    contract: Annotated[ContractRef, BeforeValidator(_opened)]
    models: Annotated[dict[str, Model], BeforeValidator(_opened)]
    raws: Annotated[dict[str, Any], BeforeValidator(_opened)]
    outcomes: Annotated[dict[str, Any], BeforeValidator(_opened)]


_ROW: Final = TypeAdapter(_Row)
