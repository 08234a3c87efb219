"""What was read -> the rows of a part: their own columns, and of each the text, or why there is none."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from polarity.asking.rows import named
from polarity.bulk.columns import cells_of
from polarity.bulk.on_ray.reading import FILE, LINE, NUMBER, PROBLEM
from polarity.errors import RunError
from polarity.records import (
    DEFAULT_COLUMNS,  # noqa: F401 - the example's
    Columns,
    Line,
    Record,
    cell_problem,
    found_name,
    near_names,
    records_of_lines,
)

if TYPE_CHECKING:
    from pyarrow import Schema, Table

GOLD: Final = "gold"
OTHERS: Final = "others"  # of JSON Lines: what a row has besides the columns that all parts have
PLACES: Final = {FILE: "input_file", NUMBER: "input_line"}  # as they stand beside the rows without a label


class Own(NamedTuple):
    """The rows of a part before they are labelled: their columns, and of each the text or its problem.

    `places` says which file each is from, and of JSON Lines which line.
    """

    table: "Table"
    texts: Sequence[str]
    problems: Sequence[str | None]
    places: "Table"


def own_of(table: "Table", columns: Columns, schema: "Schema", *, are_lines: bool) -> Own:
    """Open what was read: the gold label, where there is one, stands as `gold` from here on.

    Raises:
        RecordError: there is no such column of texts.
    """
    places = table.select([name for name in table.column_names if name in PLACES])
    places = places.rename_columns([PLACES[name] for name in places.column_names])
    if are_lines:
        return _opened_lines(table, columns, schema, places)
    table = table.drop_columns([name for name in table.column_names if name in PLACES])
    cells = cells_of(table, columns.text)
    problems = [cell_problem(columns.text, cell) for cell in cells]
    label = columns.label and found_name(columns.label, table.column_names)
    if label:
        names = [
            name if name == label else _own_name(name, table.column_names) for name in table.column_names
        ]
        table = table.rename_columns([GOLD if name == label else name for name in names])
    texts = ["" if problem else cell for cell, problem in zip(cells, problems, strict=True)]
    return Own(table, texts, problems, places)


def _opened_lines(table: "Table", columns: Columns, schema: "Schema", places: "Table") -> Own:
    """Read lines of JSON; every column is text, and what is none stands as JSON: parts then go together."""
    import pyarrow as pa

    cells = (table[name].to_pylist() for name in (NUMBER, LINE, PROBLEM))
    records = list(records_of_lines(map(Line, *cells), columns, Path()))
    if len(records) != len(table):
        raise RunError(f"{len(table)} lines were read, and {len(records)} opened")
    names = own_columns(schema.names, columns)
    rows = [_own_row(record, columns, names, schema.names) for record in records]
    arrays = {name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in names}
    texts, problems = [record.text for record in records], [record.problem for record in records]
    return Own(pa.table(arrays), texts, problems, places)


def own_columns(found: Sequence[str], columns: Columns) -> list[str]:
    """Name the columns of all parts of JSON Lines, by those that stand in their files' first rows.

    >>> own_columns(["id", "text", "shop", "gold", "label"], DEFAULT_COLUMNS)
    ['id', 'text', 'shop', 'input_gold', 'gold', 'others']
    """
    wanted = filter(None, (columns.text, columns.label, columns.id))
    read = {name for one in wanted for name in near_names(one, found)}
    own = (_own_name(name, found, OTHERS) for name in found if name not in read)
    return list(dict.fromkeys([columns.id, columns.text, *own, *([GOLD] if columns.label else []), OTHERS]))


def _own_row(record: Record, columns: Columns, names: Sequence[str], found: Sequence[str]) -> dict[str, Any]:
    """Spell a record by these columns; what has none of them stands together in the last one."""
    own = {name: _own_name(name, found, OTHERS) for name in record.extra}
    cells = {own[name]: value for name, value in record.extra.items()}
    others = {name: value for name, value in record.extra.items() if own[name] not in names}
    return {
        columns.id: record.id,
        columns.text: None if record.problem else record.text,
        **cells,
        GOLD: record.label,
        OTHERS: others or None,
    }


def _own_name(name: str, found: Sequence[str], *others: str) -> str:
    """Keep the name of the gold label's column free, as that of an answer's, and those of what was found.

    >>> [_own_name(name, ["gold", "input_gold"]) for name in ("gold", "input_gold")]
    ['input_input_gold', 'input_gold']
    """
    return named(name, found, (GOLD, *others))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    spelled = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return spelled.encode("utf-8", "backslashreplace").decode()
