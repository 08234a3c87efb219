"""Two sides over files in bulk, with a report; and budgets and answers that all workers share."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from pyarrow import parquet

from polarity.bulk.on_ray.comparing import compare_files
from polarity.bulk.on_ray.running import classify_files
from polarity.errors import BudgetSpent, RecordError
from polarity.report import compare
from polarity.settings import Settings, load_settings
from tests.misbehaving import Reply, Request, completed, error, misbehaving, sent

from .conftest import ALONE, SMALL

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_here")]
ROWS = 40
CONTRACT = Path(__file__).parents[3] / "contracts" / "polarity.v1.toml"
COSTLY = sent(
    {
        "choices": [{"index": 0, "text": "positive", "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 999, "completion_tokens": 1},
    }
)


def _number(request: Request) -> str:
    return request.prompt.rpartition("number ")[2].split(".")[0]


def _answer(request: Request) -> Reply:
    return completed("positive" if int(_number(request)) % 2 else "negative")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Texts with a number and gold; one of them is blank."""
    path = tmp_path / "in.jsonl"
    rows = [{"text": f"Love it, number {at}.", "label": "POSITIVE", "old": "negative"} for at in range(ROWS)]
    rows[5]["text"] = ""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def _asking(settings: Settings, base_url: str, **llm: object) -> Settings:
    remote = {"server": "remote", "base_url": base_url, "strategy": "free", "retries": 0, **llm}
    return load_settings({"backend": "both", "bert": settings.bert.model_dump(), "llm": remote})


class Hearing:
    """Hears of what is left out."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def found(self, path: Path, what: str) -> None:
        """Nothing."""

    def left_out(self, problem: RecordError) -> None:
        """Note it."""
        self.problems.append(problem.problem)


@pytest.mark.anyio
async def test_two_backends_in_bulk_are_a_report(data: Path, settings: Settings, tmp_path: Path) -> None:
    """Both answer about every row, once; any other report is made without asking, by the same contract."""
    out, heard = tmp_path / "out", Hearing()
    async with misbehaving(_answer) as server:
        chosen = _asking(settings, server.base_url)
        found = await asyncio.to_thread(
            compare_files, [str(data)], out, chosen, left="bert", right="llm", chosen=SMALL, intake=heard
        )
        asked = len(server.requests)
        again = await asyncio.to_thread(compare, out, (), chosen, intake=heard)
        assert (ROWS - 1, ROWS - 1) == (asked, len(server.requests))
        other = await asyncio.to_thread(
            compare, out, tmp_path / "a.json", chosen, left="column:old", intake=heard
        )
        (tmp_path / "mine.toml").write_bytes(CONTRACT.read_bytes() + b"\n# mine\n")
        mine = chosen.model_copy(update={"contract": tmp_path / "mine.toml"})
        with pytest.raises(RecordError, match=r"asked for under the contract polarity [\d.]+ \(sha256 "):
            await asyncio.to_thread(compare, out, (), mine, intake=heard)
    assert (ROWS - 1, found.summary) == (found.summary.n, again.summary)
    assert ROWS - 1 == other.summary.n
    assert {"column 'text' is blank"} == {*heard.problems}
    assert "agreement" in (out / "_report.md").read_text("utf-8")
    assert (out / "_report.html").is_file()
    rows = parquet.read_table(out / "part-000000.parquet").to_pylist()
    assert Counter(POSITIVE=ROWS) == Counter(row["gold"] for row in rows)
    assert {"bert", "llm"} == json.loads(rows[0]["raws"]).keys()


@pytest.mark.anyio
async def test_money_is_one_for_all_workers(data: Path, settings: Settings, tmp_path: Path) -> None:
    """However many ask: what is spent is spent, also when the run is taken up."""
    price = {"prompt_price": 1.0, "completion_price": 1.0, "concurrency": 1}
    out = tmp_path / "out"
    async with misbehaving(lambda _: COSTLY) as server:
        for resume in (False, True):
            poor = _asking(settings, server.base_url, max_spend=0.02, **price)
            poor = poor.model_copy(update={"backend": "llm"})
            with pytest.raises(BudgetSpent, match=r"^llm\.max_spend: "):
                await asyncio.to_thread(
                    classify_files, [str(data)], out, poor, chosen=SMALL._replace(resume=resume)
                )
            spent = json.loads((out / "_spent.json").read_text("utf-8"))
            assert 1000 * len(server.requests) == spent["prompt_tokens"] + spent["completion_tokens"]
            assert 10 < len(server.requests) <= 20


@pytest.mark.anyio
async def test_answers_are_shared_on_one_machine(data: Path, settings: Settings, tmp_path: Path) -> None:
    """What one run was told another one, with other workers, is not told again."""
    async with misbehaving(_answer) as server:
        chosen = _asking(settings, server.base_url, cache=str(tmp_path / "cache"))
        chosen = chosen.model_copy(update={"backend": "llm"})
        for name in ("one", "two"):
            await asyncio.to_thread(classify_files, [str(data)], tmp_path / name, chosen, chosen=ALONE)
        assert ROWS - 1 == len(server.requests)


@pytest.mark.anyio
async def test_what_failed_is_asked_again_alone(data: Path, settings: Settings, tmp_path: Path) -> None:
    """Rows that were answered stay as they are, and nobody is asked about them."""
    out, failing = tmp_path / "out", {"3", "17"}

    def answer(request: Request) -> Reply:
        return error(500) if _number(request) in failing else _answer(request)

    async with misbehaving(answer) as server:
        chosen = _asking(settings, server.base_url).model_copy(update={"backend": "llm"})
        first = await asyncio.to_thread(classify_files, [str(data)], out, chosen, chosen=ALONE)
        rows, asked = parquet.read_table(out).to_pylist(), len(server.requests)
        failing.remove("3")
        retried = ALONE._replace(retry_failures=True)
        again = await asyncio.to_thread(classify_files, [str(data)], out, chosen, chosen=retried)
    found = parquet.read_table(out).to_pylist()
    assert ({"unavailable": 2, "no_text": 1}, {"unavailable": 1, "no_text": 1}) == (
        first.errors,
        again.errors,
    )
    assert ["17", "3"] == sorted(map(_number, server.requests[asked:]))
    assert [3] == [at for at, row in enumerate(rows) if row != found[at]]
    assert "POSITIVE" == found[3]["label"]
    apart = parquet.read_table(out / "_errors" / "part-000000.parquet").to_pylist()
    assert [6, 18] == [row["row"] for row in apart]
