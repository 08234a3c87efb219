"""`polarity contract diff OLD NEW`."""

import json
from pathlib import Path

import pytest

from ..conftest import FIXTURES, Run

OLD = """\
id = "answers"
version = "1.2.3"
labels = ["NO", "YES"]
binding = { n = "NO", y = "YES" }

[prompt]
template = "Q: {text}"
cue = "A:"

[rules]
frames = ["the answer is {label}"]
abstain = ["perhaps"]

[rules.aliases]
NO = ["no"]
YES = ["yes"]

[rules.phrases]
NO = ["not at all"]
YES = ["you bet"]

[policy]
skip_llm_above = 0.9
bert_floor = 0.5
bert_trust = 0.7
tie_label = "NO"
"""
CORPUS = """\
{"id": "c1", "text": "Not at all!", "source": "written"}
{"id": "c2", "text": "yes", "source": "written"}
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A contract file."""
    path = tmp_path / "old.toml"
    path.write_text(OLD)
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two stored completions."""
    path = tmp_path / "corpus.jsonl"
    path.write_text(CORPUS)
    return path


def follow(old: Path, version: str, *edits: tuple[str, str]) -> Path:
    """Write the contract that is to follow."""
    text = old.read_text().replace("1.2.3", version)
    for there, instead in edits:
        assert there in text
        text = text.replace(there, instead)
    path = old.with_name("new.toml")
    path.write_text(text)
    return path


REMOVED = ('NO = ["not at all"]', "NO = []")
ADDED = ('NO = ["not at all"]', 'NO = ["not at all", "no way"]')
COMMENT = ("[rules]", "[rules] # said of words")


@pytest.mark.parametrize(
    ("version", "edit", "expected"),
    [
        ("1.2.4", COMMENT, 0),
        ("1.3.0", ADDED, 0),
        ("2.0.0", ADDED, 0),
        ("2.0.0", REMOVED, 0),
        ("1.2.3", COMMENT, 3),
        ("1.2.2", COMMENT, 3),
        ("1.2.4", ADDED, 3),
        ("1.3.0", REMOVED, 3),
    ],
)
def test_the_version_is_a_gate(
    run: Run, old: Path, version: str, edit: tuple[str, str], expected: int
) -> None:
    """A version that rises enough passes; one that says too little is exit status 3."""
    status, out, err = run("contract", "diff", old, follow(old, version, edit))
    assert expected == status
    assert (expected == 3) == ("gate failed: the changes need a " in err)
    assert f"answers 1.2.3 -> answers {version}: " in out


def test_removed_rules_under_a_patch_version(run: Run, old: Path, corpus: Path) -> None:
    """A deliberately wrong version: the reason names key and text, and the completion that lost its label."""
    status, out, err = run("contract", "diff", old, follow(old, "1.2.4", REMOVED), "--corpus", corpus)
    assert 3 == status
    assert [
        "gate failed: the changes need a major version, but 1.2.4 is only a patch above 1.2.3",
        "  rules.phrases.NO: 'not at all' no longer states its label",
        "  c1: verdict NO -> unmapped undeclared",
    ] == err.splitlines()
    assert "major  rules.phrases.NO: " in out
    assert "  - not at all" in out
    assert "1 of 2 stored answers have another outcome" in out


def test_json(run: Run, old: Path, corpus: Path) -> None:
    """One object with both names, every change, and every other outcome with its raw output."""
    status, out, _ = run("contract", "diff", old, follow(old, "1.2.4", REMOVED), "--corpus", corpus, "--json")
    found = json.loads(out)
    assert (3, "major", 2, "1.2.3", "1.2.4") == (
        status,
        found["needed"],
        found["answers"],
        found["old"]["version"],
        found["new"]["version"],
    )
    assert ["rules.phrases.NO", ["not at all"], [], "major"] == [
        found["changes"][0][name] for name in ("key", "removed", "added", "level")
    ]
    (moved,) = found["remapped"]
    assert ("c1", "NO", "undeclared", "Not at all!") == (
        moved["id"],
        moved["before"]["label"],
        moved["after"]["reason"],
        moved["raw"]["text"],
    )


def test_another_id_is_another_contract(run: Run, old: Path) -> None:
    """Whatever its version."""
    new = follow(old, "9.0.0", ('id = "answers"', 'id = "others"'))
    status, _, err = run("contract", "diff", old, new)
    assert (3, "gate failed: id 'others' is not 'answers': another contract, not another version") == (
        status,
        err.splitlines()[0],
    )


def test_the_same_file(run: Run, old: Path) -> None:
    """Nothing differs, and nothing is asked of the version."""
    assert (0, "answers 1.2.3 -> answers 1.2.3: the files are the same\n", "") == run(
        "contract", "diff", old, old
    )


@pytest.mark.parametrize("name", ["old.toml", "corpus.jsonl", "report.json"])
def test_what_cannot_be_read_is_named(run: Run, old: Path, name: str) -> None:
    """A contract, a corpus or a report that is none is exit status 1 with the file's name."""
    bad = old.with_name(f"bad-{name}")
    bad.write_text("{")
    args = (bad, old) if name == "old.toml" else (old, old, "--corpus", bad)
    status, out, err = run("contract", "diff", *args)
    assert (1, "") == (status, out)
    assert err.startswith(f"error: {bad}")


@pytest.mark.slow
def test_the_golden_corpus_is_a_corpus(run: Run) -> None:
    """The default contract against itself over the fixtures: no outcome changes."""
    path = FIXTURES.parent / "contracts" / "polarity.v1.toml"
    status, out, _ = run("contract", "diff", path, path, "--corpus", FIXTURES / "completions.jsonl")
    assert 0 == status
    assert "0 of " in out
