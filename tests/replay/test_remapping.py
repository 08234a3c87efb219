"""Stored reports under another contract."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polarity.comparison import Pair, kind
from polarity.contract import Contract
from polarity.errors import RecordError
from polarity.replay.remapping import remap
from polarity.stored import Origin, StoredReport, read_report
from polarity.types import ContractRef, Verdict
from tests.report.helpers import Draft, Page, write_report

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def stored(tmp_path: Path, report: Draft) -> StoredReport:
    """A report, written and read back."""
    write_report(tmp_path / "old.json", report)
    return read_report(tmp_path / "old.json")


@pytest.fixture
def stricter(contract: Contract) -> Contract:
    """The default contract with another version, where only "unclear" abstains and no p is confident."""
    policy = contract.policy.model_copy(update={"skip_llm_above": 1.0, "bert_trust": 0.9})
    rules = contract.rules.model_copy(update={"abstain": ("unclear",)})
    file = contract.file.model_copy(update={"version": "9.0.0", "policy": policy, "rules": rules})
    return replace(contract, file=file, ref=ContractRef(file.id, file.version, "9" * 64))


def remapped(stored: StoredReport, contract: Contract) -> Draft:
    """Remap at a known time."""
    return Draft(*remap(stored, contract, created=NOW, version="0.2.0"))


def test_the_same_contract_gives_the_same_pairs(
    stored: StoredReport, contract: Contract, report: Draft
) -> None:
    """Every answer, decision and figure is the one that it was: live and replayed go one way."""
    found = remapped(stored, contract)
    assert report.pairs == found.pairs
    assert report.report.summary == found.report.summary


def test_another_contract_maps_and_decides_again(stored: StoredReport, stricter: Contract) -> None:
    """Outcomes and decisions are the new contract's, raw outputs the old ones."""
    found = remapped(stored, stricter)
    assert stricter == found.subject.contract
    assert {stricter.ref} == {
        p.left.outcome.contract for p in found.pairs if isinstance(p.left.outcome, Verdict)
    }
    assert [row.raws["llm"] for row in stored.rows] == [pair.right.raw for pair in found.pairs]
    mixed = found.pairs[5]
    assert ("mapping", "undeclared") == (kind(mixed), getattr(mixed.right.outcome, "reason", None))
    assert "bert:trusted" == getattr(found.pairs[3].result, "decided_by", None)


def test_what_the_models_were_is_carried(stored: StoredReport, stricter: Contract, report: Draft) -> None:
    """Source, models and settings are the old report's; contract, time and version are this run's."""
    found = remapped(stored, stricter)
    settings = {**report.subject.settings, "contract": None}
    assert (report.subject.source, settings) == (found.subject.source, found.subject.settings)
    assert (report.subject.left, report.subject.right) == (found.subject.left, found.subject.right)
    assert (NOW, "0.2.0") == (found.subject.created, found.subject.version)
    assert Origin(report.subject.contract.ref, report.subject.created) == found.subject.remapped


def test_a_contracts_folder_is_not_told(stored: StoredReport, stricter: Contract) -> None:
    """Reports are shared: of the contract's file only the name stands there."""
    subject, _ = remap(stored, stricter, created=NOW, version="0.2.0", named=Path("/home/ann/strict.toml"))
    assert "strict.toml" == subject.settings["contract"]


@pytest.mark.slow
def test_every_format_but_csv_says_that_it_was_remapped(
    tmp_path: Path, stored: StoredReport, stricter: Contract, report: Draft
) -> None:
    """A reader learns when the models were asked, and under which contract."""
    for suffix in (".html", ".json", ".md"):
        write_report(tmp_path / f"new{suffix}", remapped(stored, stricter))
    ref = report.subject.contract.ref
    said = f"the models answered on 2026-03-01, 09:05 UTC, asked under contract {ref.id} {ref.version}"
    assert said in Page((tmp_path / "new.html").read_text("utf-8")).text
    assert f"Remapped: {said}" in (tmp_path / "new.md").read_text("utf-8")
    meta = json.loads((tmp_path / "new.json").read_text("utf-8"))["meta"]
    assert {"contract": ref._asdict(), "created": "2026-03-01T09:05:00+00:00"} == meta["remapped"]


def test_a_remapped_report_can_be_remapped(
    tmp_path: Path, stored: StoredReport, stricter: Contract, contract: Contract, report: Draft
) -> None:
    """There and back gives the first report, and its origin is still when the models were asked."""
    write_report(tmp_path / "new.json", remapped(stored, stricter))
    back = remapped(read_report(tmp_path / "new.json"), contract)
    assert report.pairs == back.pairs
    assert Origin(report.subject.contract.ref, report.subject.created) == back.subject.remapped


def test_a_foreign_gold_label_is_an_error(
    tmp_path: Path, contract: Contract, stored: StoredReport, pairs: list[Pair]
) -> None:
    """Counted as gold it would make every side look wrong."""
    foreign = Contract.parse(contract.source.replace("POSITIVE", "GLAD").encode())
    with pytest.raises(RecordError) as found:
        remapped(stored, foreign)
    place = f"{tmp_path / 'old.json'}: pairs.0.gold: "
    assert f"{place}gold label 'POSITIVE' is not one of {', '.join(foreign.labels)}" == str(found.value)
    assert "POSITIVE" == pairs[0].gold


def test_a_binding_that_does_not_fit_is_an_error(
    tmp_path: Path, contract: Contract, stored: StoredReport
) -> None:
    """A checkpoint that the contract does not bind is said at once: every text would be unmapped."""
    source = contract.source.replace("\npositive = ", "\nLABEL_2 = ")
    with pytest.raises(RecordError) as found:
        remapped(stored, Contract.parse(source.encode()))
    start = f"{tmp_path / 'old.json'}: pairs.0: what bert said does not fit: the checkpoint's labels "
    assert str(found.value).startswith(start)
