"""JSON reports, read back: the raw outputs, and what is needed to make another report of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, TypeAdapter

from polarity.stored.left_out import LeftOut
from polarity.stored.outputs import raw_from
from polarity.stored.reading import read_object, shaped
from polarity.types import ContractRef, Model, RawOutput

Setting = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two backends, and the model that stood behind it: see `types.Model` for the rest.

    Reports of before 0.5.0 know no more than the model's name. `name` is what readers and gates call the
    side, where that is not what the backend is called.
    """

    backend: str
    model: str
    weights: str | None = None
    prompt: str | None = None
    strategy: str | None = None
    name: str | None = None

    @property
    def called(self) -> str:
        """What readers and gates call it.

        >>> Side(backend="llm", model="a").called, Side(backend="llm", model="a", name="new").called
        ('llm', 'new')
        """
        return self.name or self.backend

    @property
    def answered(self) -> Model:
        """What answered."""
        return Model(self.model, self.weights, self.prompt, self.strategy)


class Origin(NamedTuple):
    """Where raw outputs are from: the contract under which the models were asked, and when."""

    contract: ContractRef
    created: AwareDatetime


class Row(NamedTuple):
    """One text of a report: its gold label where known, and each backend's raw output by its name.

    `repeats` are further raw outputs of the right side; `columns` those by which pairs are sliced;
    `place` is where the text is from, where that is known.
    """

    id: str
    text: str
    gold: str | None
    raws: Mapping[str, RawOutput]
    repeats: Sequence[RawOutput] = ()
    columns: Mapping[str, Any] = MappingProxyType({})
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """What a JSON report holds besides what was read in it.

    `contract` is the report's own; `origin` names another one if the report was remapped. Row `n`,
    counted from 0, stands in the file `path` at `pairs.n`.
    """

    path: Path
    contract: ContractRef
    origin: Origin
    sides: Mapping[Literal["left", "right"], Side]
    source: str
    settings: Mapping[str, Setting]
    rows: Sequence[Row]
    left_out: LeftOut = LeftOut()


def read_report(path: Path) -> StoredReport:
    """Read the raw outputs of a JSON report, and what is said of them there.

    Raises:
        RecordError: the file is missing or is no such report; names the place in it.
    """
    found = shaped(_REPORT, read_object(path), path=path)
    meta = found.meta
    names = (meta.left.backend, meta.right.backend)
    return StoredReport(
        path=path,
        contract=found.contract,
        origin=meta.remapped or Origin(found.contract, meta.created),
        sides={"left": meta.left, "right": meta.right},
        source=meta.source,
        settings=meta.settings,
        rows=[_row(at, pair, names, path) for at, pair in enumerate(found.pairs)],
        left_out=found.left_out,
    )


def _row(at: int, pair: "_Pair", names: tuple[str, str], path: Path) -> Row:
    said = (("left", pair.left), ("right", pair.right))
    raws = [raw_from(answer.raw, f"pairs.{at}.{side}.raw", path=path) for side, answer in said]
    repeats = tuple(
        raw_from(raw, f"pairs.{at}.repeats.{number}", path=path) for number, raw in enumerate(pair.repeats)
    )
    named = dict(zip(names, raws, strict=True))
    return Row(pair.id, pair.text, pair.gold, named, repeats, pair.columns, pair.place)


class _Meta(BaseModel):
    created: AwareDatetime
    source: str
    left: Side
    right: Side
    settings: dict[str, Setting]
    remapped: Origin | None = None  # reports of before there was remapping do not say it


class _Answer(BaseModel):
    raw: Any


class _Pair(BaseModel):
    id: str
    text: str
    gold: str | None
    left: _Answer
    right: _Answer
    repeats: list[Any] = []
    columns: dict[str, Any] = {}
    place: str = ""


class _Report(BaseModel):
    contract: ContractRef
    meta: _Meta
    pairs: list[_Pair]
    left_out: LeftOut = LeftOut()  # reports of before 0.5.0 do not say it


_REPORT = TypeAdapter(_Report)
