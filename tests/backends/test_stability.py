"""The same text gets the same answer: in any run, company and batch, and after a restart."""

import asyncio
import math
import random
from collections.abc import Sequence
from typing import Literal

import pytest

from polarity.backends.base import PolarityBackend
from polarity.backends.bert import BertBackend
from polarity.backends.llm import LlmBackend
from polarity.contract import Contract, mapper
from polarity.settings import BertSettings, LlmSettings
from polarity.types import RawOutput, Scores, Verdict

RUNS = 100
COMPANIES = 40
BATCH_TOKENS = (16, 256, 4096)
ROUNDING = 1e-5  # what padding may move a probability by in fp32; the promise is 1e-3
LONG = "The parcel came late, one cup was broken, and nobody answered my letters for three weeks. " * 4
BERT_TEXTS = [
    "",
    "Fine.",
    "not great",
    "The agent was lovely and quick.",
    "It broke twice.",
    "Does the store open on Sunday?",
    "It starts slowly, yet in the end I was moved to tears.",
    "😡 " * 12,
    LONG,
]
LLM_TEXTS = ["Fine.", "It broke twice.", "5 stars"]
# From 64 tokens on llama.cpp attends by another kernel: a long text shows whether others decide on it.
CLOSE = [LONG, LONG, LONG + "Fine.", LONG]


def _company(chance: random.Random, texts: Sequence[str]) -> list[str]:
    return chance.choices(texts, k=chance.randint(1, 4))


def _label(raw: RawOutput, contract: Contract) -> str | None:
    outcome = mapper.map(raw, contract)
    return outcome.label if isinstance(outcome, Verdict) else None


async def _alone(backend: PolarityBackend, texts: Sequence[str]) -> dict[str, RawOutput]:
    return {text: (await backend.predict([text]))[0] for text in texts}


def _distance(one: RawOutput, other: RawOutput) -> float:
    assert isinstance(one, Scores), one
    assert isinstance(other, Scores), other
    assert one.probabilities.keys() == other.probabilities.keys()
    return max(abs(one.probabilities[name] - other.probabilities[name]) for name in one.probabilities)


@pytest.mark.slow
@pytest.mark.anyio
async def test_bert_in_any_company(contract: Contract) -> None:
    """The shipped checkpoint, loaded three times: labels are the same, scores all but the same."""
    backends = [BertBackend.load(BertSettings(batch_tokens=size), contract) for size in BATCH_TOKENS]
    expected = await _alone(backends[0], BERT_TEXTS)
    chance = random.Random(0)
    worst = 0.0
    for _ in range(COMPANIES):
        texts = _company(chance, BERT_TEXTS)
        for text, raw in zip(texts, await chance.choice(backends).predict(texts), strict=True):
            assert _label(expected[text], contract) == _label(raw, contract)
            worst = max(worst, _distance(expected[text], raw))
    for backend in backends:
        await backend.aclose()
    assert worst <= ROUNDING


async def _crowded(backend: PolarityBackend, answers: int) -> list[tuple[str, RawOutput]]:
    """Ask in calls of one to four texts, all calls at once."""
    chance = random.Random(0)
    calls = [CLOSE]
    while sum(map(len, calls)) < answers:
        calls.append(_company(chance, LLM_TEXTS))
    raws = await asyncio.gather(*map(backend.predict, calls))
    return [
        pair
        for texts, answered in zip(calls, raws, strict=True)
        for pair in zip(texts, answered, strict=True)
    ]


@pytest.mark.llm
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("api", "strategy", "runs", "asked_by"),
    [
        ("completions", "score", 12, "contract"),
        ("completions", "free", 6, "short_contract"),
        pytest.param("completions", "score", RUNS, "contract", marks=pytest.mark.soak),
        pytest.param("completions", "free", 10, "contract", marks=pytest.mark.soak),
        pytest.param("chat", "score", 5, "contract", marks=pytest.mark.soak),
    ],
)
async def test_the_embedded_llm_in_any_company(
    api: Literal["completions", "chat"],
    strategy: Literal["score", "free"],
    runs: int,
    asked_by: str,
    request: pytest.FixtureRequest,
) -> None:
    """Every answer is the same to the last bit: alone, in a crowd, after itself, after a restart.

    One way to ask is tried with all of the contract's examples before each text, the other without.
    """
    contract: Contract = request.getfixturevalue(asked_by)
    settings = LlmSettings(api=api, strategy=strategy, threads=1)
    texts = [*LLM_TEXTS, *sorted(set(CLOSE))]
    first = LlmBackend.start(settings, contract, deadline_s=math.inf)
    expected = await _alone(first, texts)
    crowd = await _crowded(first, runs)
    await first.aclose()
    second = LlmBackend.start(settings, contract, deadline_s=math.inf)
    restarted = await _alone(second, texts[::-1])
    await second.aclose()
    assert [(text, expected[text]) for text, _ in crowd] == crowd
    assert expected == restarted
