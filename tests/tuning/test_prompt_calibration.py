"""A calibration in one line: asked, fitted, written, and applied to the answers of its model alone."""

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest

from polarity import evaluate
from polarity.contract import load_contract
from polarity.contract.calibrations import by_rule
from polarity.errors import BackendRejected, RecordError, SettingsError
from polarity.records import Columns
from polarity.replay.remapping import remap_report
from polarity.report.running import compare
from polarity.settings import Settings, load_settings
from polarity.tuning import CalibrationPlan, PromptCalibration, calibrate_prompt
from tests.misbehaving import Misbehaving, Reply, Request, completed, content, error, misbehaving
from tests.synthetic import LABELS, SOURCE, bert, golds, llm, report

N = 210
GOLD = golds(N)
LEAN = {"NEGATIVE": 0.1, "NEUTRAL": 0.1, "POSITIVE": 0.8}


def _number(request: Request) -> int:
    return int(request.prompt.rpartition("text ")[2].partition(".")[0])


def _leaning(request: Request) -> Reply:
    """Know the label, but for every seventh text, and lean to POSITIVE all the same."""
    number = _number(request)
    seen = GOLD[(number + 1) % N] if number % 7 == 0 else GOLD[number]
    masses = {label: LEAN[label] * ((3.0 + number % 4) if label == seen else 1.0) for label in LABELS}
    total = sum(masses.values())
    likeliest_first = sorted(masses, key=masses.__getitem__, reverse=True)
    shown = content(*((f" {label.lower()}", math.log(masses[label] / total)) for label in likeliest_first))
    return completed("positive", logprobs=shown)


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """The small contract as a file."""
    (tmp_path / "small.toml").write_text(SOURCE, "utf-8")
    return tmp_path / "small.toml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Labelled texts that are told apart by a number."""
    rows = [
        json.dumps({"text": f"text {at}.", "label": gold, "old": "mixed"}) for at, gold in enumerate(GOLD)
    ]
    (tmp_path / "data.jsonl").write_text("\n".join(rows), "utf-8")
    return tmp_path / "data.jsonl"


def _remote(server: Misbehaving | None, contract: Path, **llm: Any) -> Settings:
    base_url = server.base_url if server else "http://127.0.0.1:9/v1"
    remote = {"server": "remote", "base_url": base_url, "model": "leaning", "retries": 0}
    return load_settings({"backend": "llm", "contract": str(contract), "llm": {**remote, **llm}})


async def _calibrated(data: Path, settings: Settings, **options: Any) -> PromptCalibration:
    out = options.pop("out", data.with_name("new.toml"))
    return await asyncio.to_thread(calibrate_prompt, data, out, settings, **options)


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_is_written_is_what_the_contract_does(data: Path, contract: Path) -> None:
    """Written with where it is from; scores of its model are read so, those of another as they are."""
    new = data.with_name("new.toml")
    async with misbehaving(_leaning) as server:
        found = await _calibrated(data, _remote(server, contract))
        assert N == len(server.requests)
        before, after, other = [
            await asyncio.to_thread(evaluate, data, settings, columns=Columns(limit=42))
            for settings in (
                _remote(server, contract),
                _remote(server, new),
                _remote(server, new, model="another"),
            )
        ]
    assert found.calibration is not None
    held = load_contract(new)
    assert ("2.0.0", (found.calibration,)) == (held.ref.version, held.prompt.calibration)
    fitted, (file,) = found.calibration.fitted, found.calibration.fitted.data
    assert "leaning/completions" == found.calibration.name
    assert (N, N, "1.2.3", "data.jsonl") == (fitted.n, fitted.scored, fitted.contract_version, file.name)
    assert before.evaluation.confusion == other.evaluation.confusion
    assert (1 / 3, 6 / 7) == pytest.approx((before.measure("accuracy"), after.measure("accuracy")))
    assert (1 / 3, 6 / 7) == pytest.approx((file.accuracy_before, file.accuracy), abs=1e-4)
    assert [] == list(found.warnings)


@pytest.mark.slow
@pytest.mark.anyio
async def test_an_entry_is_replaced_and_others_stay(data: Path, contract: Path) -> None:
    """One for each model and endpoint; an earlier one plays no part in the next."""
    async with misbehaving(_leaning) as server:
        first = await _calibrated(data, _remote(server, contract), out=contract)
        await _calibrated(data, _remote(server, contract, model="another"), out=contract)
        again = await _calibrated(data, _remote(server, contract), out=contract)
    assert first.calibration is not None
    assert again.calibration is not None
    assert first.calibration.offsets == again.calibration.offsets
    held = load_contract(contract)
    assert ("4.0.0", ["another/completions", "leaning/completions"]) == (
        held.ref.version,
        [one.name for one in held.prompt.calibration],
    )
    assert "# counted up by hand" in held.source


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_report_is_read_again_by_its_model(tmp_path: Path, data: Path, contract: Path) -> None:
    """A stored report is taken as it is, and a remapped one is read by the calibration that it is for."""
    stored, new = tmp_path / "report.json", tmp_path / "new.toml"
    async with misbehaving(_leaning) as server:
        settings = _remote(server, contract)
        await asyncio.to_thread(compare, data, stored, settings, left="column:old")
        by_report = await _calibrated(stored, settings)
        assert N == len(server.requests)
        by_file = await _calibrated(data, settings)
    assert by_report.calibration is not None
    assert by_file.calibration is not None
    assert by_file.calibration.offsets == by_report.calibration.offsets
    assert by_file.calibration.model == by_report.calibration.model
    again = tmp_path / "again.json"
    read = remap_report(stored, again, load_settings({"contract": str(new)}))
    pairs = json.loads(again.read_text("utf-8"))["pairs"]
    assert {"calibrated/leaning/completions"} == {pair["right"]["rule"] for pair in pairs}
    assert [] == read.subject.warnings


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_broke_off_is_taken_up(tmp_path: Path, data: Path, contract: Path) -> None:
    """What was answered is not asked again, and nothing is left when it is written."""
    is_open = False

    def script(request: Request) -> Reply:
        return _leaning(request) if is_open or len(server.requests) <= 100 else error(401)

    async with misbehaving(script) as server:
        with pytest.raises(BackendRejected):
            await _calibrated(data, _remote(server, contract))
        assert not (tmp_path / "new.toml").exists()
        server.requests.clear()
        is_open = True
        await _calibrated(data, _remote(server, contract), resume=True)
    assert N - 100 == len(server.requests)
    assert [] == list(tmp_path.glob(".*.run"))


@pytest.mark.slow
@pytest.mark.anyio
async def test_too_few_answers(tmp_path: Path, data: Path, contract: Path) -> None:
    """Nothing is written, and what failed can be asked again."""

    def script(request: Request) -> Reply:
        return error(500) if len(server.requests) % 3 else _leaning(request)

    async with misbehaving(script) as server:
        found = await _calibrated(data, _remote(server, contract))
    assert f"{N - N // 3} of {N} texts got no answer; nothing was written" == found.judgement.too_little
    assert (None, False) == (found.calibration, (tmp_path / "new.toml").exists())
    assert [tmp_path / ".new.toml.run"] == list(tmp_path.glob(".*.run"))


def test_too_few_texts(data: Path, contract: Path) -> None:
    """They are counted before anybody is asked."""
    found = calibrate_prompt(
        data, data.with_name("new.toml"), _remote(None, contract), plan=CalibrationPlan(sample=30)
    )
    assert "30 labelled texts, at least 200 are needed; nothing was written" == found.judgement.too_little


@pytest.mark.parametrize(
    ("options", "kind", "problem"),
    [
        ({"out": "new.json"}, SettingsError, "out: 'new.json' is no .toml file"),
        ({"version": "1.2.3"}, SettingsError, "version: '1.2.3' is no X.Y.Z above 1.2.3"),
        ({"data": []}, SettingsError, "no file is named"),
        ({"strategy": "free"}, SettingsError, "llm.strategy: 'free' gives no scores: set 'score'"),
        ({"data": "old.json"}, RecordError, "it does not say by which prompt the LLM was asked"),
    ],
)
def test_what_cannot_be_calibrated(
    tmp_path: Path, data: Path, contract: Path, options: dict[str, Any], kind: type[Exception], problem: str
) -> None:
    """Said before anybody is asked."""
    report(tmp_path / "old.json", [(gold, bert(gold, 0.9), llm(gold, 0.9)) for gold in GOLD])
    settings = _remote(None, contract, strategy=options.pop("strategy", "score"))
    out = options.pop("out", tmp_path / "new.toml")
    with pytest.raises(kind, match=problem):
        calibrate_prompt(options.pop("data", data), out, settings, **options)


@pytest.mark.slow
def test_a_fitted_policy_is_to_be_fitted_again(tmp_path: Path) -> None:
    """The default contract's policy weighs scores as they came; an outcome's rule finds the calibration."""
    rows = [(gold, bert(gold, 0.9), llm(gold, 0.6)) for gold in GOLD]
    path = report(tmp_path / "a.json", rows)
    stored = json.loads(path.read_text("utf-8"))
    stored["meta"]["right"] |= {"prompt": "a" * 64}
    stored["meta"]["settings"] = {"llm.api": "chat"}
    path.write_text(json.dumps(stored), "utf-8")
    found = calibrate_prompt(path, tmp_path / "new.toml", plan=CalibrationPlan(method="batch"))
    assert ["fit it again"] == [warning.partition(": ")[2].partition(" (")[0] for warning in found.warnings]
    assert (
        by_rule(load_contract(tmp_path / "new.toml"), "calibrated/small/chat").calibration
        == found.calibration
    )
