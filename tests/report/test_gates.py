"""Gates on a report, and how they stand in every format."""

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from polarity.contract import Contract
from polarity.errors import SettingsError
from polarity.report import check_bounds
from polarity.statistics.gates import Bound, parsed
from polarity.types import Completion, Failure, RawOutput

from .helpers import Draft, pair_of, report_of, softmax, write_report

LATE = Failure(reason="timeout")


def gated(contract: Contract, counts: tuple[int, int, int], bounds: Sequence[Bound]) -> Draft:
    """So many pairs that agree, that differ and that failed; all gold labels are POSITIVE."""
    kinds: tuple[RawOutput, ...] = (Completion(text="positive"), Completion(text="negative"), LATE)
    pairs = [
        pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), said, "POSITIVE")
        for said, count in zip(kinds, counts, strict=True)
        for _ in range(count)
    ]
    return report_of(contract, pairs, bounds)


@pytest.mark.parametrize(
    ("counts", "bound", "expected"),
    [
        ((90, 10, 0), "disagreement=0.1", "passed"),
        ((89, 11, 0), "disagreement=0.1", "failed"),
        ((50, 49, 0), "disagreement=0.1", "inconclusive"),
        ((90, 10, 101), "disagreement=0.1", "inconclusive"),
        ((0, 0, 3), "disagreement=1", "inconclusive"),
        ((0, 0, 0), "disagreement=1", "inconclusive"),
        ((90, 10, 0), "opposite=0.05", "failed"),
        ((90, 10, 0), "unmapped.llm=0", "passed"),
        ((120, 0, 0), "kappa=1", "inconclusive"),
    ],
)
def test_a_ceiling(contract: Contract, counts: tuple[int, int, int], bound: str, expected: str) -> None:
    """At the bound it passes; too few, too many failures or no value at all is inconclusive."""
    assert expected == gated(contract, counts, [parsed(bound, "over")]).report.judgement.status


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("accuracy.llm=0.9", "passed"),
        ("accuracy.llm=0.91", "failed"),
        ("accuracy.decision=1", "passed"),
        ("macro_f1.bert=1", "passed"),
        ("agreement=0.9", "passed"),
    ],
)
def test_a_floor(contract: Contract, bound: str, expected: str) -> None:
    """Each measure is found under the name of whom it is of."""
    assert expected == gated(contract, (90, 10, 0), [parsed(bound, "under")]).report.judgement.status


def test_a_failure_is_not_hidden_by_what_is_not_known(contract: Contract) -> None:
    """One gate that is clearly broken fails, beside another that says nothing; both are named."""
    bounds = [parsed("kappa=0.5", "under"), parsed("agreement=0.5", "over")]
    judgement = gated(contract, (120, 0, 0), bounds).report.judgement
    assert ["inconclusive", "failed"] == [gate.status for gate in judgement.gates]
    reason = "agreement 1.0000 is over 0.5000; kappa is undefined for these messages"
    assert ("failed", reason) == (judgement.status, judgement.reason)


def test_unmapped_is_a_share_of_the_answers(contract: Contract) -> None:
    """Those that did not come are in no denominator: of 120 answers 30 are not mapped, whatever failed."""
    pairs = [
        pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), said)
        for said, count in ((Completion(text="positive"), 90), (Completion(text="hm"), 30), (LATE, 40))
        for _ in range(count)
    ]
    report = report_of(contract, pairs, [parsed("unmapped.llm=0.25", "over")]).report
    assert "unmapped.llm 0.2500 is within 0.2500" == report.judgement.reason


def test_nobody_decides_between_others() -> None:
    """A gate on a decision that is never made is refused before anything is asked."""
    with pytest.raises(SettingsError, match=r"no measure 'accuracy\.decision'"):
        check_bounds([parsed("accuracy.decision=0.5", "under")], ("prod", "llm"), is_decided=False)
    check_bounds([parsed("accuracy.a=b=0.5", "under")], ("a=b", "llm"), is_decided=False)


def test_reasons(contract: Contract) -> None:
    """The value, the relation and the bound; a gate that holds says so, too."""
    bounds = [parsed("disagreement=0.05", "over"), parsed("agreement=0.5", "under")]
    judgement = gated(contract, (90, 10, 0), bounds).report.judgement
    assert ("failed", "disagreement 0.1000 is over 0.0500") == (judgement.status, judgement.reason)
    assert "agreement 0.9000 is within 0.5000" == judgement.gates[1].reason


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((0, 0, 0), "nothing was compared"),
        ((0, 0, 3), "3 of 3 messages got no answer from one side or both"),
        ((1, 0, 0), "no gate was set"),
    ],
)
def test_without_gates(contract: Contract, counts: tuple[int, int, int], reason: str) -> None:
    """Nothing compared is inconclusive also where no gate was set."""
    assert reason == gated(contract, counts, []).report.judgement.reason


def test_an_unknown_measure_is_refused() -> None:
    """It names those there are: a typing error must not pass a gate."""
    with pytest.raises(SettingsError, match="--fail-over disagreement=5: disagreement is between 0 and 1"):
        check_bounds([parsed("disagreement=5", "over")], ("bert", "llm"), is_decided=True)
    with pytest.raises(
        SettingsError, match=r"no measure 'accuracy.gpt'; known: accuracy\.\(bert\|llm\|decision\)$"
    ):
        check_bounds([parsed("accuracy.gpt=0.5", "under")], ("bert", "llm"), is_decided=True)


@pytest.mark.slow
def test_one_judgement_in_every_format(contract: Contract, tmp_path: Path) -> None:
    """JSON, JUnit, HTML and Markdown tell the same of the same gates."""
    bounds = [parsed(text, "over") for text in ("disagreement=0.05", "unmapped.bert=0", "kappa=1")]
    report = gated(contract, (90, 10, 0), bounds)
    for suffix in (".json", ".xml", ".html", ".md"):
        write_report(tmp_path / f"out{suffix}", report)

    found = json.loads((tmp_path / "out.json").read_text("utf-8"))["judgement"]
    assert ("failed", ["failed", "passed", "passed"]) == (
        found["status"],
        [gate["status"] for gate in found["gates"]],
    )
    suite = ET.fromstring((tmp_path / "out.xml").read_text("utf-8")).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert ("4", "1", "0") == (suite.get("tests"), suite.get("failures"), suite.get("errors"))
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert ["disagreement <= 0.05"] == failed
    for suffix in (".html", ".md"):
        assert "Gates failed: disagreement 0.1000 is over 0.0500" in (tmp_path / f"out{suffix}").read_text(
            "utf-8"
        )


def test_junit_of_nothing(contract: Contract, tmp_path: Path) -> None:
    """Where nothing could be compared, the one test case is an error, not a pass."""
    write_report(tmp_path / "out.xml", gated(contract, (0, 0, 2), []))
    suite = ET.fromstring((tmp_path / "out.xml").read_text("utf-8")).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert ("1", "0", "1") == (suite.get("tests"), suite.get("failures"), suite.get("errors"))


@pytest.mark.slow
def test_too_many_failures_in_every_format(contract: Contract, tmp_path: Path) -> None:
    """Six of ten without an answer: the headline says so, and no test case of JUnit is green."""
    report = gated(contract, (4, 0, 6), [parsed("kappa=0.5", "under")])
    reason = "6 of 10 messages got no answer from one side or both"
    for suffix in (".json", ".xml", ".html", ".md"):
        write_report(tmp_path / f"out{suffix}", report)
        assert reason in (tmp_path / f"out{suffix}").read_text("utf-8")
    assert f"Gate inconclusive: {reason}." == report.report.judgement.sentence
    assert f"Inconclusive: {reason}." == gated(contract, (4, 0, 6), []).report.judgement.sentence
    suite = ET.fromstring((tmp_path / "out.xml").read_text("utf-8")).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert ("2", "0", "2") == (suite.get("tests"), suite.get("failures"), suite.get("errors"))
