"""A contract as a page: every example is what the mapper really says, and every list is there."""

from pathlib import Path
from typing import get_args

import pytest

import polarity
from polarity.contract import load_contract, mapper
from polarity.contract.review.examples import families, reasons, surroundings
from polarity.contract.review.grammar import grammar
from polarity.contract.review.page import Code, page, short_page
from polarity.pages.meanings import UNMAPPED
from polarity.types import Abstention, Unmapped, UnmappedReason, Verdict
from tests.calibrations import calibration, with_calibrations

from .successors import BASE, with_value

CONTRACTS = sorted((Path(polarity.__file__).parent / "contracts").glob("*.toml"))
each_contract = pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)


@pytest.mark.slow
@each_contract
def test_each_example_is_mapped(path: Path) -> None:
    """The outcome beside an example is the mapper's, of the family or for the reason it stands for."""
    contract = load_contract(path)
    for family, found in families(contract).items():
        assert isinstance(found.outcome, Verdict | Abstention)
        assert (found.outcome, family) == (
            mapper.map(found.completion, contract),
            found.outcome.rule.split("/")[0],
        )
    for reason, found in reasons(contract).items():
        assert isinstance(found.outcome, Unmapped)
        assert (found.outcome, reason) == (mapper.map(found.completion, contract), found.outcome.reason)


def test_the_default_contract_shows_everything() -> None:
    """Each family of rules, and each reason that an answer can give, has an example."""
    contract = load_contract()
    assert {"exact", "modified", "phrase", "abstain", "frame", "stated", "description"} == set(
        families(contract)
    )
    assert set(get_args(UnmappedReason)) - {"unreadable"} == set(reasons(contract))


def test_calibrations_are_among_the_numbers() -> None:
    """Each by its name, with its offsets."""
    own = calibration({"NO": 0.5, "EVEN": 0.0, "YES": -0.5}, 1.25)
    numbers = short_page(with_calibrations(BASE, own), {}).tables[-1]
    row = next(row for row in numbers.rows if row[0].startswith("prompt."))
    assert (
        "prompt.calibration small.gguf/completions",
        "NO 0.5, EVEN 0.0, YES -0.5; temperature 1.25",
    ) == row[:2]


def test_what_may_surround_a_label_is_shown() -> None:
    """Of the default contract everything; of one that declares none of it only what needs no word."""
    label = load_contract().labels[-1]
    found = surroundings(load_contract())
    assert {label} == {shown.outcome.label for shown in found.values() if isinstance(shown.outcome, Verdict)}
    assert [
        *("reasoning block", "code fence", "notation", "end token", "next example", "number"),
        *(
            "class code",
            "letter",
            "picture",
            "table",
            "square brackets",
            "no mark",
            "JSON",
            "JSON, nested",
            "JSON, a key of its own",
        ),
    ] == list(found)
    assert ["reasoning block", "code fence", "JSON"] == list(surroundings(BASE))


def test_what_is_not_declared_is_not_shown() -> None:
    """Without phrases there is no example of one."""
    assert "phrase" in families(BASE)
    assert "phrase" not in families(with_value("rules.phrases", {}))


@pytest.mark.slow
@each_contract
def test_a_page_holds_every_declared_pattern(path: Path) -> None:
    """Each list is there as declared, under its key, and each number."""
    contract = load_contract(path)
    found = page(contract, UNMAPPED)
    listed = {listing.key: listing.items for listing in found.listings}
    for label in contract.labels:
        assert contract.rules.aliases[label] == listed[f"rules.aliases.{label}"]
    assert contract.rules.frames == listed["rules.frames"]
    assert contract.rules.abstain == listed["rules.abstain"]
    cells = [cell for table in found.tables for row in table.rows for cell in row]
    assert {str(contract.policy.skip_llm_above), "policy.skip_llm_above"} <= set(cells)
    assert ("sha256", contract.ref.sha256) in found.facts


def test_a_page_holds_the_grammar() -> None:
    """Each sentence stands there by the name that outcomes have."""
    assert grammar(BASE) == page(BASE, UNMAPPED).grammar


def test_a_short_page_has_no_lists() -> None:
    """It says what the contract does, and nothing of how."""
    short, whole = short_page(BASE, UNMAPPED), page(BASE, UNMAPPED)
    assert ([], [], short.tables) == (short.grammar, short.listings, whole.tables)


def test_what_cannot_be_seen_is_spelled() -> None:
    """An invisible or disguised character stands there as its escape; what the server said stands behind."""
    (failed,) = [table for table in short_page(BASE, UNMAPPED).tables if "reason" in table.header]
    rows = {row[0]: row[1] for row in failed.rows}
    assert "\\u200b" in rows[Code("invisible")]
    assert rows[Code("confusable")].endswith("\\u0435")
    assert rows[Code("filtered")].endswith("(finish_reason: content_filter)")
    assert rows[Code("too_long")].endswith(" characters)")
