"""Files dealt out to the workers, with `--dist each`: what a file imports, only its worker imports.

Otherwise each worker of xdist collects all files, and collecting takes as long as a third of the quick
tests: torch and transformers alone take seconds. Rooms whose tests need them go to one half of the
workers, all others to the other half.
"""

from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

ROOT = Path(__file__).parent.parent
# By what they import, and so that both halves take about the same time.
WITH_TORCH = frozenset(
    {"asking", "backends", "classifier", "cli", "docs", "optimizing", "service", "training"}
)


def worker_of(file: Path, count: int) -> int:
    """Say which of `count` workers, from 0 on, has a file below the repository's root.

    >>> [worker_of(Path(name), 2) for name in ("tests/service/test_app.py", "polarity/contract/mapper.py")]
    [0, 1]
    """
    has_torch = file.parts[1].removeprefix("test_").removesuffix(".py") in WITH_TORCH
    half = (range(count // 2) if has_torch else range(count // 2, count)) or range(count)
    return half[crc32(file.as_posix().encode()) % len(half)]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker whether files are dealt out."""
    node.workerinput["is_dealt"] = node.config.option.dist == "each"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a file to the worker that has it."""
    told = getattr(config, "workerinput", {"is_dealt": False})
    if collection_path.suffix != ".py" or not told["is_dealt"]:
        return None
    mine = int(told["workerid"].removeprefix("gw"))
    file = collection_path.relative_to(ROOT)
    return worker_of(file, told["workercount"]) != mine or None
