"""A contract with a fitted policy: where its numbers are from, and what they are worth."""

import hashlib
from pathlib import Path

import pytest

from polarity.contract import Contract
from polarity.contract.provenance import FittedModel, FittedModels
from polarity.errors import SettingsError
from polarity.tuning.fitted_contract import fitted_contract, newer_version
from polarity.tuning.policy_fit import Plan
from tests.synthetic import CONTRACT, bert, golds, llm, other, pair

PAIRS = [
    pair(gold, bert(gold, 0.9) if at % 2 else bert(other(gold), 0.6), llm(gold, 0.9), data="a.json")
    for at, gold in enumerate(golds(60))
]
MODELS = FittedModels(
    bert=FittedModel(name="tiny", weights="a" * 64),
    llm=FittedModel(name="small", prompt="b" * 64, strategy="score"),
)


def test_nothing_but_the_policy_and_the_version_differs(tmp_path: Path) -> None:
    """The text reads as a contract; it says which files, options and contract its numbers are from."""
    data = tmp_path / "a.json"
    data.write_text("what the pairs are from", "utf-8")
    found = fitted_contract(PAIRS, CONTRACT, [data], plan=Plan(seed=3), version="1.3.0", models=MODELS)
    written = Contract.parse(found.text.encode())

    assert ("small", "1.3.0") == (written.ref.id, written.ref.version)
    assert found.policy == written.policy
    assert (CONTRACT.labels, CONTRACT.policy.tie_label) == (written.labels, written.policy.tie_label)
    assert 0.75 == written.policy.skip_llm_above
    origin = written.policy.fitted
    assert origin is not None
    assert (60, 3, "1.2.3", CONTRACT.ref.sha256) == (
        origin.n,
        origin.seed,
        origin.contract_version,
        origin.contract_sha256,
    )
    assert MODELS == origin.models
    expected = [("a.json", hashlib.sha256(data.read_bytes()).hexdigest(), 60)]
    assert expected == [(file.name, file.sha256, file.n) for file in origin.data]


def test_both_policies_are_measured_beside_each_backend(tmp_path: Path) -> None:
    """On the same texts; the fitted one is right wherever the LLM is."""
    data = tmp_path / "a.json"
    data.write_text("", "utf-8")
    found = fitted_contract(PAIRS, CONTRACT, [data], plan=Plan(), version="2.0.0", models=MODELS)

    assert [("bert", 0.5), ("llm", 1.0), ("both 1.2.3", 1.0), ("both 2.0.0", 1.0)] == [
        (row.who, row.accuracy) for row in found.measured
    ]
    assert found.fit.accuracy.value == found.measured[-1].accuracy


@pytest.mark.parametrize(("asked", "given"), [(None, "1.3.0"), ("1.2.4", "1.2.4"), ("2.0.0", "2.0.0")])
def test_the_version_rises(asked: str | None, given: str) -> None:
    """By itself to the next minor one, or to any above."""
    assert given == newer_version(asked, CONTRACT)


@pytest.mark.parametrize("version", ["1.2.3", "1.1.9", "1.2", "two"])
def test_no_two_contracts_have_one_version(version: str) -> None:
    """What is not above the old one is refused by name."""
    with pytest.raises(SettingsError, match=rf"^version: '{version}' is no X\.Y\.Z above 1\.2\.3$"):
        newer_version(version, CONTRACT)


def test_each_file_says_what_the_policy_is_worth_on_it(tmp_path: Path) -> None:
    """Out of fold, against each backend alone; what was read back is what was measured."""
    names = ("a.json", "b.json")
    for name in names:
        (tmp_path / name).write_text(name, "utf-8")
    rows = [row._replace(data=name) for name in names for row in PAIRS * 4]
    found = fitted_contract(
        rows, CONTRACT, [tmp_path / name for name in names], plan=Plan(), version="1.3.0", models=MODELS
    )
    origin = Contract.parse(found.text.encode()).policy.fitted
    assert origin is not None
    assert ("files", 2, 480) == (origin.held_out, origin.folds, origin.n)
    for file in origin.data:
        assert (240, 1.0, 1.0, 0.5) == (file.n, file.accuracy, file.macro_f1, file.llm_calls_saved)
        assert file.against_bert is not None
        assert file.against_llm is not None
        assert (0.5, 0.0) == (file.against_bert[0], file.against_llm[0])
        assert 0.4 < file.against_bert[1] < 0.5 < file.against_bert[2] < 0.6
    assert [] == list(found.loses)
    assert ["a.json"] * 4 + ["b.json"] * 4 + ["all"] * 4 == [row.data for row in found.measured]
