"""What `polarity doctor` shows of a language model's server: each row is found out by asking.

| row | proven by |
|---|---|
| completions, chat | one token of each endpoint; how much the chat template puts around a word |
| models | what `/models` lists |
| candidates | how many come with log-probabilities |
| grammar, choice, guided_choice, json_schema | a canary, see `constrained` |
| stop | the same text again, with a word of it as the stop |
| seed | a hot model with one seed twice, and with others |
| too long | a text beyond the context that the server names |
| bad key | a key that nobody has |
| speed, deadline | tokens of an answer by the clock, and three texts as they are asked about |
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import SecretStr

from polarity.backends.attempts import enough_s
from polarity.backends.completer import Fault
from polarity.backends.constrained import Way, ways
from polarity.backends.llm import LlmBackend
from polarity.backends.proving import ENOUGH_CANDIDATES, Asked, candidates, objection
from polarity.contract import Contract
from polarity.errors import BackendRejected
from polarity.types import Failure

LONGEST_S = 30.0  # for one row
MOST_CONTEXT = 16_384  # tokens; to fill a larger one would cost time and money
PROSE = "Tell a short story about a lighthouse."
SENTENCE_TOKENS, STORY_TOKENS = 16, 32
SHOWN_MODELS = 5
SEED, OTHER_SEEDS = 7, (8, 9)
TEXTS = (
    "The parcel came on Tuesday, two days late, and one of the cups was broken.",
    "The staff were kind, and my refund was there within the hour. Thank you!",
    "When does the shop on Mill Street open on Sundays, and is there a place to park?",
)


class Proof(NamedTuple):
    """One row. `ok`: proven; None: the server does without, or it could not be found out; False: broken."""

    what: str
    ok: bool | None
    detail: str


Find = Callable[[], Awaitable[Proof]]


async def prove(backend: LlmBackend, contract: Contract) -> list[Proof]:
    """Find out what a backend's server does, row by row; none of them raises.

    Where neither endpoint answers, nothing more is asked. A slow server costs up to `LONGEST_S` a row.
    """
    asked = backend.asked
    completions = await _found("completions", lambda: _endpoint(asked._replace(api="completions")))
    chat = await _found("chat", lambda: _endpoint(asked._replace(api="chat")))
    if not (completions.ok or chat.ok):
        return [completions, chat]
    rows: dict[str, Find] = {
        "models": lambda: _models(asked),
        "candidates": lambda: _candidates(asked),
        **{way: _way_row(asked, way, contract) for way in ways(contract)},
        "stop": lambda: _stop(asked),
        "seed": lambda: _seed(asked),
        "too long": lambda: _too_long(asked),
        "bad key": lambda: _bad_key(asked),
        "speed": lambda: _speed(asked),
        "deadline": lambda: _deadline(backend),
    }
    return [completions, chat, *[await _found(what, find) for what, find in rows.items()]]


async def _found(what: str, find: Find) -> Proof:
    try:
        async with asyncio.timeout(LONGEST_S):
            try:
                return await find()
            except Fault as fault:
                if not fault.passing:
                    raise
                return await find()  # such as a connection that the server closed after an error
    except TimeoutError:
        return Proof(what, None, f"not found out: no answer within {LONGEST_S:.0f} s")
    except (Fault, BackendRejected) as error:
        return Proof(what, None, f"no: {error}")


async def _models(asked: Asked) -> Proof:
    names = [str(model.get("id")) for model in await asked.completer.models()]
    more = f" and {len(names) - SHOWN_MODELS} more" if len(names) > SHOWN_MODELS else ""
    return Proof(
        "models", True if names else None, ", ".join(names[:SHOWN_MODELS]) + more or "none are listed"
    )


async def _endpoint(asked: Asked) -> Proof:
    tokens = (await asked("Hello", max_tokens=1)).completion.usage.prompt_tokens
    template = f"; with its template a word is {tokens} tokens" if asked.api == "chat" and tokens else ""
    return Proof(asked.api, True, f"answers{template}")


async def _candidates(asked: Asked) -> Proof:
    count = await candidates(asked)
    if not count:
        return Proof("candidates", None, "no log-probabilities")
    enough = count >= ENOUGH_CANDIDATES
    return Proof("candidates", enough or None, f"{count}{'' if enough else ': too few for scores'}")


def _way_row(asked: Asked, way: Way, contract: Contract) -> Find:
    async def find() -> Proof:
        why = await objection(asked, way, contract)
        return Proof(way, None if why else True, why or "enforced")

    return find


async def _stop(asked: Asked) -> Proof:
    whole = (await asked(PROSE, max_tokens=SENTENCE_TOKENS)).completion.text
    words = whole.split()
    if not words:
        return Proof("stop", None, "not found out: the model says nothing")
    stop = words[(len(words) - 1) // 2]
    ended = (await asked(PROSE, max_tokens=SENTENCE_TOKENS, stop=[stop])).completion.text
    ok, told = stop_found(whole, stop, ended)
    return Proof("stop", ok, told)


def stop_found(whole: str, stop: str, ended: str) -> tuple[bool | None, str]:
    """Judge by the whole text, a stop from its middle, and the text with that stop.

    >>> stop_found("Once upon a time", "upon", "Once ")
    (True, "honoured: the text ends before 'upon'")
    >>> stop_found("Once upon a time", "upon", "Once upon")
    (True, "honoured: the text ends with 'upon'")
    >>> stop_found("Once upon a time", "upon", "Once upon a time")
    (None, "ignored: the text goes on behind 'upon'")
    >>> stop_found("Once upon a time", "upon", "Long ago")
    (None, 'not found out: the same prompt gave another text')
    >>> stop_found("Once", "Once", "Once")
    (None, 'not found out: the model says too little')
    """
    before, _, behind = whole.partition(stop)
    if not behind.strip():
        return None, "not found out: the model says too little"
    if ended.strip() == before.strip():
        return True, f"honoured: the text ends before {stop!r}"
    if ended.strip() == f"{before}{stop}".strip():
        return True, f"honoured: the text ends with {stop!r}"
    if stop in ended:
        return None, f"ignored: the text goes on behind {stop!r}"
    return None, "not found out: the same prompt gave another text"


async def _seed(asked: Asked) -> Proof:
    async def said(seed: int) -> str:
        how: dict[str, Any] = {"temperature": 1.0, "max_tokens": SENTENCE_TOKENS, "more": {"seed": seed}}
        return (await asked(PROSE, **how)).completion.text

    same = [await said(SEED) for _ in range(2)]
    others = [await said(seed) for seed in OTHER_SEEDS]
    ok, told = seed_found(same, others)
    return Proof("seed", ok, told)


def seed_found(same: Sequence[str], others: Sequence[str]) -> tuple[bool | None, str]:
    """Judge by texts of a hot model: some with one seed, some with others.

    >>> seed_found(["a", "a"], ["b", "c"])
    (True, 'honoured: the same seed, the same text')
    >>> seed_found(["a", "b"], ["c", "d"])
    (None, 'ignored: the same seed gave two texts')
    >>> seed_found(["a", "a"], ["a", "a"])
    (None, 'not found out: every seed gives the same text')
    """
    if len(set(same)) > 1:
        return None, "ignored: the same seed gave two texts"
    if set(others) <= set(same):
        return None, "not found out: every seed gives the same text"
    return True, "honoured: the same seed, the same text"


async def _too_long(asked: Asked) -> Proof:
    try:
        context = context_of(await asked.completer.models(), asked.completer.model)
    except (Fault, BackendRejected):  # the row of the models says so
        context = None
    if context is None:
        return Proof("too long", None, "not tried: the server does not say how long its context is")
    known = f"a context of {context:,} tokens"
    if context > MOST_CONTEXT:
        return Proof("too long", None, f"not tried: {known}")
    try:
        await asked("word " * (context + 1), max_tokens=1)
    except Fault as fault:
        if fault.failure.reason == "text_too_long":
            return Proof("too long", True, f"{known}; a longer text is refused by name")
        return Proof("too long", None, f"{known}; a longer text is refused as {fault}")
    return Proof("too long", None, f"{known}; a longer text is cut, and nothing said")


def context_of(models: Sequence[Mapping[str, Any]], name: str) -> int | None:
    """Find a model's context in what a server lists: the one of that name, or the only one.

    >>> context_of([{"id": "a", "max_model_len": 4096}, {"id": "b"}], "a")
    4096
    >>> context_of([{"id": "a.gguf", "meta": {"n_ctx": 2048}}], "default")
    2048
    """
    found = next((model for model in models if model.get("id") == name), None)
    model = found or (models[0] if len(models) == 1 else {})
    meta = model.get("meta")
    told = [model.get("max_model_len"), model.get("context_length"), (meta or {}).get("n_ctx")]
    return next((tokens for tokens in told if isinstance(tokens, int)), None)


async def _bad_key(asked: Asked) -> Proof:
    stranger = asked._replace(completer=asked.completer.with_key(SecretStr("a-key-that-nobody-has")))
    try:
        await stranger("Hello", max_tokens=1)
    except BackendRejected as error:
        return Proof("bad key", error.reason == "unauthorized" or None, f"refused: {error}")
    except Fault as fault:
        return Proof("bad key", None, f"refused, but as {fault}")
    finally:
        await stranger.completer.aclose()
    return Proof("bad key", None, "taken: the server asks for no key")


async def _speed(asked: Asked) -> Proof:
    began = time.perf_counter()
    completion = (await asked(PROSE, max_tokens=STORY_TOKENS)).completion
    elapsed = time.perf_counter() - began
    tokens = completion.usage.completion_tokens
    if not tokens:
        return Proof("speed", None, f"not counted by the server; {elapsed * 1000:.0f} ms an answer")
    return Proof("speed", True, f"{tokens / elapsed:.1f} tokens a second, with the reading of a short prompt")


async def _deadline(backend: LlmBackend) -> Proof:
    took: list[float] = []
    for text in TEXTS:
        began = time.perf_counter()
        (raw,) = await backend.predict([text])
        took.append(time.perf_counter() - began)
        if isinstance(raw, Failure):
            return Proof("deadline", None, f"not found out: {raw.reason}: {raw.detail}")
    middle = statistics.median(took)
    advice = recommended_ms(middle)
    return Proof("deadline", True, f"llm.deadline_ms = {advice}: a text takes {middle * 1000:.0f} ms alone")


def recommended_ms(took_s: float) -> int:
    """Give the deadline for a server that takes so long for a text, in whole tenths of a second.

    >>> recommended_ms(0.12), recommended_ms(0.001)
    (1000, 200)
    """
    return -(-round(enough_s(took_s) * 1000) // 100) * 100
