"""What is compared: two sides, what they are called, and which rows they are compared over."""

from dataclasses import replace
from typing import Any, NamedTuple, Self

from polarity.contract import Contract
from polarity.errors import SettingsError
from polarity.records import Columns, near_names
from polarity.report import wording
from polarity.report.columns import Column
from polarity.settings import Settings

BACKENDS = ("bert", "llm")
RESERVED = (*BACKENDS, "decision")
COLUMN = "column:"


class Comparison(NamedTuple):
    """What is compared, and how; see `compare`."""

    left: str
    right: str
    columns: Columns
    sample: int | None
    seed: int
    repeat: int
    slice_by: tuple[str, ...]
    name_left: str | None
    name_right: str | None

    @property
    def chosen(self) -> dict[str, Any]:
        """What makes it the same comparison when it is taken up again."""
        columns = self.columns
        named = {"text_column": columns.text, "label_column": columns.label, "id_column": columns.id}
        kept = ("left", "right", "sample", "seed", "repeat")
        labels = {"labels": dict(columns.labels)} if columns.labels else {}
        return {name: getattr(self, name) for name in kept} | {"limit": columns.limit} | named | labels

    @property
    def backends(self) -> tuple[str, str]:
        """Who answers on both sides: a column by its name, unless something else goes by it in any case."""
        return _backend(self.left), _backend(self.right)

    @property
    def names(self) -> tuple[str, str]:
        """What both sides are called."""
        left, right = self.backends
        return self.name_left or left, self.name_right or right

    @property
    def compared(self) -> list[str]:
        """The columns that are a side."""
        return [side.removeprefix(COLUMN) for side in (self.left, self.right) if side.startswith(COLUMN)]

    @property
    def read(self) -> list[str]:
        """The columns that are read besides text, label and id, or once more."""
        return [*self.compared, *self.slice_by]

    @property
    def apart(self) -> Self:
        """The same, where a label that is a side is no gold label: it would be held against itself."""
        label = self.columns.label
        is_side = label is not None and bool(near_names(label, self.compared))
        return self._replace(columns=replace(self.columns, label=None)) if is_side else self

    @property
    def asked(self) -> list[str]:
        """The backends that are asked."""
        return [side for side in (self.left, self.right) if side in BACKENDS]

    def sides(self, contract: Contract) -> tuple[str | Column, str | Column]:
        """Give both sides, a column read by the contract."""
        left, right = (
            Column(side.removeprefix(COLUMN), contract, self.columns) if side.startswith(COLUMN) else side
            for side in (self.left, self.right)
        )
        return left, right

    def settings(self, settings: Settings) -> Settings:
        """Let only those be loaded that are asked."""
        backend = self.asked[0] if len(self.asked) == 1 else "both"
        return settings.model_copy(update={"backend": backend, "on_unmapped": "error"})


def _backend(side: str) -> str:
    name = side.removeprefix(COLUMN)
    return f"column {name}" if name != side and _shown(name) in RESERVED else name


def _shown(name: str) -> str:
    """Spell a name as far as a reader of a page tells it from another one.

    >>> _shown("llm") == _shown("LLM") == _shown("the LLM")
    True
    """
    return wording.title(name.strip().casefold()).casefold()


def check(comparison: Comparison, *, resume: bool) -> None:
    """Refuse sides that there are not, and what has no meaning for those there are.

    Raises:
        SettingsError: says which.
    """
    for name, side in (("left", comparison.left), ("right", comparison.right)):
        if side not in BACKENDS and (side == COLUMN or not side.startswith(COLUMN)):
            raise SettingsError(f"{name}: {side!r} is neither bert, llm nor column:NAME")
    _check_names(comparison)
    for both in (comparison.backends, comparison.names):
        if len({*both}) == 1:
            raise SettingsError(f"left and right are both {both[0]!r}")
    left, right = comparison.names
    if _shown(left) == _shown(right):
        raise SettingsError(
            f"left is {left!r} and right {right!r}, which look alike on a page: name one by --name-left or "
            "--name-right"
        )
    if resume and not comparison.asked:
        raise SettingsError("two columns are compared in one go: there is nothing to resume")
    if comparison.repeat > 1 and comparison.right not in BACKENDS:
        raise SettingsError("repeat asks the right side again, and a column has nothing more to say")


def _check_names(comparison: Comparison) -> None:
    for option, name in (("--name-left", comparison.name_left), ("--name-right", comparison.name_right)):
        if name is not None and (problem := _name_problem(name)):
            raise SettingsError(f"{option}: {name!r} {problem}")


def _name_problem(name: str) -> str | None:
    """Say why nothing can be called that: a name stands in gates, and means one thing.

    >>> _name_problem("last week"), _name_problem("gpt-4.1")
    ('holds a blank, a sign that cannot be seen, or an =', None)
    """
    if _shown(name) in RESERVED:
        return "is what polarity calls its own"
    if not name or not name.isprintable() or {*name} & {" ", "="}:
        return "holds a blank, a sign that cannot be seen, or an =" if name else "is empty"
    return None
