"""The chapter on one run, gone in small: its settings, its gates, and its road from decisions to labels."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from polarity.cli import app
from polarity.store import open_store
from tests.store.helpers import decided, entry, recorded

from .pages import DOCS, blocks

PAGE = DOCS / "guides" / "going-live.md"
PAIRS = 400
URL = re.compile(r"^url = .*$", re.MULTILINE)
pytestmark = pytest.mark.slow


def _of_page(language: str) -> str:
    """Give the page's first block in a language."""
    return next(block.text for block in blocks(language) if block.page == PAGE)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's settings over a file, in which the primary and the candidate always agree."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    settings, changed = URL.subn(f'url = "{url}"', _of_page("toml"))
    assert 1 == changed
    (tmp_path / "polarity.toml").write_text(settings + "\n[review]\naudit_share = 0.5\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    rows = [{"text": f"text {at}", "label": ("POSITIVE", "NEGATIVE")[at % 2]} for at in range(PAIRS)]
    (tmp_path / "labelled.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with open_store(url) as store:
        for side in ("primary", "int8"):
            recorded(store, *(entry(at, side=side, result=decided(rows[at]["label"])) for at in range(PAIRS)))
    return tmp_path


def _typed(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, words)
    assert status == result.exit_code, result.output
    return result.output


def test_the_pages_gates_pass_or_wait() -> None:
    """By the page's settings its candidate passes after a few hundred pairs, and not after none."""
    assert "gate passed" in _typed("promote", "int8")
    _typed("promote", "int8", "--since", "2030-01-01", status=4)


def test_labels_come_by_the_road_of_annotations(place: Path) -> None:
    """Known labels go where Label Studio's would, by the page's program: they are the store's own then."""
    if not shutil.which("jq"):
        pytest.skip("without jq, which the page uses")
    _typed("review", "draw")
    _typed("review", "export", "tasks.json")
    (place / "annotate.jq").write_text(_of_page("jq"), "utf-8")
    line = ["jq", "--slurpfile", "rows", "labelled.jsonl", "-f", "annotate.jq", "tasks.json"]
    done = subprocess.run(line, cwd=place, capture_output=True, check=True)
    (place / "annotated.json").write_bytes(done.stdout)
    assert "took" in _typed("review", "import", "annotated.json")
    _typed("store", "export", "gold.jsonl", "--reviewed")
    gold = [json.loads(line) for line in (place / "gold.jsonl").read_text("utf-8").splitlines()]
    assert len(gold) == len(json.loads((place / "tasks.json").read_text("utf-8"))) > PAIRS / 4
    assert all(row["label"] == ("POSITIVE", "NEGATIVE")[int(row["text"].split()[1]) % 2] for row in gold)
