"""`polarity store`, and what else reads a store."""

import json
from pathlib import Path

import pytest

from polarity.classifier import replay
from polarity.contract import load_contract
from polarity.store import open_store
from polarity.types import Completion, Decision, Undecided
from tests.store.helpers import SETUP, entry, recorded

from .conftest import Run

LLM = load_contract()


def _said(text: str) -> Decision | Undecided:
    return replay("llm", {"llm": Completion(text=text)}, LLM)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a store with three decisions of a language model, which the settings name."""
    from dataclasses import replace

    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    monkeypatch.setenv("POLARITY_STORE__URL", url)
    setup = replace(SETUP, backend="llm", contract=LLM.ref, models={})
    texts = ("positive", "not positive", "Negative.")
    with open_store(url) as store:
        made = (entry(at, result=_said(text), setup=setup) for at, text in enumerate(texts))
        recorded(store, *made, entry(3, result=Undecided(reason="unavailable", detail=""), setup=setup))
    return url


def test_info(run: Run, url: str) -> None:
    """How much there is, of whom and from when."""
    status, out, err = run("store", "info")
    assert (0, "") == (status, err)
    assert [url, "4 decisions (4 primary) from 2026-11-26 12:00:00+00:00 to 2026-11-26 12:00:03+00:00"] == (
        out.splitlines()[:2]
    )
    found = json.loads(run("store", "info", "--json").out)
    assert (url, 4, "2026-11-26T12:00:00+00:00") == (found["store"], found["decisions"], found["first"])


@pytest.mark.usefixtures("url")
def test_export(run: Run, tmp_path: Path) -> None:
    """A file of what is wanted, which `audit` replays."""
    path = tmp_path / "a.jsonl"
    assert (0, "", f"wrote {path}: 2 decisions\n") == run("store", "export", path, "--limit", "2")
    assert 2 == len(path.read_text("utf-8").splitlines())
    since = "2026-11-26T13:00:02+01:00"  # noon and two seconds
    assert (0, "", f"wrote {path}: 2 decisions\n") == run("store", "export", path, "--since", since)
    run("store", "export", path, "--limit", "2")
    status, out, _ = run("audit", path, "--contract-only")
    assert (0, "2 of 2 results are the same") == (status, out.splitlines()[-1])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["store", "export", "a.txt"], 1, "unknown suffix '.txt'"),
        (["store", "export", "a.jsonl", "--since", "soon"], 2, "'soon' is no time"),
        (["store", "export", "no/a.jsonl"], 1, "no such folder"),
        (["store", "purge"], 2, "name --older-than or --request-id"),
        (["store", "purge", "--older-than", "1d", "--request-id", "pol-1"], 2, "--request-id, not both"),
        (["store", "purge", "--request-id", "pol-99"], 1, "nothing was removed: no decision in the store is"),
        (["store", "purge", "--older-than", "soon"], 2, "'soon' is no time"),
        (["store", "info", "--url", "mysql://h/n"], 1, "a store is not kept in 'mysql'"),
    ],
)
def test_what_cannot_be(run: Run, url: str, arguments: list[str], status: int, said: str) -> None:
    """A sentence, a status, and nothing done."""
    found = run(*arguments)
    assert status == found.status
    assert said in found.err
    assert 4 == json.loads(run("store", "info", "--json", "--url", url).out)["decisions"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["store", "export", "a.jsonl"],
        ["store", "purge", "--older-than", "30d"],
        ["watch"],
        ["audit", "pol-1"],
        ["promote", "llm", "--fail-under", "agreement=0.5"],
        ["review", "results"],
    ],
)
def test_a_store_that_is_not_there_is_no_empty_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Whoever reads says that there is no such file, which a typo may be, and makes none."""
    file = tmp_path / "absent.sqlite3"
    monkeypatch.setenv("POLARITY_STORE__URL", f"sqlite:///{file}")
    status, _, err = run(*arguments)
    assert (1, False) == (status, file.exists())
    assert f"error: store 'sqlite:///{file}': no such file: is store.url right?" in err


@pytest.mark.parametrize("arguments", [["store", "export", "a.jsonl"], ["watch"]])
def test_a_side_that_has_decided_nothing_is_named(run: Run, url: str, arguments: list[str]) -> None:
    """A misspelt candidate is no candidate without decisions: those who have some are named."""
    said = f"error: store {url!r}: no decision is of 'nope'; it has decisions of primary\n"
    assert (1, "", said) == run(*arguments, "--side", "nope")
    assert not Path("a.jsonl").exists()


def test_info_makes_a_store(run: Run, tmp_path: Path) -> None:
    """As it says."""
    file = tmp_path / "new.sqlite3"
    status, out, _ = run("store", "info", "--url", f"sqlite:///{file}")
    assert (0, "0 decisions", True) == (status, out.splitlines()[1], file.exists())


def test_purge(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a time, a request, or by the settings' own days."""
    assert (0, "removed 1 decision\n", "") == run("store", "purge", "--request-id", "pol-1")
    assert (0, "removed 1 decision\n", "") == run("store", "purge", "--older-than", "2026-11-26T12:00:01Z")
    monkeypatch.setenv("POLARITY_STORE__RETENTION_DAYS", "36500")
    assert (0, "removed 0 decisions\n", "") == run("store", "purge")
    assert 2 == json.loads(run("store", "info", "--json", "--url", url).out)["decisions"]


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("suffix", ["jsonl", "parquet", "csv", "tsv"])
def test_every_form_of_an_export_is_replayed(run: Run, tmp_path: Path, suffix: str) -> None:
    """A decision without a label, whose cells are empty, is among them; contract diff reads it, too."""
    path = tmp_path / f"week.{suffix}"
    assert 0 == run("store", "export", path).status
    status, out, _ = run("audit", path, "--contract-only")
    assert (0, "3 of 3 results are the same") == (status, out.splitlines()[1])
    found = run("contract", "diff", "polarity", "polarity", "--corpus", path, "--json")
    assert 3 == json.loads(found.out)["answers"]


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            ["--since", "2026-11-01"],
            ["3 of 3 results are the same", "without raw outputs, since no backend had answered: 1 decision"],
        ),
        (["--until", "2026-11-26T13:00:01+01:00"], ["1 of 1 results are the same"]),
        (["store:?until=2026-11-26T12:00:02Z"], ["2 of 2 results are the same"]),
        (["pol-2"], ["1 of 1 results are the same"]),
    ],
)
def test_audit_of_the_store(run: Run, arguments: list[str], lines: list[str]) -> None:
    """A time range, a query or a request's id: all of them are replayed."""
    status, out, _ = run("audit", *arguments, "--contract-only")
    assert 0 == status
    for line in lines:
        assert line in out


@pytest.mark.usefixtures("url")
def test_audit_of_a_request_that_is_not_there(run: Run) -> None:
    """It says that nothing is stored of it."""
    status, _, err = run("audit", "pol-99")
    assert (1, "error: no decision in the store is one of 'store:?request_id=pol-99'\n") == (status, err)


@pytest.mark.usefixtures("url")
def test_contract_diff_reads_the_store(run: Run, tmp_path: Path) -> None:
    """Stored answers are mapped by both contracts."""
    new = tmp_path / "new.toml"
    new.write_text(LLM.source, "utf-8")
    status, out, _ = run("contract", "diff", "polarity", new, "--corpus", "store:", "--json")
    assert (0, 3) == (status, json.loads(out)["answers"])
