"""The LLM behind its cache: what is asked of the server, and what is not."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polarity.backends.afresh import asked_afresh, asked_again
from polarity.backends.answer_cache import FILE, AnswerCache
from polarity.backends.cached import FROM_CACHE, CachedBackend
from polarity.backends.llm import LlmBackend
from polarity.backends.question import BESIDE_THE_ANSWER
from polarity.classifier import build_classifier
from polarity.contract import Contract
from polarity.settings import LlmSettings, Settings
from polarity.types import Completion, Failure, RawOutput
from tests.misbehaving import (
    Misbehaving,
    Reply,
    Request,
    Script,
    always,
    completed,
    content,
    error,
    in_turn,
    keeping,
    misbehaving,
    said,
)

from .helpers import llm_on

CANDIDATES = content(("positive", -0.1), *((f"word{at}", -4.0 - at) for at in range(6)))
GOOD = completed(" positive", logprobs=content((" positive", -0.5), (" \ud83d", -2.0)))


@asynccontextmanager
async def cached(
    server: Misbehaving, contract: Contract, folder: Path, **settings: Any
) -> AsyncIterator[CachedBackend]:
    """Open a backend with a cache in a folder."""
    async with llm_on(server.base_url, contract, **settings) as backend:
        opened = CachedBackend(backend, AnswerCache(folder, most_mb=1))
        try:
            yield opened
        finally:
            await opened.aclose()


async def asked(
    script: Script, contract: Contract, folder: Path, *calls: list[str], **settings: Any
) -> tuple[list[list[RawOutput]], int]:
    """Make some calls, each by a backend of its own; give what was answered, and the count of requests."""
    found = []
    async with misbehaving(script) as server:
        for texts in calls:
            async with cached(server, contract, folder, **settings) as backend:
                found.append(await backend.predict(texts))
    return found, len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize("strategy", ["score", "free"])
@pytest.mark.parametrize("api", ["completions", "chat"])
async def test_nothing_is_asked_twice(strategy: str, api: str, contract: Contract, tmp_path: Path) -> None:
    """Another process gets the same answers, to the last bit, without a request; they used no tokens."""
    reply = GOOD if api == "completions" else said("positive", logprobs=content(("positive", -0.5)))
    texts = ["good", "bad", "good"]
    (first, second), requests = await asked(
        always(reply), contract, tmp_path, texts, texts[::-1], strategy=strategy, api=api
    )
    assert 2 == requests
    assert [replace(raw, usage=FROM_CACHE) for raw in first[::-1] if not isinstance(raw, Failure)] == second
    assert 9 == getattr(first[0], "usage").prompt_tokens  # noqa: B009 - a failure has none


@pytest.mark.anyio
async def test_failures_are_not_kept(contract: Contract, tmp_path: Path) -> None:
    """What failed is asked again; what was answered beside it is not."""
    (first, second), requests = await asked(
        in_turn(error(400), GOOD), contract, tmp_path, ["good", "bad"], ["good", "bad"], concurrency=1
    )
    assert [True, False] == [isinstance(raw, Failure) for raw in first]
    assert [False, False] == [isinstance(raw, Failure) for raw in second]
    assert 3 == requests
    await asked(always(error(400)), contract, tmp_path / "failed", ["good"])
    with closing(sqlite3.connect(tmp_path / "failed" / FILE)) as database:
        assert [(0,)] == database.execute("SELECT COUNT(*) FROM answers").fetchall()


@pytest.mark.anyio
async def test_each_repeat_has_its_own_answer(contract: Contract, tmp_path: Path) -> None:
    """A model that differs from itself does so from the cache, too."""
    replies = in_turn(*(completed(f" {word}") for word in ("one", "two", "three")))
    async with misbehaving(replies) as server, cached(server, contract, tmp_path, strategy="free") as backend:
        rounds = []
        for _ in range(2):
            for times in range(3):
                with asked_again(times):
                    rounds += await backend.predict(["good"])
    assert [" one", " two", " three"] * 2 == [raw.text for raw in rounds if isinstance(raw, Completion)]
    assert (3, 3, 3) == (len(server.requests), backend.hits, backend.misses)


@pytest.mark.anyio
async def test_who_asks_afresh_asks_the_model(contract: Contract, tmp_path: Path) -> None:
    """A probe of readiness is answered by the server or not at all."""
    async with misbehaving(always(GOOD)) as server, cached(server, contract, tmp_path) as backend:
        for _ in range(2):
            await backend.predict(["good"])
            with asked_afresh():
                await backend.predict(["good"])
    assert 3 == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "other",
    [
        {"model": "another"},
        {"strategy": "free"},
        {"temperature": 0.5},
        {"top_logprobs": 5},
        {"api": "chat"},
    ],
)
async def test_what_answers_depend_on_is_in_the_key(
    other: dict[str, Any], contract: Contract, tmp_path: Path
) -> None:
    """With another setting the same text is another question."""
    async with misbehaving(always(GOOD)) as server:
        for settings in ({}, other):
            async with cached(server, contract, tmp_path, **settings) as backend:
                await backend.predict(["good"])
    assert 2 == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("strategy", "before", "after", "proofs"),
    [
        ("auto", always(said("positive", logprobs=CANDIDATES)), keeping("grammar"), (1, 1 + 1)),
        ("auto", keeping("grammar"), keeping("response_format"), (1 + 1, 1 + 4)),
        ("constrained", keeping("grammar"), keeping("response_format"), (1, 4)),
    ],
)
async def test_what_was_proved_is_in_the_key(
    strategy: str, before: Script, after: Script, proofs: tuple[int, int], contract: Contract, tmp_path: Path
) -> None:
    """A server that proves something else is asked anew; one that proves the same is asked only for that."""
    is_new = False

    def script(request: Request) -> Reply:
        return (after if is_new else before)(request)

    async with misbehaving(script) as server:

        async def ask() -> tuple[list[RawOutput], int]:
            server.requests.clear()
            async with cached(server, contract, tmp_path, strategy=strategy, api="chat") as backend:
                return await backend.predict(["good"]), len(server.requests)

        found, asked_first = await ask()
        again, asked_then = await ask()
        is_new = True
        other, asked_later = await ask()
    assert (proofs[0] + 1, proofs[0], proofs[1] + 1) == (asked_first, asked_then, asked_later)
    assert [replace(raw, usage=FROM_CACHE) for raw in found if not isinstance(raw, Failure)] == again
    assert [found[0].kind, "completion"] == [again[0].kind, other[0].kind]
    assert again != other


@pytest.mark.anyio
async def test_where_nothing_can_be_proved_a_text_fails_by_its_own_reason(
    contract: Contract, tmp_path: Path
) -> None:
    """And the cache holds nothing of it."""
    ((raws,), _) = await asked(always(error(503)), contract, tmp_path, ["good"], strategy="auto", retries=0)
    assert ["server_error"] == [getattr(raw, "reason", None) for raw in raws]


@pytest.mark.anyio
async def test_how_it_is_asked_is_not_in_the_key(contract: Contract, tmp_path: Path) -> None:
    """A key, a deadline, a budget change no answer; neither does a contract whose prompt is the same."""
    how: dict[str, Any] = {"api_key": "sk-other", "retries": 3, "concurrency": 1, "deadline_ms": 50_000}
    newer = Contract.parse(contract.source.replace(f'"{contract.ref.version}"', '"99.0.0"', 1).encode())
    assert newer.ref != contract.ref
    async with misbehaving(always(GOOD)) as server:
        async with cached(server, contract, tmp_path) as backend:
            await backend.predict(["good"])
        async with cached(server, newer, tmp_path, **how) as backend:
            await backend.predict(["good"])
    assert 1 == len(server.requests)


@pytest.mark.anyio
@pytest.mark.parametrize(("strategy", "requests"), [("score", 2), ("free", 1)])
async def test_words_that_scores_are_asked_by_are_in_the_key(
    strategy: str, requests: int, contract: Contract, tmp_path: Path
) -> None:
    """By them it is decided whether more candidates are asked for; what is written depends on the prompt."""
    word = contract.source.replace('POSITIVE = ["positive", ', 'POSITIVE = ["positive", "sunny", ', 1)
    async with misbehaving(always(GOOD)) as server:
        for one in (contract, Contract.parse(word.encode())):
            async with cached(server, one, tmp_path, strategy=strategy) as backend:
                await backend.predict(["good"])
    assert requests == len(server.requests)


def test_each_setting_counts_unless_it_is_known_not_to() -> None:
    """Those that are left out of the key exist; a new setting is in it by itself."""
    assert set(LlmSettings.model_fields) >= BESIDE_THE_ANSWER


@pytest.mark.anyio
async def test_no_text_and_no_key_is_in_the_file(contract: Contract, tmp_path: Path) -> None:
    """Only hashes of what was asked, and the answers."""
    text, secret = "a very private complaint", "sk-very-secret"
    await asked(always(GOOD), contract, tmp_path, [text], api_key=secret)
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        ((answer,),) = database.execute("SELECT answer FROM answers").fetchall()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert " positive" in answer
    assert not [hidden for hidden in (text, secret, "127.0.0.1") if hidden.encode() in written]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer", ["{", "[]", "null", '{"kind": "completion"}', '{"kind": "failure"}', "\x00"]
)
async def test_a_damaged_answer_is_asked_for_again(
    answer: str, contract: Contract, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, and replaced."""
    async with misbehaving(always(GOOD)) as server:
        async with cached(server, contract, tmp_path) as backend:
            (first,) = await backend.predict(["good"])
        with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
            database.execute("UPDATE answers SET answer = ?", (answer,))
        async with cached(server, contract, tmp_path) as backend:
            assert [first] == await backend.predict(["good"])
    assert 2 == len(server.requests)
    assert "holds what is no answer" in caplog.text


@pytest.mark.parametrize(
    ("setting", "is_cached"), [({}, False), ({"cache": "off"}, False), ({"cache": "on"}, True)]
)
def test_the_cache_is_where_the_settings_say(
    setting: dict[str, Any], is_cached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nowhere by default; with "on" in the user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    llm = {"server": "remote", "base_url": "http://127.0.0.1:9", **setting}
    classifier = build_classifier(Settings.model_validate({"backend": "llm", "llm": llm}))
    assert isinstance(classifier.backends["llm"], CachedBackend if is_cached else LlmBackend)
    assert is_cached == (tmp_path / "polarity" / FILE).exists()
    asyncio.run(classifier.aclose())
