"""`polarity watch`, from a store alone."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from polarity.store import open_store
from tests.watch.stores import REVIEWS, START, entries, fill, switched

from .conftest import Run

DAY = timedelta(days=1)
REFERENCE = ("--reference", "2026-11-02..2026-11-08", "--every", "1d", "--since", "2026-11-09")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a store that is not made yet, in the settings."""
    found = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    monkeypatch.setenv("POLARITY_STORE__URL", found)
    return found


@pytest.mark.slow
def test_a_drift_leaves_with_three_and_files(url: str, tmp_path: Path, run: Run) -> None:
    """The tables on standard output, the page and the numbers in files, what drifted on standard error."""
    with open_store(url) as store:
        switched(store)
    done = run("watch", *REFERENCE, "-o", str(tmp_path / "watch.html"), "-o", str(tmp_path / "watch.json"))
    assert 3 == done.status
    assert "drifted, likely since 2026-11-09 00:00, and 5 more" in done.out
    assert "What changed since 2026-11-09 00:00" in done.out
    assert "gate failed: " in done.err
    assert "<svg" in (tmp_path / "watch.html").read_text("utf-8")
    assert "failed" == json.loads((tmp_path / "watch.json").read_text("utf-8"))["judgement"]["status"]


@pytest.mark.slow
def test_no_drift_leaves_with_zero(url: str, run: Run) -> None:
    """And `--json` prints everything on one line."""
    with open_store(url) as store:
        fill(store, entries(REVIEWS, 700, START, START + 14 * DAY))
    done = run("watch", *REFERENCE, "--json")
    assert 0 == done.status
    found = json.loads(done.out)
    assert ("passed", 700) == (
        found["judgement"]["status"],
        sum(one["decisions"] for one in found["periods"]),
    )


def test_too_little_leaves_with_four(url: str, run: Run) -> None:
    """An empty store tells nothing."""
    with open_store(url):
        pass
    done = run("watch")
    assert 4 == done.status
    assert "inconclusive: the reference holds 0 decisions" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--reference", "monday"], "'monday' is no stretch of time"),
        (["--since", "soon"], "'soon' is no time"),
        (["--every", "1.5h"], "'1.5h' is no length of time"),
        (["--reference", "2026-01-01..2026-02-01", "--every", "1s"], "is too short a period"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(url: str, arguments: list[str], message: str, run: Run) -> None:
    """The error shows what was written."""
    with open_store(url):
        pass
    done = run("watch", *arguments)
    assert 2 == done.status
    assert message in done.err
