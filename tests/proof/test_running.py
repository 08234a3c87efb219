"""A proof from rows to page, with a tiny BERT that is trained and a language model on a real server."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from polarity.contract import load_contract
from polarity.errors import RunError
from polarity.proof import Proof, ProofPlan, prove
from polarity.settings import Settings, load_settings
from tests.misbehaving import Misbehaving, Request, completed, misbehaving
from tests.training.sentences import SENTENCES

WORDS = {"NEGATIVE": "Negative.", "NEUTRAL": "Neutral.", "POSITIVE": "Positive."}


def _data(path: Path) -> Path:
    """Write 480 different texts: the sixty sentences, eight times, each time with another number behind."""
    rows = [
        json.dumps({"text": f"{text} {number}", "label": label})
        for number in range(8)
        for text, label in SENTENCES
    ]
    path.write_text("\n".join(rows), "utf-8")
    return path


def _script(request: Request) -> Any:
    """Answer as a model that knows the labels of these sentences, and says so in a word."""
    asked = request.prompt.rpartition("Review:")[2]
    return completed(next(WORDS[label] for text, label in SENTENCES if text in asked))


def _settings(server: Misbehaving) -> Settings:
    llm = {"server": "remote", "base_url": server.base_url, "strategy": "free"}
    priced = {"prompt_price": 1.0, "completion_price": 1.0}
    return load_settings({"bert": {"threads": 1}, "llm": {**llm, **priced}})


@pytest.mark.slow
@pytest.mark.training
@pytest.mark.anyio
async def test_a_proof_in_one_call(tmp_path: Path, tiny_checkpoint: Path) -> None:
    """All that it makes lies in the folder, the page says what to do, and the second time nobody is asked."""
    data, page = _data(tmp_path / "data.jsonl"), tmp_path / "proof.json"
    plan = ProofPlan(
        judged=200,
        sizes=(60, 200),
        overrides=(f"base={tiny_checkpoint}", "options.epochs=1", "options.threads=1"),
    )

    async def proven(settings: Settings, plan: ProofPlan = plan) -> Proof:
        return await asyncio.to_thread(
            prove, data, tmp_path / "work", settings, out=[page, page.with_suffix(".html")], plan=plan
        )

    async with misbehaving(_script) as server:
        found = await proven(_settings(server))
        assert 200 == sum("Review:" in request.prompt for request in server.requests)
        server.requests.clear()
        again = await proven(_settings(server))
        assert [] == server.requests
        with pytest.raises(RunError, match="another plan"):
            await proven(_settings(server), plan._replace(judged=210))

    assert found.findings.worth == again.findings.worth
    said = json.loads(page.read_text("utf-8"))
    assert (280, 200) == (said["about"]["trained"], said["about"]["judged"])
    assert 1.0 == said["worth"]["llm"]["accuracy"]
    assert [60, 200] == [point["rows"] for point in said["curve"]["points"]]
    assert said["cost"]["thousand"] > 0
    assert said["advised"] in ("llm", "both")
    assert load_contract(tmp_path / "work" / "contract.toml").policy.fitted
    assert (tmp_path / "work" / "report.html").exists()
    assert (tmp_path / "work" / "checkpoint" / "model.safetensors").exists()
