"""Answers out of columns of the input."""

from pathlib import Path
from typing import Any

import pytest

from polarity.classifier import read_answer
from polarity.comparison import category
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.pages.meanings import FAILURES
from polarity.records import Columns, Record
from polarity.report import Column, pair_of
from polarity.report.wording import what_happened
from polarity.types import Verdict


def row(**columns: Any) -> Record:
    """A row with these columns beside its text."""
    return Record(text="Fine.", id="1", line=7, extra=columns, path=Path("a.jsonl"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("POSITIVE", "POSITIVE"),
        ("mostly negative", "NEGATIVE"),
        ("mixed", "ABSTAINED"),
        ("not positive", "UNMAPPED"),
        ("", "FAILED"),
        (" \n", "FAILED"),
        ({"Positive": 0.2, "NEGATIVE": 0.7, "neutral": 0.1}, "NEGATIVE"),
        ('{"POSITIVE": 0.2, "POSITIVE": 0.7, "NEUTRAL": 0.1}', "UNMAPPED"),
        ("{odd", "UNMAPPED"),
        pytest.param('{"a":' * 100_000, "UNMAPPED", id="nesting without end"),
        (None, "FAILED"),
        ({"POSITIVE": 0.2, "NEGATIVE": 0.7, "NEUTRAL": 0.1}, "NEGATIVE"),
        ({"positive": 0.2, "negative": 0.7, "neutral": 0.1}, "NEGATIVE"),
        ('{"POSITIVE": 0.2, "NEGATIVE": 0.7, "NEUTRAL": 0.1}', "NEGATIVE"),
        ({"POSITIVE": 0.4, "NEGATIVE": 0.4, "NEUTRAL": 0.2}, "UNMAPPED"),
        ('{"label": "negative"}', "NEGATIVE"),
        ("{}", "UNMAPPED"),
        ({"GOOD": 0.2, "BAD": 0.8}, "UNMAPPED"),
    ],
)
def test_values_go_through_the_contract(contract: Contract, value: Any, expected: str) -> None:
    """Words are read as a completion, mappings as scores; no value is no answer; nothing is guessed."""
    assert expected == category(Column("prod", contract).answer(row(prod=value)).outcome)


def test_probabilities_come_back_as_scores(contract: Contract) -> None:
    """The verdict carries what the column says, by the contract's labels."""
    shares = {"POSITIVE": 0.2, "NEGATIVE": 0.7, "NEUTRAL": 0.1}
    outcome = Column("prod", contract).answer(row(prod=shares)).outcome
    assert isinstance(outcome, Verdict)
    assert shares == outcome.scores


@pytest.mark.parametrize(
    "value", [{"POSITIVE": 0.2, "NEGATIVE": 0.7}, {"POSITIVE": 70, "NEGATIVE": 20, "NEUTRAL": 10}]
)
def test_numbers_that_are_no_probabilities_are_an_error(contract: Contract, value: Any) -> None:
    """Per cent, or a label that is missing, would be no answer in every row, and nobody would know why."""
    with pytest.raises(RecordError) as caught:
        Column("prod", contract).answer(row(prod=value))
    assert str(caught.value).startswith("a.jsonl:7: column 'prod' holds no probabilities: ")
    assert str(caught.value).endswith(repr(value))


@pytest.mark.parametrize("value", [3, True, ["POSITIVE"], {}, {"POSITIVE": "high"}, {"POSITIVE": 10**400}])
def test_what_is_neither_is_an_error(contract: Contract, value: Any) -> None:
    """File, line, column and value stand in it."""
    with pytest.raises(RecordError) as caught:
        Column("prod", contract).answer(row(prod=value))
    expected = f"a.jsonl:7: column 'prod' holds neither text nor probabilities: {value!r}"
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, "POSITIVE"),
        (2.0, "POSITIVE"),
        (" 0 ", "NEGATIVE"),
        ("Meh", "NEUTRAL"),
        ("negative", "NEGATIVE"),
        ("mixed", "ABSTAINED"),
        ({"0": 0.2, "2": 0.8}, "POSITIVE"),
        ({"0": 0.2, "2": 0.3, "fine": 0.35, "meh": 0.15}, "POSITIVE"),
    ],
)
def test_what_is_said_of_a_files_labels_holds_for_columns(
    contract: Contract, value: Any, expected: str
) -> None:
    """Numbers and names are read as gold labels are; shares of several names of one label add up."""
    said = (("0", "NEGATIVE"), ("meh", "NEUTRAL"), ("2", "POSITIVE"), ("fine", "POSITIVE"))
    answer = Column("prod", contract, Columns(labels=said)).answer(row(prod=value))
    assert expected == category(answer.outcome)
    assert answer == read_answer(answer.raw, contract), "a stored report reads it again without the option"


def test_a_number_that_nobody_explains_names_the_option(contract: Contract) -> None:
    """A column of numbers would be unmapped in every row: the option that says what they are is named."""
    with pytest.raises(
        RecordError, match=r"probabilities: 3; if it is a label, say which: fill in --labels '3=\?'$"
    ):
        Column("prod", contract, Columns(labels=(("0", "NEGATIVE"),))).answer(row(prod=3))


def test_a_column_goes_by_its_name_in_any_case(contract: Contract) -> None:
    """As text, label and id do: unless there are several that may be meant."""
    assert "POSITIVE" == category(Column("prod", contract).answer(row(**{" Prod": "positive"})).outcome)
    with pytest.raises(RecordError, match="may be 'Prod' or 'PROD'"):
        Column("prod", contract).answer(row(Prod="good", PROD="bad"))


def test_a_label_that_is_named_twice_is_an_error(contract: Contract) -> None:
    """In another spelling too: the last one must not win in silence."""
    shares = {"POSITIVE": 0.2, "positive": 0.7, "NEUTRAL": 0.1}
    with pytest.raises(RecordError, match=r"a\.jsonl:7: column 'prod' names 'positive' twice: \{'POSITIVE'"):
        Column("prod", contract).answer(row(prod=shares))


@pytest.mark.parametrize("names", [("a", "b", "negative"), ("negative", "a", "b")])
def test_a_label_is_named_twice_in_any_order(contract: Contract, names: tuple[str, ...]) -> None:
    """By names that are said to be its own, and by itself."""
    columns = Columns(labels=(("a", "NEGATIVE"), ("b", "NEGATIVE")))
    with pytest.raises(RecordError, match="column 'prod' names 'negative' twice"):
        Column("prod", contract, columns).answer(row(prod=dict.fromkeys(names, 1 / 3)))


def test_a_missing_column_is_an_error(contract: Contract) -> None:
    """It names those there are."""
    with pytest.raises(RecordError, match="no column 'prod'; found 'old', 'new'"):
        Column("prod", contract).answer(row(old="POSITIVE", new="POSITIVE"))


def test_two_columns_make_pairs_without_a_decision(contract: Contract) -> None:
    """The policy decides between BERT and the LLM, and not between others."""
    sides = (Column("old", contract), Column("new", contract))
    pair = pair_of(row(old="positive", new="negative"), {}, sides, contract)
    assert ("POSITIVE", "NEGATIVE", None) == (
        category(pair.left.outcome),
        category(pair.right.outcome),
        pair.result,
    )


def test_a_blank_cell_is_not_said_to_be_a_backend(contract: Contract) -> None:
    """It has a reason of its own, which is said in words of columns."""
    answer = Column("prod", contract).answer(row(prod=" "))
    assert "no answer: no_value" == what_happened(answer.outcome)
    assert "The compared column holds nothing here." == FAILURES["no_value"]
