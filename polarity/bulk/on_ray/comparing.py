"""Two sides over files, compared in bulk: labelled by both, and a report over what is kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from polarity.asking.rows import named as free_name
from polarity.bulk.columns import ANSWER, Wish
from polarity.bulk.on_ray.rows import GOLD
from polarity.bulk.on_ray.running import DEFAULTS, Chosen, OnPart, classify_files
from polarity.records import DEFAULT_COLUMNS, Columns, Intake
from polarity.report import Report, compare, settings_for
from polarity.settings import Settings, load_settings

REPORTS: Final = ("_report.html", "_report.md")


def compare_files(
    named: Sequence[str],
    folder: Path,
    settings: Settings | None = None,
    *,
    left: str,
    right: str,
    columns: Columns = DEFAULT_COLUMNS,
    chosen: Chosen = DEFAULTS,
    intake: Intake | None = None,
    on_part: OnPart = lambda _: None,
) -> Report:
    """Have both sides answer about every row, and write the report beside the parts, as `REPORTS`.

    A side is a backend's name or "column:NAME", as in `compare`. Raises as `classify_files` and `compare`.
    """
    settings = settings_for(left, right, settings or load_settings())
    chosen = chosen._replace(ask_all=True, wish=Wish(scores=chosen.wish.scores, raws=True))
    classify_files(named, folder, settings, columns=columns, chosen=chosen, on_part=on_part)
    outputs = [folder / name for name in REPORTS]
    left, right = (_kept(side, columns) for side in (left, right))
    return compare(folder, outputs, settings, left=left, right=right, columns=columns, intake=intake)


def _kept(side: str, columns: Columns) -> str:
    """Name a side as the folder does: a column of the input gives way to those of an answer.

    >>> [_kept(side, DEFAULT_COLUMNS) for side in ("bert", "column:confidence", "column:label")]
    ['bert', 'column:input_confidence', 'column:gold']
    """
    _, is_column, name = side.partition("column:")
    if not is_column:
        return side
    return f"column:{GOLD if name == columns.label else free_name(name, (), (*ANSWER, GOLD))}"
