"""A checkpoint's own names for its labels: how they are bound, and what is said where nobody does it."""

import json
import re
import shlex
import tomllib
from collections.abc import Mapping

import pytest

from polarity.contract import Contract, load_contract
from polarity.contract.binding import VARIABLE, bound
from polarity.errors import CheckpointError, ContractError, SettingsError

CONTRACT = load_contract()
STARS = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]
FIVE = dict(zip(STARS, ["NEGATIVE", "NEGATIVE", "NEUTRAL", "POSITIVE", "POSITIVE"], strict=True))
BY_STARS = {"negative": (0, 1), "neutral": (2,), "positive": (3, 4)}


def _with(bindings: Mapping[str, Mapping[str, str]]) -> Contract:
    tables = (f"\n[bindings.{name}]\n{_lines(table)}" for name, table in bindings.items())
    return Contract.parse((CONTRACT.source + "".join(tables)).encode())


def _lines(table: Mapping[str, str]) -> str:
    return "".join(f'"{name}" = "{label}"\n' for name, label in table.items())


@pytest.mark.parametrize(
    "names",
    [
        ("positive", "neutral", "negative"),
        ("POSITIVE", "NEUTRAL", "NEGATIVE"),
        (" Positive", "neutral ", "NEGATIVE"),
    ],
)
def test_names_in_any_case_bind_themselves(names: tuple[str, ...]) -> None:
    """The contract's names, or its labels, in any case and order, need nobody to say what they are."""
    assert {"negative": (2,), "neutral": (1,), "positive": (0,)} == bound(names, CONTRACT, {}).columns


def test_labels_bind_themselves_where_the_contract_has_other_names() -> None:
    """A checkpoint whose names are the labels is bound, also by a contract that binds other names."""
    other = Contract.parse(CONTRACT.source.replace('positive = "POSITIVE"', 'good = "POSITIVE"').encode())
    assert {"negative": (2,), "neutral": (1,), "good": (0,)} == bound(
        ["Positive", "Neutral", "Negative"], other, {}
    ).columns


@pytest.mark.parametrize("names", [STARS, [name.upper() for name in STARS]])
def test_several_names_of_one_label_are_declared(names: list[str]) -> None:
    """By the setting or in the contract: the columns of one label are added up."""
    assert BY_STARS == bound(names, CONTRACT, FIVE).columns
    assert BY_STARS == bound(names, _with({"stars": FIVE}), {}).columns


def test_a_label_may_be_left_out_where_that_is_declared() -> None:
    """Two classes under three labels: by the setting or in the contract, and not else."""
    two = {"neg": "NEGATIVE", "pos": "POSITIVE"}
    expected = {"negative": (0,), "neutral": (), "positive": (1,)}
    assert expected == bound([*two], CONTRACT, two).columns
    found = bound([*two], _with({"sst": two, "stars": FIVE}), {})
    assert (expected, ["neutral"]) == (found.columns, found.left_out)
    for names in ([*two], ["NEGATIVE", "POSITIVE"]):
        with pytest.raises(CheckpointError, match="names its labels"):
            bound(names, CONTRACT, {})


def test_sums_are_where_a_label_has_several_names() -> None:
    """A label without a name adds nothing up: the others' scores are the checkpoint's own."""
    two = {"neg": "NEGATIVE", "pos": "POSITIVE"}
    three = {**two, "great": "POSITIVE"}
    found = [bound([*own], CONTRACT, own).summed for own in (two, three, FIVE)]
    assert [None, three, FIVE] == found


def test_the_setting_comes_before_the_contract() -> None:
    """What was said of this checkpoint wins, also over names that match."""
    turned = {"negative": "POSITIVE", "neutral": "NEUTRAL", "positive": "negative"}
    assert {"negative": (2,), "neutral": (1,), "positive": (0,)} == bound([*turned], CONTRACT, turned).columns


def test_what_is_said_of_another_checkpoint_plays_no_part() -> None:
    """Two are compared under one setting: it speaks of the one whose names it has."""
    assert bound(["negative", "neutral", "positive"], CONTRACT, {}) == bound(
        ["negative", "neutral", "positive"], CONTRACT, FIVE
    )


def test_what_is_said_of_some_names_is_never_dropped() -> None:
    """The contract speaks only where it says the same; else what is missing is said, and can be pasted."""
    names = ["negative", "neutral", "positive"]
    two = {"negative": "NEGATIVE", "Positive": "POSITIVE"}
    assert bound(names, CONTRACT, {}) == bound(names, CONTRACT, two)
    turned = {"negative": "POSITIVE", "positive": "NEGATIVE"}
    for own, problem in (
        (turned, "bert.labels names 'negative', 'positive', not 'neutral'. Say"),
        ({**turned, "neutrl": "NEUTRAL"}, "not 'neutral', and the checkpoint has no 'neutrl'. Say"),
        (
            {**turned, "neutral": "NEUTRAL", "other": "NEUTRAL"},
            "'other', and the checkpoint has no 'other'. Say",
        ),
        ({"positive": "negative"}, "bert.labels names 'positive', not 'negative', 'neutral'. Say"),
    ):
        with pytest.raises(CheckpointError) as caught:
            bound(names, CONTRACT, own)
        assert problem in str(caught.value)
        assert 'positive = "NEGATIVE"' in str(caught.value)


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"1 star": "NEGATIVE", "2 stars": "POSITIVE"}, "bert.labels names '1 star', '2 stars'"),
        ({**FIVE, "6 stars": "POSITIVE"}, "'6 stars'"),
    ],
)
def test_a_setting_that_does_not_name_all_and_no_other_is_refused(
    own: Mapping[str, str], problem: str
) -> None:
    """It names some of the checkpoint's labels, so it is of this one, and wrong."""
    with pytest.raises(CheckpointError) as caught:
        bound(STARS, CONTRACT, own)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({**FIVE, "3 stars": "SO SO"}, "bert.labels: '3 stars' is said to be 'SO SO', not one of NEGATIVE"),
        (
            {**FIVE, "1 STAR": "POSITIVE"},
            "bert.labels: '1 STAR', in any case, is said to be NEGATIVE and POSITIVE",
        ),
        (dict.fromkeys(STARS, "POSITIVE"), "bert.labels: every name is said to be POSITIVE"),
    ],
)
def test_a_setting_without_meaning_is_refused(own: Mapping[str, str], problem: str) -> None:
    """It leads to what is no label, one name to two, or all names to one."""
    with pytest.raises(SettingsError) as caught:
        bound(STARS, CONTRACT, own)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("names", "guess"),
    [
        (["LABEL_0", "LABEL_1", "LABEL_2"], ["NEGATIVE", "NEUTRAL", "POSITIVE"]),
        (["pos", "neg"], ["POSITIVE", "NEGATIVE"]),
        (STARS, ["NEGATIVE", "NEGATIVE", "NEUTRAL", "POSITIVE", "POSITIVE"]),
        (['it\'s "good"', "bad"], ["NEGATIVE", "POSITIVE"]),
    ],
)
def test_a_refusal_names_the_labels_and_can_be_pasted(names: list[str], guess: list[str]) -> None:
    """The variable, as a shell reads it, and the TOML say the same, and they bind the checkpoint."""
    with pytest.raises(CheckpointError) as caught:
        bound(names, CONTRACT, {})
    said = str(caught.value)
    assert all(repr(name) in said for name in names)
    _, line, *table_lines = said.splitlines()
    (variable,) = shlex.split(line)
    table = json.loads(variable.removeprefix(f"{VARIABLE}="))
    toml = tomllib.loads("\n".join(table_lines))["bert"]["labels"]
    assert dict(zip(names, guess, strict=True)) == table == toml
    assert table == bound(names, CONTRACT, table).table


@pytest.mark.parametrize(
    ("bindings", "problem"),
    [
        ({"a": {"x": "NEGATIVE", "y": "BAD"}}, "bindings.a.y: 'BAD' is not one of the labels"),
        ({"a": {"x": "NEGATIVE", "y": "NEGATIVE"}}, "names fewer than two labels"),
        ({"a": {"x": "NEGATIVE", "X": "POSITIVE"}}, "holds a name twice"),
        (
            {"a": {"x": "NEGATIVE", "y": "POSITIVE"}, "b": {"X": "POSITIVE", "y": "NEGATIVE"}},
            "has the names of bindings.a",
        ),
        (
            {"a": {"Negative": "NEGATIVE", "neutral": "POSITIVE", "positive": "POSITIVE"}},
            "has the names of binding",
        ),
    ],
)
def test_further_bindings_contradict_nothing(bindings: Mapping[str, Mapping[str, str]], problem: str) -> None:
    """A contract that could be read in two ways, or never gives but one label, is refused at load."""
    with pytest.raises(ContractError, match=re.escape(problem)):
        _with(bindings)


def test_further_bindings_say_nothing_of_files() -> None:
    """What a name means to one checkpoint reads no gold label of any file, and takes none away."""
    tables = {
        "digits": {"0": "POSITIVE", "1": "NEGATIVE"},
        "mixed": {"mixed": "NEUTRAL", "negative": "POSITIVE", "LABEL_2": "NEGATIVE"},
    }
    mine = _with(tables)
    names = ["0", "1", "mixed", "LABEL_2", "negative", "Positive"]
    assert [None, None, None, None, "NEGATIVE", "POSITIVE"] == [mine.label_of(name) for name in names]
    assert CONTRACT.spellings == mine.spellings
