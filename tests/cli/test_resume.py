"""Commands that ask about many texts, killed and taken up again, against a server that we script."""

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

from polarity.contract import load_contract
from tests.misbehaving import Misbehaving, Request, completed, error, misbehaving, sent

from .conftest import Ran, Run, command

WORDS = ["positive", "negative", "neutral", "not great"]
LABELS = ["POSITIVE", "NEGATIVE", "NEUTRAL"]
ROWS = 200
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
    """Texts that are told apart by a number, with gold."""
    path = tmp_path / "in.jsonl"
    rows = (
        {"id": f"r{at}", "text": f"text {at}", "old": WORDS[at % 3], "label": LABELS[at % 3]}
        for at in range(ROWS)
    )
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


class Asker:
    """Runs one command over and over, against one server, in a folder of its own.

    What is killed is a process of its own; what may end runs in this one, which has its libraries loaded.
    """

    def __init__(self, run: Run, server: Misbehaving, folder: Path, *args: object, **settings: str) -> None:
        self.server, self.folder, self._run, self._args = server, folder, run, args
        folder.mkdir()
        self.settings = {
            "POLARITY_LLM__SERVER": "remote",
            "POLARITY_LLM__BASE_URL": server.base_url,
            "POLARITY_LLM__RETRIES": "0",
            **settings,
        }

    def args(self, *options: str) -> list[object]:
        """Spell the command, with the run taken up if there is one."""
        return [*self._args, *(("--resume",) if self.kept() else ()), *options]

    def kept(self) -> list[str]:
        """Name the run folders that lie there."""
        return [name for name in self.names() if name.endswith(".run")]

    def names(self) -> list[str]:
        """Name all that lies there."""
        return sorted(path.name for path in self.folder.iterdir())

    async def killed_when(self, is_time: Callable[[], bool], then_s: float) -> int:
        """Start one and kill it a moment after `is_time`; give how it ended."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command(*self.args()),
            env=os.environ | self.settings,
            stdout=pipe,
            stderr=pipe,
            cwd=self.folder,
        )
        while process.returncode is None and not is_time():  # noqa: ASYNC110 - it is the server who knows
            await asyncio.sleep(0.005)
        await asyncio.sleep(then_s)
        if process.returncode is None:
            process.kill()
        _, err = await process.communicate()
        assert b"another process" not in err
        return process.returncode or 0

    async def finished(self, *options: str) -> Ran:
        """Let one end by itself; give its status, and what it printed."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in self.settings.items():
                patch.setenv(name, value)
            return await asyncio.to_thread(self._run, *self.args(*options))

    def object(self, name: str) -> Any:
        """Read one of its outputs."""
        return json.loads((self.folder / name).read_text("utf-8"))


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """As many cases as there are rows, each a text with a number."""
    path = tmp_path / "numbers.toml"
    numbers = ", ".join(f'"{at}"' for at in range(ROWS))
    path.write_text(
        f'id = "numbers"\nversion = "1.0.0"\n[slots]\nnumber = [{numbers}]\n'
        '[[tests]]\nname = "number"\ncapability = "numbers"\nkind = "MFT"\nabout = "Numbers."\n'
        'expect = "NEUTRAL"\ntemplates = ["text {number}"]\n',
        "utf-8",
    )
    return path


FREE = ("--strategy", "free")
COMMANDS: dict[str, tuple[object, ...]] = {
    "report": ("report", "DATA", "-o", "o.json", "-o", "o.csv", "--left", "column:old", *FREE),
    "evaluate": ("evaluate", "DATA", "--backend", "llm", "--json", *FREE),
    "classify": ("classify", "--file", "DATA", "--backend", "llm", "-o", "o.jsonl", *FREE),
    "classify to standard output": ("classify", "--file", "DATA", "--backend", "llm", "--json", *FREE),
    "classify by both": ("classify", "--file", "DATA", "--backend", "both", "--checkpoint", "BERT", *FREE),
    "checklist": ("checklist", "SUITE", "--backend", "llm", "--json", *FREE),
}


def _without_time(text: str) -> str:
    """Leave out what differs between two runs that give the same."""
    return re.sub(r'"created": "[^"]*"', "", text)


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "kills"),
    [
        *((name, 2 if name == "report" else 1) for name in COMMANDS),  # all go by one way
        *(pytest.param(name, 20, marks=pytest.mark.soak) for name in COMMANDS),
    ],
)
async def test_killed_again_and_again(
    run: Run, name: str, kills: int, data: Path, suite: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """After kill -9, however often, a command gives what one undisturbed run gives.

    No row is lost or doubled, no more is asked twice than was under way, and no output is ever half there.
    """
    places = {"DATA": data, "SUITE": suite, "BERT": tiny_checkpoint}
    args = [places.get(str(arg), arg) for arg in COMMANDS[name]]
    dice = random.Random(7)
    async with misbehaving(answered) as server:
        whole = Asker(run, server, tmp_path / "whole", *args)
        expected = await whole.finished()
        assert 0 == expected[0], expected[2]
        once = Counter(map(number_of, server.requests))
        assert {1} == set(once.values())
        drawn = name in {"checklist", "classify by both"}  # by a suite, by BERT who is sure
        assert drawn or set(range(ROWS)) == set(once)

        server.requests.clear()
        killed = Asker(run, server, tmp_path / "killed", *args)
        for _ in range(kills):
            asked = len(server.requests) + dice.randrange(1, ROWS // max(kills, 6))
            ended = await killed.killed_when(
                lambda least=asked: len(server.requests) >= least,  # type: ignore[misc]
                dice.uniform(0, 0.03),
            )
            assert -signal.SIGKILL == ended
            assert 1 == len(killed.kept())
            assert all(lying.startswith(".") for lying in killed.names())
        found = await killed.finished()

    asked_of = Counter(map(number_of, server.requests))
    assert set(once) == set(asked_of)
    assert asked_of.total() <= once.total() + kills * AT_ONCE
    assert expected == found
    assert whole.names() == killed.names()
    assert not killed.kept()
    for output in whole.names():
        texts = [
            _without_time((folder / output).read_text("utf-8")) for folder in (whole.folder, killed.folder)
        ]
        assert texts[0] == texts[1]


@pytest.mark.slow
@pytest.mark.anyio
async def test_failures_are_asked_again(run: Run, data: Path, tmp_path: Path) -> None:
    """What failed is said, kept, and asked again when that is wanted; nothing else is."""
    is_down = True

    def script(request: Request) -> Any:
        broken = is_down and number_of(request) % 50 == 0
        return error(500) if broken else answered(request)

    async with misbehaving(script) as server:
        asker = Asker(run, server, tmp_path / "run", *_report(data))
        status, _, err = await asker.finished()
        kinds = Counter(pair["right"]["raw"]["kind"] for pair in asker.object("o.json")["pairs"])
        assert (0, {"completion": ROWS - 4, "failure": 4}) == (status, kinds)
        assert "4 answers did not come (4 server_error): --retry-failures asks again" in err

        server.requests.clear()
        is_down = False
        assert 0 == (await asker.finished("--retry-failures"))[0]
        assert list(range(0, ROWS, 50)) == sorted(map(number_of, server.requests))
        assert {"completion"} == {pair["right"]["raw"]["kind"] for pair in asker.object("o.json")["pairs"]}
        assert not asker.kept()


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_run_that_breaks_off_says_how_to_go_on(run: Run, data: Path, tmp_path: Path) -> None:
    """When the server refuses all of a sudden, what came is kept; another fingerprint is refused."""

    def script(request: Request) -> Any:
        return error(401) if number_of(request) >= 64 else answered(request)

    async with misbehaving(script) as server:
        asker = Asker(run, server, tmp_path / "run", *_report(data))
        status, _, err = await asker.finished()
        assert (1, asker.kept()) == (status, asker.names())
        kept = re.search(rf"(\d+) of {ROWS} answers are kept: --resume goes on", err)
        assert kept, err
        assert 64 - AT_ONCE < int(kept[1]) <= 64

        status, _, err = await asker.finished("--limit", "100")
        assert 1 == status
        assert "the run there is another one: its limit was None, not 100" in err


PRICED = {
    "POLARITY_LLM__MAX_SPEND": "0.001",
    "POLARITY_LLM__PROMPT_PRICE": "1",
    "POLARITY_LLM__COMPLETION_PRICE": "1",
}


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_spent_budget_ends_a_run_that_goes_on_with_a_larger_one(
    run: Run, data: Path, tmp_path: Path
) -> None:
    """Exit status 4 and a sentence; what came is kept and counts: the same budget buys nothing more."""
    async with misbehaving(answered) as server:  # each answer is 10 tokens, and estimated at some hundreds
        asker = Asker(run, server, tmp_path / "run", *_report(data), **PRICED)
        status, _, err = await asker.finished()
        asked = len(server.requests)
        assert (4, asker.kept()) == (status, asker.names())
        assert f"{asked} of {ROWS} answers are kept: --resume goes on" in err
        assert "error: llm.max_spend: " in err
        assert "of 0.0010 are spent, and the next answer may cost 0.000" in err
        assert ": set a larger one to go on" in err
        assert 0 < asked < 100

        assert 4 == (await asker.finished())[0]
        assert asked == len(server.requests)

        asker.settings["POLARITY_LLM__MAX_SPEND"] = "1"
        assert 0 == (await asker.finished())[0]
        assert ROWS == len(server.requests)
        assert ["o.csv", "o.json"] == asker.names()


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_report_that_is_made_again_asks_nothing(run: Run, data: Path, tmp_path: Path) -> None:
    """With the cache on; also by another command, and with a contract whose prompt is the same."""
    setting = {"POLARITY_LLM__CACHE": str(tmp_path / "cache")}
    newer = tmp_path / "newer.toml"
    contract = load_contract()
    newer.write_text(contract.source.replace(f'"{contract.ref.version}"', '"99.0.0"', 1), "utf-8")
    async with misbehaving(answered) as server:
        report = Asker(run, server, tmp_path / "run", *_report(data), "--repeat", "2", **setting)
        assert 0 == (await report.finished())[0]
        first = report.object("o.json")
        assert 2 * ROWS == len(server.requests)
        assert 0 == (await report.finished("--contract", str(newer)))[0]
        evaluate = Asker(
            run, server, tmp_path / "evaluate", "evaluate", data, "--backend", "llm", *FREE, **setting
        )
        assert 0 == (await evaluate.finished())[0]
        assert 2 * ROWS == len(server.requests)
    again = report.object("o.json")
    assert {"prompt_tokens": 0, "completion_tokens": 0, "cached": 2 * ROWS} == again["summary"]["usage"][
        "right"
    ]
    assert 0 == first["summary"]["usage"]["right"]["cached"]
    assert first["summary"]["matrix"] == again["summary"]["matrix"]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_server_that_is_gone_ends_a_run(run: Run, data: Path, tmp_path: Path) -> None:
    """Hundreds of rows are a handful of requests, and the command says why."""
    async with misbehaving(lambda _: error(500, "out of memory")) as server:
        asker = Asker(run, server, tmp_path / "run", *_report(data))
        status, _, err = await asker.finished()
    assert 1 == status
    assert len(server.requests) < 5 + AT_ONCE
    assert (
        "error: the LLM server is not asked, since the server failed again and again (server_error: " in err
    )
    assert "out of memory" in err
    assert "answers are kept: --resume goes on" in err


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_used_up_quota_ends_a_run(run: Run, data: Path, tmp_path: Path) -> None:
    """Hundreds of rows are a handful of requests, and the command says why."""
    used_up = {"message": "You exceeded your current quota.", "code": "insufficient_quota"}
    async with misbehaving(lambda _: sent({"error": used_up}, status=429)) as server:
        asker = Asker(run, server, tmp_path / "run", *_report(data))
        status, _, err = await asker.finished()
    assert 1 == status
    assert len(server.requests) <= AT_ONCE
    assert "error: the quota or the money of llm.api_key is used up: " in err
    assert "You exceeded your current quota." in err


def _report(data: Path) -> list[object]:
    return [data if arg == "DATA" else arg for arg in COMMANDS["report"]]
