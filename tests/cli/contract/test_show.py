"""`polarity contract show|schema`: on a terminal, in Markdown, and in README.md."""

from pathlib import Path

import pytest

from polarity.cli.contract.markdown import BEGIN, END, block, document
from polarity.contract import load_contract
from polarity.contract.review.page import Code, Listing, Page, Table, short_page
from polarity.pages.meanings import UNMAPPED

from ..conftest import FIXTURES, Run

CONTRACTS = FIXTURES.parent / "polarity" / "contracts"
FILES = sorted(CONTRACTS.glob("*.toml"))
REFERENCE = (FIXTURES.parent / "docs" / "reference" / "contract.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_show_prints_everything(run: Run, path: Path) -> None:
    """Every label, binding, pattern and number, and which contract it is."""
    status, out, err = run("contract", "show", path)
    assert (0, "") == (status, err)
    contract = load_contract(path)
    rules = contract.rules
    groups = [rules.frames, rules.abstain, *rules.aliases.values(), *rules.phrases.values()]
    for word in (*contract.labels, *contract.file.binding, *(word for words in groups for word in words)):
        assert word in out
    assert contract.ref.sha256 in out
    assert "policy.skip_llm_above" in out


def test_short_leaves_the_lists_out(run: Run) -> None:
    """Examples, reasons and numbers stay."""
    status, out, _ = run("contract", "show", "--short")
    assert 0 == status
    assert "policy.skip_llm_above" in out
    assert "rules.modifiers" not in out


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_markdown_tables_are_whole(run: Run, path: Path) -> None:
    """Each row of a table has as many cells as its header: no pipe of a pattern splits one."""
    status, out, _ = run("contract", "show", path, "--markdown")
    assert 0 == status
    cells = [line.replace(r"\|", "").count("|") for line in out.splitlines() if line.startswith("|")]
    assert {5, 4} == set(cells)
    assert [] == [frame for frame in load_contract(path).rules.frames if f"`{frame}`" not in out]


def test_what_markdown_would_read_is_quoted() -> None:
    """Patterns keep their brackets, pipes, backticks and blanks; labels and descriptions are escaped."""
    page = Page(
        "A *b*",
        [("labels", "x_y")],
        [Table("T", ("one", "two"), [(Code("(a|b)"), "c|d")])],
        ['a = "b" | `c`'],
        [Listing("rules.separators", "<what>", (" - ", "a`b", "[c] (d|e)"))],
    )
    assert [
        "# A &#42;b&#42;",
        "",
        "- labels: x&#95;y",
        "",
        "## T",
        "",
        "| one | two |",
        "|---|---|",
        r"| `(a\|b)` | c&#124;d |",
        "",
        "## Grammar",
        "",
        "```text",
        'a = "b" | `c`',
        "```",
        "",
        "## What is declared",
        "",
        "### `rules.separators`",
        "",
        "&#60;what&#62;",
        "",
        "`' - '`, `` a`b ``, `[c] (d|e)`",
    ] == list(document(page))


def test_schema_is_the_packaged_file(run: Run) -> None:
    """What the command prints is what editors are given, byte for byte."""
    assert (0, (CONTRACTS / "schema.json").read_text("utf-8"), "") == run("contract", "schema")


def test_the_reference_holds_the_block() -> None:
    """`polarity contract show --markdown --short` mends it; each outcome in it is the mapper's."""
    _, _, rest = REFERENCE.partition(BEGIN)
    inside, _, _ = rest.partition(END)
    assert "\n".join(block(short_page(load_contract(), UNMAPPED))) == f"{BEGIN}{inside}{END}"
