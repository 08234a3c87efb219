"""`polarity contract suggest SOURCE`."""

import json
from pathlib import Path

import pytest

from polarity.contract import load_contract

from ..conftest import Run
from .test_diff import OLD

ROWS = [
    {"id": "a1", "text": "Mine: yes", "source": "written"},
    {"id": "a2", "text": "Mine: no", "source": "written"},
    {"id": "a3", "text": "Ours, yes", "source": "written"},
    {"id": "a4", "text": "hm | hm", "source": "written"},
    {
        "id": "t1",
        "text": "Ours, no",
        "source": "written",
        "expect": {"kind": "unmapped", "reason": "undeclared"},
    },
]
PRINTED = """\
answers 1.2.3: 4 of 5 answers are not read; forms: 3; traps: 1

  1  2 x  mine: {label}
       a1: 'Mine: yes'
       a2: 'Mine: no'
     not read  undeclared 2
     add       rules.frames: 'mine: {label}'
     over all  gained 2, changed 0, lost 0

  2  1 x  {words}, {label}
       a3: 'Ours, yes'
     not read  undeclared 1
     add       rules.preambles: 'ours'
     over all  gained 2, changed 0, lost 0
     REFUSED   breaks t1, 'Ours, no': unmapped undeclared, would be verdict NO exact

  3  1 x  {words} | {words}
       a4: 'hm | hm'
     not read  undeclared 1
     add       nothing: no word of a label, and no reader said
"""


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A contract file, with a comment."""
    path = tmp_path / "old.toml"
    path.write_text(OLD.replace("[rules]", "[rules] # said of words"))
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Answers that the contract does not read, and a trap."""
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_forms_are_printed_with_lines_and_what_they_change(run: Run, contract: Path, corpus: Path) -> None:
    """The most frequent first; what breaks a trap is refused with it."""
    ran = run("contract", "suggest", corpus, "--contract", contract)
    assert (0, PRINTED, "") == ran


def test_markdown_has_a_heading_for_each_form(run: Run, contract: Path, corpus: Path) -> None:
    """What others wrote is code."""
    ran = run("contract", "suggest", corpus, "--contract", contract, "--markdown")
    assert 0 == ran.status
    assert "\n## 1. `mine: {label}`\n\n2 x, such as:\n\n- `Mine: yes`\n" in ran.out
    assert "\n## 3. `{words} | {words}`\n" in ran.out


def test_json_has_everything(run: Run, contract: Path, corpus: Path) -> None:
    """Ids of all answers, lines, and what they change."""
    ran = run("contract", "suggest", corpus, "--contract", contract, "--json", "--forms", 2)
    found = json.loads(ran.out)
    assert (5, 4, 1, 3) == tuple(found[name] for name in ("answers", "unread", "traps", "forms"))
    assert [False, True] == [one["refused"] for one in found["suggestions"]]
    first = found["suggestions"][0]
    assert [{"key": "rules.frames", "text": "mine: {label}"}] == first["lines"]
    assert (["a1", "a2"], ["a1", "a2"]) == (first["answers"], first["gained"])


def test_only_the_first_rows_are_read(run: Run, contract: Path, corpus: Path) -> None:
    """`--limit` as elsewhere."""
    ran = run("contract", "suggest", corpus, "--contract", contract, "--limit", 1)
    assert "1 of 1 answers are not read; forms: 1; traps: none, for no row fixes its outcome" in ran.out


def test_accepted_lines_are_written_into_a_copy(run: Run, contract: Path, corpus: Path) -> None:
    """With its comments and the next version; the contract itself stays as it was."""
    new, before = contract.with_name("new.toml"), contract.read_text()
    ran = run("contract", "suggest", corpus, "--contract", contract, "--accept", "1", "--write", new)
    assert 0 == ran.status
    assert f"wrote {new}: answers 1.3.0, a minor version; gained 2, changed 0, lost 0\n" == ran.err
    assert before == contract.read_text()
    assert (
        before.replace("1.2.3", "1.3.0").replace('is {label}"]', 'is {label}", "mine: {label}"]')
        == new.read_text()
    )
    assert 0 == run("contract", "diff", contract, new).status
    assert "mine: {label}" in load_contract(new).rules.frames


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        (("--accept", "9", "--write", "NEW"), 2, "no suggestion has the number 9: they are 1 to 3"),
        (("--accept", "2", "--write", "NEW"), 2, "suggestion 2 is refused: it breaks 't1'"),
        (("--accept", "3", "--write", "NEW"), 2, "suggestion 3 has no lines to add"),
        (("--accept", "1,x", "--write", "NEW"), 2, "--accept: '1,x' is no list of numbers such as 3,5"),
        (("--accept", "", "--write", "NEW"), 2, "--accept: '' is no list of numbers such as 3,5"),
        (("--write", "NEW"), 2, "--write and --accept go together"),
        (("--accept", "1"), 2, "--write and --accept go together"),
        (("--accept", "1", "--write", "OLD"), 1, "old.toml: is there already"),
        (("--accept", "1", "--write", "no/NEW"), 1, "no such folder"),
        (("--json", "--markdown"), 2, "--markdown and --json exclude each other"),
    ],
)
def test_bad_options_are_named_and_write_nothing(
    run: Run, contract: Path, corpus: Path, options: tuple[str, ...], status: int, problem: str
) -> None:
    """Each says what is wrong with what value."""
    places = {"NEW": "new.toml", "OLD": "old.toml", "no/NEW": "no/new.toml"}
    typed = [contract.parent / places[option] if option in places else option for option in options]
    ran = run("contract", "suggest", corpus, "--contract", contract, *typed)
    assert status == ran.status
    assert problem in " ".join(ran.err.replace("│", " ").split())
    assert not contract.with_name("new.toml").exists()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "none.md",
            "# Answers",
            "none.md:1: not JSON: Expecting value at column 1; completions are",
        ),
        ("none.jsonl", "", "none.jsonl: holds no answers"),
        ("none.jsonl", "{}", "none.jsonl:1: id: is missing"),
        ("none.json", "{}", "none.json: contract: is missing"),
        ("absent.jsonl", None, "absent.jsonl: cannot be read"),
    ],
)
def test_a_source_without_answers_is_named(
    run: Run, contract: Path, corpus: Path, name: str, content: str | None, problem: str
) -> None:
    """Also beside one that has some."""
    path = corpus.with_name(name)
    if content is not None:
        path.write_text(content)
    ran = run("contract", "suggest", corpus, path, "--contract", contract)
    assert 1 == ran.status
    assert problem in ran.err
