"""`polarity classify --engine ray`: files in, a folder of Parquet out."""

from collections import Counter
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from polarity.cli.console import Bar, err, progress
from polarity.cli.reading import Reading
from polarity.pages.terminal import harmless

if TYPE_CHECKING:
    from polarity.settings import Settings
    from polarity.stored.folders import Part


def classify_in_bulk(
    named: list[str],
    out: Path | None,
    settings: "Settings",
    reading: Reading,
    *,
    left: str | None,
    right: str | None,
    wish: tuple[bool, bool],
    **chosen: Any,
) -> NoReturn:
    """Label what is named into a folder, and compare two sides over it where they are given.

    Raises:
        typer.BadParameter: something is not said that has to be.
        typer.Exit: it is done; with 1 if a text got no label.
    """
    if not named or out is None:
        raise typer.BadParameter("--engine labels INPUT... into a folder: -o DIR")
    if bool(left) != bool(right):
        raise typer.BadParameter("--left and --right go together")
    from polarity.bulk.columns import Wish
    from polarity.bulk.on_ray.running import Chosen, classify_files

    how = Chosen(wish=Wish(*wish), **chosen)
    columns = reading.columns
    with progress("classifying") as bar:
        watch = _Watch(bar)
        if left and right:
            from polarity.bulk.on_ray.comparing import compare_files

            compare_files(
                named,
                out,
                settings,
                left=left,
                right=right,
                columns=columns,
                chosen=how,
                intake=reading,
                on_part=watch.see,
            )
        else:
            classify_files(named, out, settings, columns=columns, chosen=how, on_part=watch.see)
    err.print(f"wrote {harmless(str(out))}")
    raise typer.Exit(watch.say_errors())


class _Watch:
    """Sees parts come, and counts their rows and what got no label."""

    def __init__(self, bar: Bar) -> None:
        self._bar, self._begun = bar, monotonic()
        self._rows = 0
        self._errors: Counter[str] = Counter()

    def see(self, part: "Part") -> None:
        """Show it. How many there will be nobody knows before the last file is read."""
        self._rows += part.rows
        self._errors.update(part.errors)
        speed = f"{self._rows / max(monotonic() - self._begun, 0.001):,.0f}/s"
        failed = f", {self._errors.total():,} without a label" if self._errors else ""
        self._bar.at(self._rows, None, f"{speed}{failed}")

    def say_errors(self) -> int:
        """Say how many rows got no label, and why; give the exit status."""
        if not self._errors:
            return 0
        why = ", ".join(f"{count:,} {reason}" for reason, count in self._errors.most_common())
        err.print(f"{self._errors.total():,} of {self._rows:,} rows got no label ({why}): see _errors")
        return 1
