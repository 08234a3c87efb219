"""A policy fitted in one line: counted, asked, fitted, written; stopped and taken up."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from polarity.contract import load_contract
from polarity.errors import BackendRejected, RecordError, RunError, SettingsError
from polarity.settings import Settings, load_settings
from polarity.tuning import ContractFit, Plan, fit_contract_policy
from tests.misbehaving import Misbehaving, Request, completed, error, misbehaving
from tests.synthetic import LABELS, SOURCE, bert, golds, llm, report

N = 200
REFUSED = 120  # the first text of which the server wants to hear nothing
AT_ONCE = 4  # requests under way, as is the default
STORED = [(gold, bert(gold, 0.9), llm(gold, 0.9)) for gold in golds(150)]


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """The small contract as a file."""
    (tmp_path / "small.toml").write_text(SOURCE, "utf-8")
    return tmp_path / "small.toml"


def _labelled(path: Path, n: int) -> Path:
    rows = [json.dumps({"text": f"text {at}.", "label": gold}) for at, gold in enumerate(golds(n))]
    path.write_text("\n".join(rows), "utf-8")
    return path


def _number(request: Request) -> int:
    return int(request.prompt.rpartition("text ")[2].partition(".")[0])


def _right(request: Request) -> Any:
    return completed(LABELS[_number(request) % len(LABELS)].lower())


def _asked(server: Misbehaving) -> Counter[int]:
    return Counter(map(_number, server.requests))


def _remote(server: Misbehaving, contract: Path, checkpoint: Path) -> Settings:
    return load_settings(
        {
            "contract": str(contract),
            "bert": {"checkpoint": str(checkpoint), "threads": 1},
            "llm": {"server": "remote", "base_url": server.base_url, "retries": 0, "strategy": "free"},
        }
    )


async def _fitted(data: Path, settings: Settings, **options: Any) -> ContractFit:
    return await asyncio.to_thread(fit_contract_policy, data, data.with_name("new.toml"), settings, **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "problem"),
    [
        (49, "199 labelled texts, at least 200 are needed; nothing was written"),
        (50, None),
    ],
)
def test_texts_are_counted_before_anybody_is_asked(
    tmp_path: Path, contract: Path, n: int, problem: str | None
) -> None:
    """Stored and labelled together; only where they are enough is it seen that other models are to answer."""
    data = [report(tmp_path / "stored.json", STORED), _labelled(tmp_path / "more.jsonl", n)]
    settings = load_settings({"contract": str(contract), "bert": {"checkpoint": str(tmp_path / "nowhere")}})
    if problem is None:
        with pytest.raises(RecordError, match=r"more\.jsonl: answered by bert .* fit on one pair of models"):
            fit_contract_policy(data, tmp_path / "new.toml", settings)
        return
    before = sorted(tmp_path.iterdir())
    for resume in (False, True):  # there is no run to take up
        found, judgement = fit_contract_policy(data, tmp_path / "new.toml", settings, resume=resume)
        assert (None, problem) == (found, judgement.too_little)
    assert before == sorted(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_broke_off_is_taken_up(tmp_path: Path, contract: Path, tiny_checkpoint: Path) -> None:
    """By another plan and `on_unmapped`, on which no answer depends; what was answered is not asked again."""
    data, is_open = _labelled(tmp_path / "data.jsonl", N), False

    def script(request: Request) -> Any:
        return _right(request) if is_open or _number(request) < REFUSED else error(401)

    async with misbehaving(script) as server:
        settings = _remote(server, contract, tiny_checkpoint)
        with pytest.raises(BackendRejected):
            await _fitted(data, settings)
        assert (tmp_path / ".new.toml.run").is_dir()
        assert not (tmp_path / "new.toml").exists()

        before = _asked(server)
        server.requests.clear()
        is_open, plan = True, Plan(llm_cost=0.5, folds=4, seed=2)
        settings = settings.model_copy(update={"on_unmapped": "bert"})
        found, judgement = await _fitted(data, settings, resume=True, plan=plan)
        again = _asked(server)
    assert "passed" == judgement.status
    assert found is not None
    assert set(range(N)) == set(before) | set(again)
    assert {1} == set(again.values())
    assert sum(at < REFUSED for at in again) < AT_ONCE  # what was under way when it broke off
    fitted = load_contract(tmp_path / "new.toml").policy.fitted
    assert fitted is not None
    assert (N, 0.5, 4, 2) == (fitted.n, fitted.llm_cost, fitted.folds, fitted.seed)
    assert ["bert", "llm", "both 1.2.3", "both 1.3.0"] == [row.who for row in found.measured]
    assert 1.0 == found.measured[1].accuracy
    assert not (tmp_path / ".new.toml.run").exists()


@pytest.mark.slow
@pytest.mark.anyio
async def test_only_a_sample_is_asked_about(tmp_path: Path, contract: Path, tiny_checkpoint: Path) -> None:
    """The contract says so, and the run is taken up with the same sample or not at all."""
    data, is_open = _labelled(tmp_path / "data.jsonl", 2 * N), False

    def script(request: Request) -> Any:
        return _right(request) if is_open or _number(request) < REFUSED else error(401)

    async with misbehaving(script) as server:
        settings = _remote(server, contract, tiny_checkpoint)
        with pytest.raises(BackendRejected):
            await _fitted(data, settings, sample=N)
        before = _asked(server)
        with pytest.raises(RunError, match="its seed was 0, not 1"):
            await _fitted(data, settings, sample=N, resume=True, plan=Plan(seed=1))
        server.requests.clear()
        is_open = True
        found, _ = await _fitted(data, settings, sample=N, resume=True)
    assert found is not None
    assert N == len(set(before) | set(_asked(server)))
    fitted = load_contract(tmp_path / "new.toml").policy.fitted
    assert fitted is not None
    assert (N, N) == (fitted.n, fitted.data[0].n)
    assert fitted.command.endswith("--seed 0 --sample 200")


@pytest.mark.slow
@pytest.mark.anyio
async def test_too_few_answers_are_asked_for_again(
    tmp_path: Path, contract: Path, tiny_checkpoint: Path
) -> None:
    """Nothing is written, the run stays, and what failed, nothing else, is asked again when it is wanted."""
    data = _labelled(tmp_path / "data.jsonl", N)
    lost = failing = [
        number for number in range(N) if number % 3
    ]  # never so many in a row that it seems gone

    def script(request: Request) -> Any:
        return error(500) if _number(request) in failing else _right(request)

    async with misbehaving(script) as server:
        settings = _remote(server, contract, tiny_checkpoint)
        found, judgement = await _fitted(data, settings)
        expected = f"llm gave no answer to {len(lost)} of {N} texts; nothing was written"
        assert (None, expected) == (found, judgement.too_little)
        assert not (tmp_path / "new.toml").exists()
        with pytest.raises(RunError, match="an unfinished run lies there"):
            await _fitted(data, settings)

        server.requests.clear()
        failing = []
        found, _ = await _fitted(data, settings, retry_failures=True)
        assert found is not None
        assert dict.fromkeys(lost, 1) == _asked(server)
    assert "1.3.0" == load_contract(tmp_path / "new.toml").ref.version
    assert not (tmp_path / ".new.toml.run").exists()


def test_the_output_is_a_contract_file(contract: Path) -> None:
    """Said before a file is read."""
    with pytest.raises(SettingsError, match=r"^out: 'data\.json' is no \.toml file$"):
        fit_contract_policy("data.json", "data.json", load_settings({"contract": str(contract)}))
