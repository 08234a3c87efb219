"""The guide's examples, run by the engines that they are for, wherever these are installed."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, Block, blocks

GUIDE = DOCS / "guides" / "bulk.md"
ENGINES = ("ray", "daft", "pyspark")


def _missing(engine: str) -> str | None:
    if find_spec(engine) is None:
        return f"{engine} is not installed"
    return "Spark needs Java" if engine == "pyspark" and not shutil.which("java") else None


def _engine(block: Block) -> str | None:
    return next(
        (engine for engine in ENGINES if f"import {engine}" in block.text or f"from {engine}" in block.text),
        None,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "block", [block for block in blocks("python") if block.page == GUIDE], ids=lambda block: block.id
)
def test_each_example_runs(block: Block, tmp_path: Path) -> None:
    """In a process of its own, beside the files that the pages speak of: it prints what stands below it."""
    engine = _engine(block)
    if engine and (why := _missing(engine)):
        pytest.skip(why)
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    quiet = {"DO_NOT_TRACK": "true", "RAY_USAGE_STATS_ENABLED": "0", "SPARK_LOCAL_IP": "127.0.0.1"}
    ours = {"PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, "-c", block.text],
        cwd=tmp_path,
        env=os.environ | quiet | ours,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    assert _shown(block) == done.stdout


def _shown(block: Block) -> str:
    """Give what the page says that an example prints: the block of text behind it."""
    _, _, behind = GUIDE.read_text("utf-8").partition(block.text)
    return behind.partition("```text\n")[2].partition("```")[0]
