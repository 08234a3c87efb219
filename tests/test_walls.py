"""The walls hold: import-linter refuses a module that stands nowhere, climbs, or brings a vendor."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The package's modules and the linter's settings, to build on."""
    sources = shutil.ignore_patterns("*.safetensors", "*.json", "*.txt", "__pycache__")
    shutil.copytree(ROOT / "polarity", tmp_path / "polarity", ignore=sources)
    for name in ("pyproject.toml", "tests/vendors.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _lint(house: Path) -> tuple[int, str]:
    line = [sys.executable, "-c", LINTER, "--no-cache"]
    done = subprocess.run(line, cwd=house, capture_output=True, text=True, check=False)
    return done.returncode, " ".join(done.stdout.split())


BAD = {
    "attic": "",  # a root module without a floor
    "records/high": "import polarity.report",  # a climb
    "records/new": "import requests",  # an unknown vendor
    "records/late": "def f():\n    from torch import nn",  # a vendor in another's room
}


@pytest.mark.slow
def test_what_is_bad_is_refused(house: Path) -> None:
    """Each bad module is named, with what is wrong, and so is a room that does not use its vendor."""
    for module, source in BAD.items():
        (house / "polarity" / f"{module}.py").write_text(f'"""Bad."""\n\n{source}\n', "utf-8")
    settings = (house / "pyproject.toml").read_text("utf-8")
    listed = settings.replace('uvicorn = ["service"]', 'uvicorn = ["records", "service"]\nabsent = ["pages"]')
    (house / "pyproject.toml").write_text(listed, "utf-8")
    status, out = _lint(house)
    assert 1 == status
    for said in (
        "polarity.attic",
        "records is not allowed to import polarity.report",
        "polarity.records.new imports requests: no room may",
        "polarity.records.late imports torch: only ",
        "nothing in records imports uvicorn: take it off the list",
        "nothing in pages imports absent: take it off the list",
    ):
        assert said in out


@pytest.mark.slow
def test_the_house_as_it_is_stands(house: Path) -> None:
    """Without a bad module the same linter has nothing to say."""
    status, out = _lint(house)
    assert 0 == status, out
