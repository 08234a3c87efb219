"""Parts: the rows of a table, labelled, as a file of Parquet that is there as a whole or not at all.

A file says in its own footer what it was made of: the rows' numbers and hash, and the fingerprint of the run.
Whoever comes to make it again finds that, and need not.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from polarity.asking.rows import named
from polarity.bulk.columns import bare
from polarity.bulk.on_ray.reading import FILE
from polarity.errors import RecordError, RunError
from polarity.places import file_hash
from polarity.records import replacing
from polarity.statistics.cost import added
from polarity.stored.folders import ERRORS, Part
from polarity.types import NO_TOKENS, Result, Undecided, Usage

if TYPE_CHECKING:
    from pyarrow import Table

NOTE: Final = b"polarity"  # the key in a file's footer
ROW: Final = "row"
WORTH_A_RETRY: Final = frozenset({"timeout", "unavailable"})


class Made(NamedTuple):
    """What became of rows: the columns of their answers, what went wrong how often, and what was used.

    `passing` are the places of the rows that got no label for a passing reason.
    """

    answers: Mapping[str, list[Any]]
    errors: Mapping[str, int]
    usage: Mapping[str, Usage]
    passing: Sequence[int]


def part_name(number: int) -> str:
    """Name a part's file.

    >>> part_name(12)
    'part-000012.parquet'
    """
    return f"part-{number:06}.parquet"


def digest_of(table: "Table") -> str:
    """Give the sha256 of a table's names, types and values, however it lies in memory.

    Raises:
        RecordError: a column is of a type that nothing can be told of.
    """
    import pyarrow as pa

    digest = hashlib.sha256()
    for field, column in zip(table.schema, table.columns, strict=True):
        if field.name == FILE:  # the same rows may lie elsewhere by now
            continue
        try:
            cells = column.cast(bare(field.type)).to_pylist()
        except (pa.ArrowException, ValueError, OverflowError) as error:
            problem = f"column {field.name!r} of type {str(field.type)!r} cannot be read: {error}"
            raise RecordError(problem, path=_file_of(table)) from None
        whole = repr((field.name, str(field.type), cells))
        digest.update(whole.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _file_of(table: "Table") -> Path | None:
    return Path(table[FILE][0].as_py()) if FILE in table.column_names and len(table) else None


class Kept(NamedTuple):
    """A part that is there, and the places of its rows that got no label for a passing reason."""

    part: Part
    passing: Sequence[int]


def kept_part(path: Path, first: int, digest: str, fingerprint: str) -> Kept | None:
    """Give what a part says of itself; None where it is not there, or cannot be read.

    Raises:
        RunError: it was made by other settings, or of other rows.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        note = json.loads((parquet.read_schema(path).metadata or {})[NOTE])
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None
    if note["fingerprint"] != fingerprint:
        raise RunError(f"{path}: it was made by another run: to begin anew, remove the folder")
    if note["part"]["input"] != digest:
        last = first + note["part"]["rows"] - 1
        raise RunError(
            f"{path}: the input changed since it was made: row {first} to row {last} are not what they were"
        )
    usage = {name: Usage(*tokens) for name, tokens in note["part"].pop("usage").items()}
    return Kept(Part(**note["part"], usage=usage, sha256=file_hash(path)), note["passing"])


def write_part(
    path: Path, table: "Table", places: "Table", part: Mapping[str, Any], made: Made, fingerprint: str
) -> Part:
    """Write labelled rows, those without a label apart as well; what was there before is replaced.

    `part` says which rows they are, `made` what became of them.

    Raises:
        RecordError: the file cannot be written.
    """
    _write_errors(path.parent / ERRORS / path.name, table, places, part["first"])
    part = {**part, "name": path.name, "errors": made.errors, "usage": made.usage}
    note = json.dumps({"fingerprint": fingerprint, "part": part, "passing": made.passing})
    _write(path, table.replace_schema_metadata({**(table.schema.metadata or {}), NOTE: note.encode()}))
    return Part(**part, sha256=file_hash(path))


def lacks_errors(path: Path, part: Part) -> bool:
    """Say whether the rows that stand apart are not those without a label: a kill came between both files."""
    from pyarrow import parquet

    apart = path.parent / ERRORS / path.name
    found: int = parquet.read_metadata(apart).num_rows if apart.is_file() else 0
    return found != sum(part.errors.values())


def write_errors_again(path: Path, places: "Table", part: Part) -> None:
    """Write the rows without a label apart, as they stand in the part.

    Raises:
        RecordError: the file cannot be written.
    """
    from pyarrow import parquet

    _write_errors(path.parent / ERRORS / path.name, parquet.ParquetFile(path).read(), places, part.first)


def _write_errors(path: Path, table: "Table", places: "Table", first: int) -> None:
    import pyarrow as pa
    from pyarrow import compute

    is_bad = compute.is_null(table["label"])
    if not compute.any(is_bad).as_py():
        path.unlink(missing_ok=True)  # of a part that is made again
        return
    added = {ROW: pa.array(range(first, first + len(table)))}
    added |= {name: places[name] for name in places.column_names}
    table = table.rename_columns([named(name, (), [*added]) for name in table.column_names])
    for name, cells in added.items():
        table = table.append_column(name, cells)
    path.parent.mkdir(exist_ok=True)
    _write(path, table.filter(is_bad))


def _write(path: Path, table: "Table") -> None:
    from pyarrow import parquet

    with replacing(path) as file:
        parquet.write_table(table, file.buffer)


def made_of(results: Sequence[Result], answers: Mapping[str, list[Any]]) -> Made:
    """Count what became of rows, of which these are the columns of answers.

    >>> blank, late = Undecided(reason="no_text", detail=""), Undecided(reason="timeout", detail="")
    >>> made = made_of([blank, late, blank], {})
    >>> made.errors, made.passing, made.usage
    ({'no_text': 2, 'timeout': 1}, [1], {})
    """
    reasons = [one.reason if isinstance(one, Undecided) else None for one in results]
    passing = [at for at, reason in enumerate(reasons) if reason in WORTH_A_RETRY]
    return Made(answers, _most_common(filter(None, reasons)), _summed(_used(results)), passing)


def made_again(kept: Kept, were: "Table", again: Made) -> Made:
    """Put new answers in the places of those that did not come; `were` is what the part says now."""
    answers = {name: were[name].to_pylist() for name in again.answers}
    for name, cells in again.answers.items():
        for at, cell in zip(kept.passing, cells, strict=True):
            answers[name][at] = cell
    lasting = {reason: count for reason, count in kept.part.errors.items() if reason not in WORTH_A_RETRY}
    errors = _most_common((Counter(lasting) + Counter(again.errors)).elements())
    usage = _summed([*kept.part.usage.items(), *again.usage.items()])
    return Made(answers, errors, usage, [kept.passing[at] for at in again.passing])


def _most_common(reasons: Iterable[str]) -> dict[str, int]:
    return dict(Counter(reasons).most_common())


def _summed(used: Iterable[tuple[str, Usage]]) -> dict[str, Usage]:
    usage: dict[str, Usage] = {}
    for name, own in used:
        usage[name] = added(usage.get(name, NO_TOKENS), own)
    return usage


def _used(results: Sequence[Result]) -> Iterator[tuple[str, Usage]]:
    for one in results:
        for name, answer in one.answers.items():
            yield name, getattr(answer.raw, "usage", NO_TOKENS)
