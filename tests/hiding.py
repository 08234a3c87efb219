"""Commands where only the core is installed, one after the other: `python -m tests.hiding < COMMANDS`.

A JSON list of lists of arguments comes in, and a JSON list of [status, stdout, stderr] goes out.
"""

import io
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
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
        hidden = any(f"{name}.".startswith(f"{known}.") for known in HIDDEN)
        found: ModuleSpec | None = None if hidden else self._finder.find_spec(name, path, target)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)


def hide() -> None:
    """Let nothing that is hidden be found from here on."""
    sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]


def ran(args: list[str]) -> tuple[object, str, str]:
    """Run one command."""
    from polarity.cli import main

    sys.argv = ["polarity", *args]
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
            status: object = 0
        except SystemExit as left:
            status = left.code
    out.seek(0)
    return status, out.read(), err.getvalue()


if __name__ == "__main__":
    hide()
    print(json.dumps([ran(args) for args in json.load(sys.stdin)]))
