"""`polarity prompt try`."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.misbehaving import Reply, Request, completed, content, error, misbehaving
from tests.synthetic import SOURCE

from ..conftest import Run

COMMAND = ("prompt", "try")


def _positive(_: Request) -> Reply:
    return completed("positive", logprobs=content((" positive", -0.1), (" negative", -3.0)))


@pytest.fixture
def arguments(reviews: Path, tmp_path: Path) -> tuple[object, ...]:
    """Two labelled texts, and the small contract under two names."""
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(SOURCE, "utf-8")
    return (*COMMAND, reviews, "--contract", tmp_path / "a.toml", "--contract", tmp_path / "b.toml")


@pytest.mark.slow
@pytest.mark.anyio
async def test_every_format_says_the_same(
    run: Run, arguments: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table for a terminal, Markdown, JSON, and a page; each way is named by its contract's file."""
    async with misbehaving(_positive) as server:
        for name, value in {"SERVER": "remote", "BASE_URL": server.base_url}.items():
            monkeypatch.setenv(f"POLARITY_LLM__{name}", value)
        table = await asyncio.to_thread(run, *arguments)
        markdown = await asyncio.to_thread(run, *arguments, "--markdown")
        plain = await asyncio.to_thread(run, *arguments, "--json", "-o", "page.json")
    assert [0] * 3 == [table.status, markdown.status, plain.status]
    assert ("", "wrote page.json\n") == (table.err, plain.err)
    assert "Ways of asking" in table.out
    assert "| a.toml, completions, score, default |" in markdown.out
    found = json.loads(plain.out)
    assert found == json.loads(Path("page.json").read_text("utf-8"))
    rows = [(row["asked"]["name"], row["n"], row["accuracy"]["value"]) for row in found["measured"]]
    assert [("a.toml", 2, 0.5), ("b.toml", 2, 0.5)] == rows


@pytest.mark.anyio
async def test_without_answers_nothing_is_known(
    run: Run, arguments: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 4, and how to ask again; only texts without content are answered."""

    def script(request: Request) -> Reply:
        has_content = "It broke" in request.prompt or "Love it" in request.prompt
        return error(500) if has_content else _positive(request)

    async with misbehaving(script) as server:
        for name, value in {"SERVER": "remote", "BASE_URL": server.base_url, "RETRIES": "0"}.items():
            monkeypatch.setenv(f"POLARITY_LLM__{name}", value)
        status, _, err = await asyncio.to_thread(run, *arguments)
    assert 4 == status
    assert "4 answers did not come (4 server_error): --retry-failures asks again\n" in err
    assert "inconclusive: 2 of 2 texts of " in err


@pytest.mark.parametrize(
    "options",
    [(), ("a.jsonl", "--markdown", "--json"), ("a.jsonl", "--api", "x"), ("a.jsonl", "--sample", "0")],
)
def test_wrong_usage(run: Run, options: tuple[str, ...]) -> None:
    """No file, two formats, an endpoint that there is not, no row."""
    status, out, err = run(*COMMAND, *options)
    assert (2, "") == (status, out)
    assert err
