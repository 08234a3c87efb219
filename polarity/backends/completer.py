"""One OpenAI-compatible server behind one call, with every vendor error translated in one place.

The only module that knows `openai`, and `httpx2` which it speaks through. It asks once: retries and
deadlines have one owner, the LLM backend. `max_retries=0` keeps the client from having a second
opinion.
"""

import math
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2
import openai
from openai import AsyncOpenAI
from pydantic import BaseModel, SecretStr

from polarity.backends.prompt import Message
from polarity.errors import BackendRejected
from polarity.types import Completion, Failure, FailureReason, FinishReason, Usage

FINISH_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "content_filter": "content_filter",
}
PASSING: frozenset[FailureReason] = frozenset({"connection", "rate_limited", "server_error", "timeout"})
REQUEST_TIMEOUT = 408
MAX_ANSWER_BYTES = 8_000_000  # a thousand candidates with their bytes are 0.2 MB
MAX_DETAIL = 300  # characters that a server may add to our messages
ROUNDING = 1.05  # what candidates of one token may sum to; servers compute in 16 bits
LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


class Fault(Exception):
    """One attempt failed. `passing` says that another may not; `retry_after_s` when to try."""

    def __init__(self, reason: FailureReason, detail: str, retry_after_s: float | None = None) -> None:
        self.failure = Failure(reason=reason, detail=detail)
        self.passing = reason in PASSING
        self.retry_after_s = retry_after_s
        super().__init__(f"{reason}: {detail}")


class Reply(NamedTuple):
    """A completion, and the candidates for its first token with their probabilities, if asked for."""

    completion: Completion
    candidates: Mapping[str, float] | None


# The client would send the organisation and project of `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` to any server.
_NO_OPENAI_ACCOUNT: Any = {"OpenAI-Organization": openai.omit, "OpenAI-Project": openai.omit}


class Completer:
    """Asks one model on one server for completions."""

    def __init__(self, base_url: str, api_key: SecretStr, model: str) -> None:
        """Connect to nothing yet.

        Raises:
            BackendRejected: no HTTP header can carry the key.
        """
        self._secret = api_key.get_secret_value()
        if not re.fullmatch(r"[!-~]*", self._secret):
            raise BackendRejected("llm.api_key holds white space or characters that no HTTP header can carry")
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=self._secret or "none",  # the client insists on one; keyless servers ignore it
            max_retries=0,
            timeout=None,
            default_headers=_NO_OPENAI_ACCOUNT,
            http_client=openai.DefaultAsyncHttpxClient(
                mounts=dict.fromkeys(LOOPBACK),  # a proxy that the environment names cannot reach this host
                event_hooks={"response": [_capped]},
            ),
        )
        self._model = model

    async def complete(
        self, prompt: str, *, stop: list[str], max_tokens: int, temperature: float, top_logprobs: int | None
    ) -> Reply:
        """Continue a prompt by `/completions`.

        Raises:
            Fault: this attempt failed.
            BackendRejected: credentials or model are refused.
        """
        with translated(self._secret):
            answer = await self._client.completions.create(
                model=self._model,
                prompt=prompt,
                stop=stop,
                max_tokens=max_tokens,
                temperature=temperature,
                logprobs=top_logprobs or openai.omit,
            )
            choice = _only_choice(answer)
            completion = _completion(choice, choice.text, None, answer.usage)
            return Reply(completion, _candidates(choice.logprobs) if top_logprobs else None)

    async def chat(
        self,
        messages: list[Message],
        *,
        stop: list[str],
        max_tokens: int,
        temperature: float,
        top_logprobs: int | None,
    ) -> Reply:
        """Answer messages by `/chat/completions`. Raises as `complete` does."""
        with translated(self._secret):
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=messages,  # type: ignore[arg-type] # a TypedDict of ours with the vendor's keys
                stop=stop,
                max_tokens=max_tokens,
                temperature=temperature,
                logprobs=True if top_logprobs else openai.omit,
                top_logprobs=top_logprobs or openai.omit,
            )
            choice = _only_choice(answer)
            said = choice.message
            text = "" if said.content is None else said.content  # beside a refusal or a tool call
            completion = _completion(choice, text, said.refusal, answer.usage)
            return Reply(completion, _candidates(choice.logprobs) if top_logprobs else None)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


@contextmanager
def translated(secret: str = "") -> Iterator[None]:
    """Turn whatever the vendor's client raises into a `Fault` or a `BackendRejected`.

    The cause is not chained: a server may echo the key, and a traceback would show it.
    """
    try:
        yield
    except Fault:
        raise
    except openai.OpenAIError as error:
        raise _translation(error, secret) from None
    except Exception as error:  # noqa: BLE001 - the client validates nothing: a wrong shape shows as any error
        detail = _shown(f"not shaped like a completion: {type(error).__name__}: {error}", secret)
        raise Fault("bad_response", detail) from None


def _translation(error: openai.OpenAIError, secret: str) -> Fault | BackendRejected:
    detail = _shown(getattr(error, "message", None) or f"{type(error).__name__}: {error}", secret)
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError() | openai.NotFoundError():
            return BackendRejected(f"the LLM server refuses: {detail}")
        case openai.APITimeoutError():
            return Fault("timeout", detail)
        case openai.APIConnectionError():
            return Fault("connection", _shown(f"{error.message} {error.__cause__ or ''}", secret))
        case openai.APIStatusError():
            return Fault(_reason(error.status_code), detail, _retry_after(error))
        case _:
            return Fault("bad_response", detail)


def _reason(status: int) -> FailureReason:
    if status == openai.RateLimitError.status_code:
        return "rate_limited"
    if status == REQUEST_TIMEOUT:
        return "timeout"
    return "server_error" if status >= httpx2.codes.INTERNAL_SERVER_ERROR else "rejected"


def _shown(text: str, secret: str) -> str:
    """Bring a server's words on one line, short and without the key."""
    line = " ".join(text.split())
    hidden = line.replace(secret, "***") if secret else line
    return hidden if len(hidden) <= MAX_DETAIL else f"{hidden[:MAX_DETAIL]}..."


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Read the header in seconds. As a date it would need the server's clock: our own pause will do."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


async def _capped(response: httpx2.Response) -> None:
    response.stream = _Capped(response.stream)


class _Capped(httpx2.AsyncByteStream):
    """A body that ends in a fault where it grows beyond reason: it would all be kept in memory."""

    def __init__(self, stream: Any) -> None:
        self._stream: httpx2.AsyncByteStream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        chunks: AsyncIterable[bytes] = self._stream
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise Fault("bad_response", f"the server's answer is longer than {MAX_ANSWER_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _only_choice(answer: Any) -> Any:
    if not isinstance(answer, BaseModel):
        raise Fault("bad_response", "the server's answer is no JSON object: check llm.base_url")
    choices = getattr(answer, "choices", None)
    if not choices:
        raise Fault("bad_response", "the server's answer holds no choices")
    return choices[0]


def _completion(choice: Any, text: Any, refusal: Any, usage: Any) -> Completion:
    if not isinstance(text, str):
        raise TypeError(f"its text is {type(text).__name__}")
    if not isinstance(refusal, str | None):
        raise TypeError(f"its refusal is {type(refusal).__name__}")
    if choice.finish_reason not in FINISH_REASONS:  # "abort", "error", "tool_calls": not an answer that ended
        raise ValueError(f"its finish reason is {choice.finish_reason!r}")
    return Completion(
        text=text,
        finish_reason=FINISH_REASONS[choice.finish_reason],
        refusal=refusal,
        usage=Usage(_count(usage, "prompt_tokens"), _count(usage, "completion_tokens")),
    )


def _count(usage: Any, name: str) -> int:
    """Read a count; a server that does not count well still answered."""
    count = getattr(usage, name, None)
    return count if isinstance(count, int) and count >= 0 else 0


def _candidates(logprobs: Any) -> dict[str, float] | None:
    """Read the first token's candidates; tokens that decode to the same string are one candidate."""
    found: dict[str, float] = {}
    for token, logprob in _logprobs(logprobs):
        if not isinstance(token, str):
            raise TypeError(f"a candidate is {type(token).__name__}")
        found[token] = found.get(token, 0.0) + math.exp(logprob)
    total = math.fsum(found.values())
    if not total <= ROUNDING:  # not a number is not below anything
        raise ValueError(f"its log-probabilities sum to a probability of {total}")
    return found or None


def _logprobs(logprobs: Any) -> Iterable[tuple[Any, Any]]:
    """Find the first token's (candidate, log-probability) in either of the shapes that servers send.

    OpenAI's `/completions` has `top_logprobs: [{token: logprob}]`; the chat endpoint, and
    llama.cpp on both, `content: [{top_logprobs: [{token, logprob}]}]`.
    """
    if legacy := getattr(logprobs, "top_logprobs", None):
        return (legacy[0] or {}).items()
    content = getattr(logprobs, "content", None)
    if not content:
        return ()
    candidates = _field(content[0], "top_logprobs") or ()
    return [(_field(candidate, "token"), _field(candidate, "logprob")) for candidate in candidates]


def _field(thing: Any, name: str) -> Any:
    """Read a field of what the client parsed, or left as a dict because it does not know it."""
    return thing[name] if isinstance(thing, dict) else getattr(thing, name)
