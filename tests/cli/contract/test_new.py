"""`polarity contract new`."""

import json
from pathlib import Path

import pytest

from ..conftest import Run


@pytest.mark.parametrize("like", ["spam", "polarity", "stars"])
def test_new_writes_a_contract_that_reads_answers(run: Run, tmp_path: Path, like: str) -> None:
    """It is valid, named by its file, and reads its labels' words, also in a sentence of the other one."""
    path = tmp_path / "urgency.toml"
    assert 0 == run("contract", "new", path, "--labels", "CALM, URGENT", "--from", like).status
    assert run("contract", "check", path).out.startswith("ok: urgency 0.1.0 ")
    answers = b'{"text": "Urgent."}\n{"text": "not calm"}\n'
    found = map(json.loads, run("contract", "map", "--contract", path, stdin=answers).out.splitlines())
    assert ["URGENT", None] == [each.get("label") for each in found]


def test_new_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    """What is there stays."""
    path = tmp_path / "mine.toml"
    path.write_text("dear", "utf-8")
    status, _, err = run("contract", "new", path, "--labels", "A,B")
    assert (1, "dear") == (status, path.read_text("utf-8"))
    assert "is there already" in err


@pytest.mark.parametrize(
    ("labels", "problem"), [("ONE", "labels"), ("A,a", "holds a label twice"), ("A,,B", "rules.aliases")]
)
def test_new_refuses_what_would_be_invalid(run: Run, tmp_path: Path, labels: str, problem: str) -> None:
    """Nothing is written then."""
    path = tmp_path / "mine.toml"
    status, _, err = run("contract", "new", path, "--labels", labels)
    assert (1, False) == (status, path.exists())
    assert problem in err
