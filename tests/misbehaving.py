"""An OpenAI-compatible server that misbehaves by a script: one reply, or one fault, a request."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What a client asked."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The prompt of either endpoint, as one string."""
        return str(self.body.get("prompt") or self.body.get("messages"))


@dataclass(frozen=True)
class Reply:
    """What is sent back, after a delay. `cut`: the connection ends in the middle of the body."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: bool = False


Script = Callable[[Request], Reply]


class Misbehaving:
    """A running server: what it was asked, and the most requests that were under way at once."""

    def __init__(self, script: Script) -> None:
        self.base_url = ""
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._script = script
        self.at_once = 0
        self._connections: set[asyncio.Task[None]] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._answer(await _request(reader), writer):
                pass
        writer.close()
        self._connections.discard(task)

    async def hang_up(self) -> None:
        """End every connection."""
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        self.requests.append(request)
        reply = self._script(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(reply.delay_s)
        finally:
            self.at_once -= 1
        headers = {
            "content-type": "application/json",
            "content-length": str(len(reply.body)),
            **reply.headers,
        }
        lines = [
            f"HTTP/1.1 {reply.status} Scripted",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        writer.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        await writer.drain()
        return not reply.cut


async def _request(reader: asyncio.StreamReader) -> Request:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(first.split()[1], headers, json.loads(body or b"{}"))


@asynccontextmanager
async def misbehaving(script: Script) -> AsyncIterator[Misbehaving]:
    """Serve on a free loopback port, in this event loop."""
    server = Misbehaving(script)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.base_url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()
        await server.hang_up()


def always(reply: Reply) -> Script:
    """Script the same reply for every request."""
    return lambda _: reply


def in_turn(*replies: Reply) -> Script:
    """Script one reply after the other; the last one for ever."""
    turns: Iterator[Reply] = iter(replies)
    return lambda _: next(turns, replies[-1])


def where(marker: str, reply: Reply, *, otherwise: Reply) -> Script:
    """Script a reply for the prompts that hold a marker."""
    return lambda request: reply if marker in request.prompt else otherwise


def sent(body: object, **how: Any) -> Reply:
    """Reply with a JSON body."""
    return Reply(json.dumps(body).encode(), **how)


def error(
    status: int,
    message: str = "scripted",
    *,
    code: object = None,
    param: str | None = None,
    **headers: str,
) -> Reply:
    """Reply with an error in OpenAI's shape."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    said = {"message": message, "type": "scripted", "code": code, "param": param}
    return sent({"error": said}, status=status, headers=named)


def completed(
    text: object,
    *,
    delay_s: float = 0.0,
    finish_reason: object = "stop",
    logprobs: object = None,
    **more: Any,
) -> Reply:
    """Reply as `/completions` does."""
    choice = {"index": 0, "text": text, "finish_reason": finish_reason, "logprobs": logprobs, **more}
    return sent({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 1}}, delay_s=delay_s)


def said(
    content: object,
    *,
    refusal: object = None,
    finish_reason: object = "stop",
    logprobs: object = None,
    **beside: Any,
) -> Reply:
    """Reply as `/chat/completions` does; `beside` stands in the message, beside its content."""
    message = {"role": "assistant", "content": content, "refusal": refusal, **beside}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": logprobs}
    return sent({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 1}})


def legacy(**candidates: object) -> dict[str, object]:
    """Shape log-probabilities as OpenAI's `/completions` does; the first candidate is the chosen one."""
    chosen = list(candidates.items())[:1]
    return {
        "tokens": [token for token, _ in chosen],
        "token_logprobs": [logprob for _, logprob in chosen],
        "top_logprobs": [candidates],
    }


def content(*candidates: tuple[object, object]) -> dict[str, object]:
    """Shape log-probabilities as the chat endpoint and llama.cpp do; the first is the chosen one."""
    top = [{"token": token, "logprob": logprob, "bytes": None} for token, logprob in candidates]
    return {"content": [{**chosen, "top_logprobs": top} for chosen in top[:1]]}


def keeping(*keys: str, otherwise: Reply | None = None) -> Script:
    """Script a chat server that keeps to the constraints under some keys, and ignores all others."""

    def script(request: Request) -> Reply:
        held = next((request.body[key] for key in keys if key in request.body), None)
        return (otherwise or said("kettle")) if held is None else said(held_to(held))

    return script


def held_to(held: Any) -> str:
    """Answer with the last word that a constraint allows."""
    if isinstance(held, str):
        return str(json.loads(held.rpartition(" | ")[2].removeprefix("root ::= ")))
    if isinstance(held, list):
        return str(held[-1])
    if "choice" in held:
        return str(held["choice"][-1])
    ((key, value),) = held["json_schema"]["schema"]["properties"].items()
    return json.dumps({key: value["enum"][-1]})
