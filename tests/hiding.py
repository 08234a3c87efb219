"""The command line where only the core is installed: `python -m tests.hiding ARGS`."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from polarity.errors import EXTRAS

HIDDEN = {*EXTRAS, "pandas"}


class Hiding:
    """A finder that does not find what an extra brings."""

    def __init__(self, finder: Any) -> None:
        self._finder = finder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module, unless it is hidden."""
        hidden = name.partition(".")[0] in HIDDEN
        found: ModuleSpec | None = None if hidden else self._finder.find_spec(name, path, target)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)


def hide() -> None:
    """Let nothing that is hidden be found from here on."""
    sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]


if __name__ == "__main__":
    hide()
    from polarity.cli import main

    main()
