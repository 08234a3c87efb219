"""Blocks of rows, of whatever kind an engine has, and the columns that an answer adds to them."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from polarity.asking.rows import named
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.records import found_name
from polarity.stored import spelled
from polarity.types import Model, Result

if TYPE_CHECKING:
    from pyarrow import Schema

ALWAYS = ("label", "confidence", "decided_by", "error", "contract", "models")
ON_WISH = ("scores", "raws")
ANSWER = (*ALWAYS, *ON_WISH)


class Wish(NamedTuple):
    """What is wanted of an answer besides what always is: probabilities by label, and raw outputs."""

    scores: bool = False
    raws: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that an answer adds, in order."""
        return (*ALWAYS, *(name for name in ON_WISH if getattr(self, name)))


class Stamp(NamedTuple):
    """What stands beside every label: sha256 of the contract's file, and of each backend's weights."""

    contract: str
    models: str


def stamp_of(contract: Contract, models: Mapping[str, Model]) -> Stamp:
    """Name a contract and models by their hashes; a model that shows no weights by its name.

    >>> from polarity.contract import load_contract
    >>> stamp_of(load_contract(), {"bert": Model("mine", "53aa"), "llm": Model("gpt")}).models
    'bert:53aa llm:gpt'
    """
    known = (f"{backend}:{model.weights or model.name}" for backend, model in models.items())
    return Stamp(contract.ref.sha256, " ".join(known))


def answer_columns(results: Sequence[Result], stamp: Stamp, wish: Wish) -> dict[str, list[Any]]:
    """Spell results by column: None where there is nothing; scores and raw outputs as JSON.

    >>> from polarity.types import Undecided
    >>> blank = Undecided(reason="no_text", detail="column 'text' is blank")
    >>> found = answer_columns([blank], Stamp("ab", "bert:cd"), Wish())
    >>> found["label"], found["error"], found["models"]
    ([None], ["column 'text' is blank"], ['bert:cd'])
    """
    every: dict[str, list[Any]] = {
        **{name: [getattr(one, name, None) for one in results] for name in ALWAYS[:3]},
        "error": [getattr(one, "detail", None) for one in results],
        "contract": [stamp.contract] * len(results),
        "models": [stamp.models] * len(results),
    }
    if wish.scores:
        every["scores"] = [_json(getattr(one, "scores", None)) for one in results]
    if wish.raws:
        every["raws"] = [
            _json({name: spelled(answer.raw) for name, answer in one.answers.items()} or None)
            for one in results
        ]
    return every


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def cells_of(batch: Any, column: str) -> list[Any]:
    """Give what stands in a column of a table, a data frame or a dict of arrays, as Python's own values.

    Raises:
        RecordError: there is no such column, or several may be meant.
        TypeError: it is none of these.
    """
    cells = batch[column_of(names_of(batch), column)]
    if _is_of(batch, "pyarrow", "Table"):
        return _arrow_cells(cells)
    return list(cells.tolist() if hasattr(cells, "tolist") else cells)


def _arrow_cells(column: Any) -> list[Any]:
    r"""Give Arrow's cells; one that is no value of Python's, as text that is no UTF-8, in its bare form.

    >>> import pyarrow as pa
    >>> _arrow_cells(pa.array([b"fine", bytes([255])]).view(pa.string()))
    ['fine', b'\xff']
    """
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):  # of which one cell does not say
        return [_arrow_cell(cell) for cell in column]


def _arrow_cell(cell: Any) -> Any:
    try:
        return cell.as_py()
    except (ValueError, OverflowError):
        return cell.cast(bare(cell.type)).as_py()


def bare(kind: Any) -> Any:
    """Give the type of Arrow's whose values are those of another one as they lie in memory.

    Every cell of it is a value of Python's: bytes may be no text, and a count of seconds no date.

    >>> import pyarrow as pa
    >>> bare(pa.list_(pa.struct([("on", pa.timestamp("ns")), ("by", pa.string())])))
    ListType(list<item: struct<on: int64, by: binary>>)
    """
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(kind):
        return bare(kind.value_type)
    if types.is_nested(kind):
        return _bare_nested(kind)
    forms = (
        (types.is_string, pa.binary()),
        (types.is_large_string, pa.large_binary()),
        (types.is_string_view, pa.binary_view()),
        (types.is_date32, pa.int32()),
        (types.is_time32, pa.int32()),
        (types.is_interval, kind),
        (types.is_temporal, pa.int64()),
    )
    return next((form for is_of, form in forms if is_of(kind)), kind)


def _bare_nested(kind: Any) -> Any:
    import pyarrow as pa
    from pyarrow import types

    if types.is_struct(kind):
        return pa.struct([field.with_type(bare(field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(bare(kind.key_type), bare(kind.item_type))
    if types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(bare(kind.value_type)), kind.list_size)
    return pa.list_(kind.value_field.with_type(bare(kind.value_type))) if types.is_list(kind) else kind


def column_of(names: Sequence[str], wanted: str) -> str:
    """Find a column among those of a block, as it is spelled there.

    >>> column_of(["Shop", "Text"], "text")
    'Text'

    Raises:
        RecordError: there is no such column, or several may be meant.
    """
    found = found_name(wanted, names)
    if found is None:
        raise RecordError(f"no column {wanted!r}; found {', '.join(map(repr, names)) or 'none'}")
    return found


def names_of(batch: Any) -> list[str]:
    """Name the columns of a block. Raises as `cells_of`."""
    if _is_of(batch, "pyarrow", "Table"):
        return list(batch.column_names)
    if _is_of(batch, "pandas", "DataFrame") or isinstance(batch, dict):
        return [str(name) for name in batch]
    kinds = "a pyarrow.Table, a pandas.DataFrame or a dict of arrays"
    raise TypeError(f"a block of rows is {kinds}, not {type(batch).__module__}.{type(batch).__qualname__}")


def with_answers(batch: Any, columns: Mapping[str, list[Any]]) -> Any:
    """Give a block of the same kind with these columns behind its own, of which none is lost.

    One of its own that is called like one of an answer's stands under another name: see `own_names`.

    >>> with_answers({"text": ["Fine."], "label": ["old"]}, {"label": ["POSITIVE"]})
    {'text': ['Fine.'], 'input_label': ['old'], 'label': array(['POSITIVE'], dtype=object)}
    """
    names = own_names(names_of(batch))
    if _is_of(batch, "pyarrow", "Table"):
        import pyarrow as pa

        found = batch.rename_columns(names)
        for name, cells in columns.items():
            found = found.append_column(name, pa.array(cells, _type(name)))
        return found
    arrays = _arrays(columns)
    if isinstance(batch, dict):
        return dict(zip(names, batch.values(), strict=True)) | arrays
    found = batch.set_axis(names, axis="columns")
    return found.assign(**arrays)


def own_names(names: Sequence[str]) -> list[str]:
    """Name the columns that a block has itself, so that there is room for all of an answer's.

    >>> own_names(["text", "label", "error"])
    ['text', 'input_label', 'input_error']
    """
    return [named(name, names, ANSWER) for name in names]


def answer_schema(own: "Schema", wish: Wish) -> "Schema":
    """Give the schema of a table with such a schema of its own, once it is labelled."""
    import pyarrow as pa

    kept = [field.with_name(name) for field, name in zip(own, own_names(own.names), strict=True)]
    return pa.schema([*kept, *((name, _type(name)) for name in wish.columns)])


def answer_fields(wish: Wish) -> dict[str, Any]:
    """Give the Arrow type of each column of an answer."""
    return {name: _type(name) for name in wish.columns}


def _type(name: str) -> Any:
    import pyarrow as pa

    return pa.float64() if name == "confidence" else pa.string()


def _arrays(columns: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Make arrays of numpy, as both other kinds have them: NaN for no number, None for no text."""
    import numpy as np

    return {
        name: np.array(cells, np.float64 if name == "confidence" else object)
        for name, cells in columns.items()
    }


def _is_of(batch: Any, module: str, name: str) -> bool:
    """Whether it is of a library's class; whoever has one of it has imported the library."""
    found = sys.modules.get(module)
    return found is not None and isinstance(batch, getattr(found, name))
