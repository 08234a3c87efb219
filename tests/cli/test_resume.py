"""`polarity report`, killed and taken up again: over HTTP, against a server that we script."""

import asyncio
import json
import os
import random
import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polarity.asking.run import run_folder
from tests.misbehaving import Misbehaving, Request, completed, error, misbehaving

from .conftest import command

WORDS = ["positive", "negative", "neutral", "not great"]
ROWS, KILLS = 600, 20
AT_ONCE = 4  # requests under way, as is the default
NUMBER = re.compile(r"text (\d+)")


def number_of(request: Request) -> int:
    """The number of the text that is asked about: the last in the prompt."""
    return int(NUMBER.findall(request.prompt)[-1])


def answered(request: Request) -> Any:
    """Say of each text what its number says."""
    return completed(WORDS[number_of(request) % len(WORDS)], delay_s=0.004)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Texts that are told apart by a number."""
    path = tmp_path / "in.jsonl"
    rows = ({"id": f"r{at}", "text": f"text {at}", "old": WORDS[at % 3]} for at in range(ROWS))
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


class Reporter:
    """Starts `polarity report` as processes of their own, against one server."""

    def __init__(self, server: Misbehaving, data: Path, out: Path) -> None:
        self.server, self.out = server, out
        self.folder = run_folder(out)
        sides = ("--left", "column:old", "--right", "llm", "--strategy", "free")
        self._args = ("report", data, "-o", out, "-o", out.with_suffix(".csv"), *sides)
        self._environment = os.environ | {
            "POLARITY_LLM__SERVER": "remote",
            "POLARITY_LLM__BASE_URL": server.base_url,
            "POLARITY_LLM__RETRIES": "0",
        }

    async def start(self, *options: str) -> asyncio.subprocess.Process:
        """Start one, with the run taken up if there is one."""
        taken_up = ("--resume",) if self.folder.exists() else ()
        line = command(*self._args, *taken_up, *options)
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*line, env=self._environment, stdout=pipe, stderr=pipe)

    async def killed_when(self, is_time: Callable[[], bool], then_s: float) -> int:
        """Start one and kill it a moment after `is_time`; give how it ended."""
        process = await self.start()
        while process.returncode is None and not is_time():  # noqa: ASYNC110 - it is the server who knows
            await asyncio.sleep(0.001)
        await asyncio.sleep(then_s)
        if process.returncode is None:
            process.kill()
        _, err = await process.communicate()
        assert b"another process" not in err
        return process.returncode or 0

    async def finished(self, *options: str) -> tuple[int, str]:
        """Let one end by itself; give its status, and what it printed on standard error."""
        process = await self.start(*options)
        _, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, err.decode()

    def pairs(self) -> list[dict[str, Any]]:
        """Read the pairs of the report."""
        found: list[dict[str, Any]] = json.loads(self.out.read_text("utf-8"))["pairs"]
        return found


@pytest.mark.anyio
async def test_killed_twenty_times(data: Path, tmp_path: Path) -> None:
    """After twenty times kill -9 the report says what one undisturbed run says.

    No row is lost or doubled, no more is asked twice than was under way, and no output is ever half there.
    """
    dice = random.Random(7)
    async with misbehaving(answered) as server:
        whole = Reporter(server, data, tmp_path / "whole.json")
        assert 0 == (await whole.finished())[0]
        assert Counter(range(ROWS)) == Counter(map(number_of, server.requests))

        server.requests.clear()
        killed = Reporter(server, data, tmp_path / "killed.json")
        for _ in range(KILLS):
            asked = len(server.requests) + dice.choice([0, *range(1, 60)])
            moment = dice.uniform(0, 0.6) if asked == len(server.requests) else dice.uniform(0, 0.03)
            ended = await killed.killed_when(lambda least=asked: len(server.requests) >= least, moment)  # type: ignore[misc]
            assert -signal.SIGKILL == ended
            assert not killed.out.exists()
        assert 0 == (await killed.finished())[0]

    asked_of = Counter(map(number_of, server.requests))
    assert set(range(ROWS)) == set(asked_of)
    assert asked_of.total() <= ROWS + KILLS * AT_ONCE
    assert [f"r{at}" for at in range(ROWS)] == [pair["id"] for pair in killed.pairs()]
    assert whole.pairs() == killed.pairs()
    outputs = {f"{name}.{kind}" for name in ("whole", "killed") for kind in ("json", "csv")}
    assert {data.name, *outputs} == set(os.listdir(tmp_path))  # noqa: PTH208 - in an async function


@pytest.mark.anyio
async def test_failures_are_asked_again(data: Path, tmp_path: Path) -> None:
    """What failed is said, kept, and asked again when that is wanted; nothing else is."""
    is_down = True

    def script(request: Request) -> Any:
        broken = is_down and number_of(request) % 50 == 0
        return error(500) if broken else answered(request)

    async with misbehaving(script) as server:
        reporter = Reporter(server, data, tmp_path / "out.json")
        status, err = await reporter.finished()
        kinds = Counter(pair["right"]["raw"]["kind"] for pair in reporter.pairs())
        assert (0, {"completion": ROWS - 12, "failure": 12}) == (status, kinds)
        assert "12 answers did not come (12 server_error): --retry-failures asks again" in err

        server.requests.clear()
        is_down = False
        assert 0 == (await reporter.finished("--retry-failures"))[0]
        assert list(range(0, ROWS, 50)) == sorted(map(number_of, server.requests))
        assert {"completion"} == {pair["right"]["raw"]["kind"] for pair in reporter.pairs()}
        assert not reporter.folder.exists()


@pytest.mark.anyio
async def test_a_run_that_breaks_off_says_how_to_go_on(data: Path, tmp_path: Path) -> None:
    """When the server refuses all of a sudden, what came is kept; another fingerprint is refused."""

    def script(request: Request) -> Any:
        return error(401) if number_of(request) >= 64 else answered(request)

    async with misbehaving(script) as server:
        reporter = Reporter(server, data, tmp_path / "out.json")
        status, err = await reporter.finished()
        assert (1, False) == (status, reporter.out.exists())
        kept = re.search(rf"(\d+) of {ROWS} answers are kept: --resume goes on", err)
        assert kept, err
        assert 64 - AT_ONCE < int(kept[1]) <= 64

        status, err = await reporter.finished("--limit", "100")
        assert 1 == status
        assert "the run there is another one: its limit was None, not 100" in err
