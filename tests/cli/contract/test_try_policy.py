"""`polarity contract try-policy`."""

import json
import shutil
from pathlib import Path

import pytest

from tests.synthetic import CONTRACT, SOURCE, bert, golds, llm, other, report

from ..conftest import Run

COMMAND = ("contract", "try-policy")
ROWS = [
    (gold, bert(gold, 0.9) if at % 2 else bert(other(gold), 0.6), llm(gold, 0.99))
    for at, gold in enumerate(golds(60))
]


@pytest.fixture(scope="module")
def _reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("reports")
    return [report(folder / "a|1.json", ROWS[:20]), report(folder / "b.json", ROWS[20:])]


@pytest.fixture
def arguments(_reports: list[Path], tmp_path: Path) -> tuple[object, ...]:
    """Two reports, and a contract whose policy asks the LLM below 0.7."""
    contract = tmp_path / "small.toml"
    contract.write_text(SOURCE.replace("skip_llm_above = 0.95", "skip_llm_above = 0.7"), "utf-8")
    files = [shutil.copy(path, tmp_path) for path in _reports]
    return (*files, "--contract", contract)


def test_json_holds_both_tables(run: Run, arguments: tuple[object, ...]) -> None:
    """The contract that was tried, each side on each file and on all, and the sweep."""
    status, out, err = run(*COMMAND, *arguments, "--json")
    assert (0, "") == (status, err)
    found = json.loads(out)
    assert ("small", "1.2.3") == (found["contract"]["id"], found["contract"]["version"])
    assert CONTRACT.ref.sha256 != found["contract"]["sha256"]
    *_, both = found["measured"]
    assert ("all", "both", 60, 1.0, 0.5) == tuple(
        both[key] for key in ("data", "who", "n", "accuracy", "llm_share")
    )
    assert 9 == len(found["measured"])
    swept = [(point["share"], point["measured"]["accuracy"]) for point in found["sweep"]]
    assert [(0.0, 0.5), (1.0, 1.0)] == [swept[0], swept[-1]]
    assert found["sweep"][-1]["skip_llm_above"] is None


def test_markdown_is_three_tables(run: Run, arguments: tuple[object, ...]) -> None:
    """Every row has as many cells as its header, also where a file's name holds a pipe."""
    status, out, err = run(*COMMAND, *arguments, "--markdown")
    assert (0, "") == (status, err)
    assert ["## The policy of small 1.2.3 and each backend alone"] == out.splitlines()[:1]
    tables = [block.splitlines() for block in out.split("\n\n") if block.startswith("|")]
    assert [2 + 9, 2 + 3, 2 + 7] == [len(lines) for lines in tables]
    for lines in tables:
        assert 1 == len({line.replace(r"\|", "").count("|") for line in lines})
    assert "| all | both | 60 | 1.0000 | 1.0000 | 50.0% |" in out
    assert "| all | both | +0.5000 (" in out


def test_tables_are_drawn(run: Run, arguments: tuple[object, ...]) -> None:
    """Without a format: both tables for a person."""
    status, out, _ = run(*COMMAND, *arguments)
    assert 0 == status
    assert all(
        word in out
        for word in ("against BERT", "against the LLM", "skip_llm_above", "a|1.json", "b.json", "all")
    )


@pytest.mark.slow
def test_pages(run: Run, arguments: tuple[object, ...], tmp_path: Path) -> None:
    """Written in each format beside what is printed, and named on standard error."""
    pages = [tmp_path / f"page{suffix}" for suffix in (".html", ".json", ".md")]
    files = [word for path in pages for word in ("-o", path)]
    status, out, err = run(*COMMAND, *arguments, "--json", *files)

    assert (0, [f"wrote {path}" for path in pages]) == (status, err.splitlines())
    printed, content = json.loads(out), json.loads(pages[1].read_text("utf-8"))
    assert ["a|1.json", "b.json"] == content.pop("about")["reports"]
    assert printed == content
    assert all("of 60 texts" in path.read_text("utf-8") for path in (pages[0], pages[2]))


def test_a_report_is_not_written_over(run: Run, arguments: tuple[object, ...]) -> None:
    """Said before anything is read."""
    status, _, err = run(*COMMAND, *arguments, "-o", arguments[0])

    assert (1, f"error: {arguments[0]}: cannot be written: it is read, and would be lost\n") == (status, err)


@pytest.mark.parametrize("options", [("a.json", "--markdown", "--json"), ("a.json", "x/a.json"), ()])
def test_wrong_usage(run: Run, options: tuple[str, ...]) -> None:
    """Two formats, two files of one name, no file."""
    status, out, err = run(*COMMAND, *options)
    assert (2, "") == (status, out)
    assert "error" in err.lower() or "Usage" in out + err


def test_a_file_that_is_no_report(run: Run, tmp_path: Path) -> None:
    """The file is named."""
    path = tmp_path / "x.json"
    path.write_text("[]", "utf-8")
    contract = tmp_path / "small.toml"
    contract.write_text(SOURCE, "utf-8")
    status, _, err = run(*COMMAND, path, "--contract", contract)
    assert 1 == status
    assert err.startswith(f"error: {path}: ")


def test_a_report_of_others_is_refused(run: Run, tmp_path: Path) -> None:
    """The policy decides between BERT and the LLM: a report of two columns says nothing of it."""
    path = report(tmp_path / "x.json", [("NEGATIVE", bert("NEGATIVE", 0.9), llm("NEGATIVE", 0.9))])
    path.write_text(path.read_text("utf-8").replace('"backend": "bert"', '"backend": "rules"'), "utf-8")
    contract = tmp_path / "small.toml"
    contract.write_text(SOURCE, "utf-8")
    status, _, err = run(*COMMAND, path, "--contract", contract)
    problem = "meta: not a report of 'bert' and 'llm' but of ('rules', 'llm')"
    assert (1, f"error: {path}: {problem}\n") == (status, err)
