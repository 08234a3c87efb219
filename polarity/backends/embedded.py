"""The embedded server: llama.cpp's own HTTP server in a process of ours, on a free loopback port.

To the rest of polarity it is a base URL and a key like any other server's, so that the embedded
model and a remote one are the same code path.
"""

import os
import secrets
import shutil
import tempfile
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

import httpx2
from pydantic import SecretStr

from polarity.backends.completer.connection import Address, http_client
from polarity.backends.embedded_apart import ServerApart
from polarity.backends.prompt import Message, head, messages, render
from polarity.contract import Contract
from polarity.errors import BackendRejected, BackendUnavailable, need_of
from polarity.weights import Weights

FIRST_TEXT = "The parcel came on Tuesday, two days late, and one of the cups was broken."
HEAD = "head"  # the file that keeps what is computed of it
CONTEXT_PER_SLOT = 2048  # tokens; llama.cpp divides its context over the slots


class ReadAhead(NamedTuple):
    """What all prompts begin with, as the server puts it together, and the seconds of a first short text."""

    head: str
    took_s: float


class EmbeddedServer:
    """A running server. What is under way when it is closed fails."""

    def __init__(self, weights: Weights, *, slots: int, threads: int | None) -> None:
        """Start the server and wait until it answers.

        Raises:
            BackendRejected: the weights cannot be read.
            BackendUnavailable: the server's package is not installed.
        """
        self.model, self.weights, self.threads = weights.name, weights, threads or os.cpu_count() or 1
        self._slots = slots
        self.api_key = SecretStr(secrets.token_hex(16))
        self._authorization = {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}
        if find_spec("xllamacpp") is None:
            raise BackendUnavailable(f"the embedded server {need_of('xllamacpp')}")
        folder = tempfile.mkdtemp(prefix="polarity-")
        self._remove_folder = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        wanted = {
            "path": str(weights.path),
            "slots": slots,
            "context": slots * CONTEXT_PER_SLOT,
            "threads": self.threads,
            "api_key": self.api_key.get_secret_value(),
            "folder": folder,
        }
        try:
            apart = ServerApart(wanted)
        except BackendRejected as error:
            raise BackendRejected(f"llama.cpp cannot serve {str(weights.path)!r}: {error}") from None
        self._end = weakref.finalize(self, apart.end)
        self._address = apart.address
        self.base_url = f"{self._address}/v1"
        self.warm_up("completions", prompt="A")

    def warm_up(self, endpoint: str, **body: object) -> float:
        """Let every slot read a prompt, so that no caller waits for what is in it; give the seconds."""
        url, headers = f"{self.base_url}/{endpoint}", self._authorization

        def ask(_: int) -> None:
            answer = httpx2.post(
                url, json={**body, "max_tokens": 1}, headers=headers, timeout=None, trust_env=False
            )
            answer.raise_for_status()

        begun = time.perf_counter()
        with ThreadPoolExecutor(self._slots) as pool:
            list(pool.map(ask, range(self._slots)))
        return time.perf_counter() - begun

    def read_ahead(self, contract: Contract, api: Literal["completions", "chat"]) -> ReadAhead:
        """Let every slot read what the prompts of all texts begin with, and a first text behind it.

        What the first slot then holds is kept for `back_to_head`.
        """
        if api == "completions":
            common = head(contract)
            self._read_head(common)
            return ReadAhead(common, self.warm_up("completions", prompt=render(contract, FIRST_TEXT)))
        first = messages(contract, FIRST_TEXT)
        common, _, _ = self._rendered(first).partition(FIRST_TEXT)
        self._read_head(common)
        return ReadAhead(common, self.warm_up("chat/completions", messages=first))

    def _read_head(self, common: str) -> None:
        self.warm_up("completions", prompt=common)
        self._posted("slots/0?action=save", filename=HEAD)

    async def back_to_head(self) -> None:
        """Have the first slot hold what was read ahead, to the last bit, and nothing of another text."""
        await self._told("slots/0?action=restore", filename=HEAD)

    def _rendered(self, chat: Sequence[Message]) -> str:
        """Write chat messages as the one string that the model's own template makes of them."""
        prompt: str = self._posted("apply-template", messages=list(chat))["prompt"]
        return prompt

    def _posted(self, path: str, **body: object) -> Any:
        url = f"{self._address}/{path}"
        answer = httpx2.post(url, json=body, headers=self._authorization, timeout=None, trust_env=False)
        return answer.raise_for_status().json()

    async def cut(self, text: str, tokens: int) -> str:
        """Give the beginning of a text that is at most so many tokens of the model.

        A token never stands for less than a byte of byte-level and byte-fallback vocabularies, so that
        a text of no more bytes than tokens needs no counting.
        """
        if len(text.encode()) <= tokens:
            return text
        found = (await self._told("tokenize", content=text))["tokens"]
        if len(found) <= tokens:
            return text
        start: str = (await self._told("detokenize", tokens=found[:tokens]))["content"]
        return start.rstrip("\ufffd")  # half a character, where the cut went through one

    async def _told(self, path: str, **body: object) -> Any:
        async with http_client(Address.of(self._address), self._authorization) as client:
            answer = await client.post(f"{self._address}/{path}", json=body)
        return answer.raise_for_status().json()

    def close(self) -> None:
        """Stop the server. May be called twice."""
        self._end()
        self._remove_folder()
