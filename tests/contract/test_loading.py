"""A loaded contract: its exact name, its rules, and that no label is written in code."""

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import polarity
from polarity.contract import Contract, load_contract, mapper
from polarity.contract.packaged import packaged
from polarity.errors import CheckpointError, ContractError
from polarity.types import Completion, Verdict

from .helpers import some_text_of

PACKAGE = Path(polarity.__file__).parent
CONTRACTS = sorted((PACKAGE / "contracts").glob("*.toml"))
DEFAULT = PACKAGE / "contracts" / "polarity.v1.toml"


def test_default_contract_is_the_packaged_file() -> None:
    """Without a path, the polarity contract is loaded, named by id, version and the hash of its bytes."""
    contract = load_contract()
    assert ("polarity", hashlib.sha256(DEFAULT.read_bytes()).hexdigest()) == (
        contract.ref.id,
        contract.ref.sha256,
    )
    assert DEFAULT.read_text("utf-8") == contract.source
    assert load_contract(DEFAULT) == contract


def test_a_packaged_contract_goes_by_its_id() -> None:
    """The id stands for the file, and the file is named by it."""
    assert packaged().keys() == {load_contract(Path(name)).ref.id for name in packaged()}
    assert load_contract(DEFAULT) == load_contract(Path("polarity"))


def test_a_file_comes_before_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of that very name is read; a folder, as one of data, is no contract."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spam").write_bytes(DEFAULT.read_bytes())
    (tmp_path / "stars").mkdir()
    assert ["polarity", "stars"] == [load_contract(Path(name)).ref.id for name in ("spam", "stars")]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """Neither a file nor an id: the error lists the ids."""
    with pytest.raises(ContractError, match=r"named by an id: polarity, spam, stars"):
        load_contract(Path("ham"))


def test_a_byte_order_mark_is_no_part_of_a_contract(tmp_path: Path) -> None:
    """Editors that write one make no other contract, but for its hash, and problems are found behind it."""
    path = tmp_path / "mine.toml"
    path.write_text(DEFAULT.read_text("utf-8"), "utf-8-sig")
    assert load_contract().file == load_contract(path).file
    assert load_contract().source == load_contract(path).source
    path.write_text("labels = 3", "utf-8-sig")
    with pytest.raises(ContractError, match=r"id: is missing"):
        load_contract(path)


def test_any_change_of_the_file_is_another_contract() -> None:
    """Also a comment changes the hash: a contract is named by its bytes."""
    source = DEFAULT.read_bytes()
    assert Contract.parse(source).ref != Contract.parse(source + b"# a comment\n").ref


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_every_contract_maps_its_own_words(path: Path) -> None:
    """Each contract in the package reads its own answer words, framed or not, as its own labels."""
    contract = load_contract(path)
    assert set(contract.labels) == set(contract.file.answer_words)
    for label, word in contract.file.answer_words.items():
        framed = [
            some_text_of(frame, seed, contract.rules.parts).replace("{label}", word)
            for frame in contract.rules.frames
            for seed in range(5)
        ]
        for text in [word, f"{word.upper()}.\n", *framed]:
            outcome = mapper.map(Completion(text=text), contract)
            assert isinstance(outcome, Verdict), text
            assert (label, contract.ref) == (outcome.label, outcome.contract)


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_every_contract_shows_each_label(path: Path) -> None:
    """Each contract's prompt has an example of each of its labels."""
    contract = load_contract(path)
    assert set(contract.labels) == {example.label for example in contract.prompt.examples}


def test_there_is_more_than_one_contract() -> None:
    """A second contract with other labels proves that none is hard-wired."""
    assert {"polarity", "spam"} <= {load_contract(path).ref.id for path in CONTRACTS}


def test_binding_accepts_the_names_in_any_order() -> None:
    """A checkpoint's label names fit, whatever their order."""
    load_contract().check_binding(["positive", "negative", "neutral"])


@pytest.mark.parametrize(
    "names",
    [
        ["LABEL_0", "LABEL_1", "LABEL_2"],
        ["negative", "positive"],
        ["negative", "neutral", "positive", "mixed"],
        ["negative", "negative", "neutral", "positive"],
    ],
)
def test_binding_must_be_a_bijection(names: list[str]) -> None:
    """A checkpoint with other, fewer, more or repeated label names is refused by name."""
    with pytest.raises(CheckpointError, match=re.escape(str(sorted(names)))):
        load_contract().check_binding(names)


def _documentation(tree: ast.AST) -> set[ast.AST]:
    """Docstrings, and the examples that a published schema carries."""
    found: set[ast.AST] = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "json_schema_extra":
            found |= set(ast.walk(node.value))
    return found


def _words_in_code(source: str) -> Iterator[tuple[int, str]]:
    """Every name and string that the code runs on, with its line; no comment and no docstring."""
    tree = ast.parse(source)
    skipped = _documentation(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.lineno, node.value
        elif isinstance(node, (ast.Name, ast.Attribute)):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


LABEL_WORDS = sorted({label for path in CONTRACTS for label in load_contract(path).labels})


def _labels_in(source: str) -> list[str]:
    label = re.compile(rf"(?<![A-Za-z]){'(?:' + '|'.join(LABEL_WORDS) + ')'}(?![A-Za-z])")
    return [f"line {line}: {word}" for line, word in _words_in_code(source) if label.search(word)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('if label == "SPAM": pass', ["line 1: SPAM"]),
        ("x = Label.POSITIVE", ["line 1: POSITIVE"]),
        ('x = f"it is NEUTRAL, {x}"', ["line 1: it is NEUTRAL, "]),
        ('"""POSITIVE"""\n# NEGATIVE\nx = "HAMBURG"', []),
        ('x = ConfigDict(json_schema_extra={"examples": ["POSITIVE"]}, title="SPAM")', ["line 1: SPAM"]),
    ],
)
def test_search_for_labels_finds_them(source: str, expected: list[str]) -> None:
    """The search below sees strings and names, and neither docstrings nor comments."""
    assert expected == _labels_in(source)


@pytest.mark.slow
def test_no_label_is_written_in_code() -> None:
    """No contract's label stands in the package's code: labels come from the contract alone."""
    found = {
        str(path.relative_to(PACKAGE)): labels
        for path in sorted(PACKAGE.rglob("*.py"))
        if (labels := _labels_in(path.read_text("utf-8")))
    }
    assert {} == found
