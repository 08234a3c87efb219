"""What every backend must do, tried on every implementation over its real model."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from torch import Tensor

from polarity.backends.base import PolarityBackend, well_formed
from polarity.backends.bert import BertBackend
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.runtimes.torch import TorchRuntime
from polarity.contract import Contract
from polarity.errors import BackendUnavailable
from polarity.settings import BertSettings
from polarity.types import Completion, Failure, RawOutput, Scores

from .helpers import real_llm

IMPLEMENTATIONS = [
    "bert",
    *(
        pytest.param(f"llm {strategy} {api}", marks=pytest.mark.llm)
        for api in ("completions", "chat")
        for strategy in ("score", "free")
    ),
]
BRIEFLY = '[prompt.chat]\ntemplate = "Review: {text}\\nSentiment:"\nmax_tokens = 16\n'  # in short
TOO_LONG = "love ☃" * 700  # more tokens than llama.cpp has context for; the tiny BERT is made to choke on it


@pytest.fixture(params=IMPLEMENTATIONS, scope="session")
def implementation(request: pytest.FixtureRequest) -> str:
    """The name of an implementation; session scope runs all tests of one before the next."""
    return str(request.param)


@pytest.fixture
async def backend(
    implementation: str,
    tiny_checkpoint: Path,
    contract: Contract,
    short_contract: Contract,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PolarityBackend]:
    """An open backend that fails on `TOO_LONG` only."""
    if implementation == "bert":
        made: PolarityBackend = _choking(BertBackend.load(_bert_settings(tiny_checkpoint), contract))
    else:
        server = request.getfixturevalue("embedded_server")
        _, strategy, api = implementation.split()
        uncut = "max_chars = 9000\nmax_text_tokens = 9000\n"
        source = short_contract.source.replace("max_chars = 4000\n", uncut, 1)
        shown_whole = Contract.parse(f"{source}\n{BRIEFLY}".encode())
        made = real_llm(server, shown_whole, strategy=strategy, api=api, top_logprobs=5)
    yield made
    await made.aclose()


def _bert_settings(checkpoint: Path) -> BertSettings:
    return BertSettings(checkpoint=str(checkpoint), batch_tokens=64, precision="fp32")


def _choking(bert: BertBackend) -> BertBackend:
    loaded = bert._classifier
    assert isinstance(loaded, LoadedClassifier)
    runtime = loaded.runtime
    assert isinstance(runtime, TorchRuntime)
    logits = runtime.network.logits

    def choke(ids: Tensor, mask: Tensor) -> Tensor:
        if ids.shape[1] == 64:
            raise RuntimeError("choked")
        return logits(ids, mask)

    runtime.network = replace(runtime.network, logits=choke)
    return bert


def _read(raw: RawOutput) -> int:
    assert isinstance(raw, Scores | Completion), raw
    return raw.usage.prompt_tokens


@pytest.mark.anyio
async def test_nothing_asked_is_nothing_answered(backend: PolarityBackend) -> None:
    """No texts give no raw outputs."""
    assert [] == await backend.predict([])


@pytest.mark.anyio
async def test_one_answer_a_text_in_order(backend: PolarityBackend, implementation: str) -> None:
    """Each raw output stands in the place of its text: the longer the text, the more tokens were read."""
    raws = await backend.predict(["good", "good " * 20, "good " * 5])
    short, long, middle = map(_read, raws)
    assert short < middle < long
    assert implementation.startswith(backend.name)


@pytest.mark.anyio
async def test_one_failure_in_place(backend: PolarityBackend) -> None:
    """A text that cannot be answered is a `Failure` in its place; its neighbours are answered."""
    before, failed, after = await backend.predict(["good", TOO_LONG, "good " * 9])
    assert isinstance(failed, Failure)
    assert _read(before) < _read(after)


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["", "\ud83d", "a\x00b", "\u202e\u200b", "😡👎", "\n\t"])
async def test_odd_texts_are_answered(backend: PolarityBackend, text: str) -> None:
    """Nothing that a string can hold takes the batch with it, and it is no failure either."""
    odd, plain = await backend.predict([text, "good"])
    assert 0 < _read(odd)
    assert 0 < _read(plain)


@pytest.mark.anyio
async def test_calls_at_once_get_their_own_answers(backend: PolarityBackend) -> None:
    """Two calls under way at once do not mix their answers up."""
    (few,), (many,) = await asyncio.gather(backend.predict(["good"]), backend.predict(["good " * 20]))
    assert _read(few) < _read(many)


@pytest.mark.anyio
async def test_cancelling_one_call_leaves_the_next_alone(backend: PolarityBackend) -> None:
    """A caller that goes away in the middle sees its cancellation; later calls are answered."""
    call = asyncio.create_task(backend.predict(["good " * 20] * 4))
    await asyncio.sleep(0)  # it has begun, and no backend is that quick
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    (raw,) = await backend.predict(["good"])
    assert 0 < _read(raw)


@pytest.mark.anyio
async def test_closed_is_unavailable(backend: PolarityBackend) -> None:
    """After `aclose`, which may be called twice, the backend as a whole is unusable."""
    await backend.aclose()
    await backend.aclose()
    with pytest.raises(BackendUnavailable, match="closed"):
        await backend.predict(["good"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), ("😡 é", "😡 é"), ("\ud83d", "\ufffd"), ("a\ude21b", "a\ufffdb"), ("\ud83d\ude21", "😡")],
)
def test_halves_of_characters_are_replaced(text: str, expected: str) -> None:
    """What is whole stays as it is; two halves that belong together become one character."""
    assert expected == well_formed(text)
