"""`polarity prompt calibrate`."""

import json
from pathlib import Path

import pytest

from tests.synthetic import SOURCE, bert, golds, llm, other, report

from ..conftest import Run

COMMAND = ("prompt", "calibrate")


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A report that says by which prompt the LLM was asked, and the small contract beside it."""
    (tmp_path / "small.toml").write_text(SOURCE, "utf-8")
    right = [other(gold) if at % 5 == 0 else gold for at, gold in enumerate(golds(240))]
    rows = [(gold, bert(gold, 0.9), llm(said, 0.6)) for gold, said in zip(golds(240), right, strict=True)]
    path = report(tmp_path / "a.json", rows)
    found = json.loads(path.read_text("utf-8"))
    found["meta"]["right"] |= {"prompt": "a" * 64}
    found["meta"]["settings"] = {"llm.api": "chat"}
    path.write_text(json.dumps(found), "utf-8")
    return path


def test_a_table_and_the_numbers(run: Run, stored: Path) -> None:
    """What is written, how often labels are right, and each offset; the same as JSON."""
    shown = run(*COMMAND, stored, "--contract", "small.toml", "-o", "new.toml")
    assert (0, "wrote new.toml\n") == (shown.status, shown.err)
    assert "small/chat, out of fold (texts held out)" in shown.out
    assert "temperature " in shown.out
    plain = run(*COMMAND, stored, "--contract", "new.toml", "-o", "new.toml", "--json", "--method", "batch")
    found = json.loads(plain.out)
    assert ("batch", 240, 1.0) == (
        found["calibration"]["fitted"]["method"],
        found["measured"][0]["n"],
        found["calibration"]["temperature"],
    )
    assert 'version = "3.0.0"' in Path("new.toml").read_text("utf-8")


def test_too_little(run: Run, stored: Path) -> None:
    """Exit status 4, and nothing is written."""
    kept = json.loads(stored.read_text("utf-8"))
    kept["pairs"] = kept["pairs"][:199]
    stored.write_text(json.dumps(kept), "utf-8")
    status, out, err = run(*COMMAND, stored, "--contract", "small.toml", "-o", "new.toml")
    assert (4, "") == (status, out)
    assert "199 labelled texts, at least 200 are needed; nothing was written" in err
    assert not Path("new.toml").exists()


@pytest.mark.parametrize(
    "options", [(), ("a.jsonl",), ("a.jsonl", "-o", "b.toml", "--api", "x"), ("-o", "b.toml", "--folds", "1")]
)
def test_wrong_usage(run: Run, options: tuple[str, ...]) -> None:
    """No file, no output, an endpoint that there is not, one fold."""
    status, out, err = run(*COMMAND, *options)
    assert (2, "") == (status, out)
    assert err
