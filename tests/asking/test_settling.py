"""What `auto` becomes before a run begins, and what then stands in reports."""

import asyncio
import json
from pathlib import Path

import pytest

from polarity.asking.settling import settled
from polarity.contract import Contract
from polarity.errors import BackendUnavailable
from polarity.report.running import compare
from polarity.settings import Settings
from tests.misbehaving import Script, always, content, error, keeping, misbehaving, said

SCORES = always(said("positive", logprobs=content(*((f"word{at}", -1.0 - at) for at in range(6)))))


def _remote(base_url: str, strategy: str = "auto") -> Settings:
    llm = {"server": "remote", "base_url": base_url, "strategy": strategy, "api": "chat", "retries": 0}
    return Settings.model_validate({"backend": "llm", "llm": llm})


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("script", "expected"),
    [(SCORES, "score"), (keeping("grammar"), "constrained"), (always(said("kettle")), "free")],
)
async def test_a_server_is_asked_what_it_does(script: Script, expected: str, contract: Contract) -> None:
    """The strategy is what it proves, and nothing else is another."""
    async with misbehaving(script) as server:
        settings = _remote(server.base_url)
        found = await asyncio.to_thread(settled, settings, contract)
    assert expected == found.llm.strategy
    assert settings == found.model_copy(update={"llm": settings.llm})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (_remote("http://127.0.0.1:9/v1", "free"), "free"),
        (Settings.model_validate({"backend": "llm", "llm": {"strategy": "auto"}}), "score"),
        (_remote("http://127.0.0.1:9/v1").model_copy(update={"backend": "bert"}), "auto"),
    ],
)
def test_what_is_known_is_not_asked(settings: Settings, expected: str, contract: Contract) -> None:
    """What was chosen, the embedded server, and an LLM that plays no part."""
    assert expected == settled(settings, contract).llm.strategy


@pytest.mark.anyio
async def test_a_server_that_does_not_say(contract: Contract) -> None:
    """The run does not begin."""
    async with misbehaving(always(error(503))) as server:
        with pytest.raises(BackendUnavailable):
            await asyncio.to_thread(settled, _remote(server.base_url), contract)


@pytest.mark.anyio
async def test_a_report_says_what_was_used(tmp_path: Path) -> None:
    """Not what was left open: in its settings, and of the model that answered."""
    (tmp_path / "data.csv").write_text("text,label,old\nFine.,POSITIVE,positive\n", "utf-8")
    path = tmp_path / "report.json"
    async with misbehaving(keeping("grammar")) as server:
        settings = _remote(server.base_url)
        await asyncio.to_thread(compare, tmp_path / "data.csv", path, settings, left="column:old")
    meta = json.loads(path.read_text("utf-8"))["meta"]
    assert ("constrained", "constrained") == (meta["settings"]["llm.strategy"], meta["right"]["strategy"])
