"""The calls to a server. Requests go out as it takes them, answers are read as they really come."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import httpx2
from pydantic import SecretStr

from polarity.backends.completer.connection import Address, http_client
from polarity.backends.completer.faults import complaint_of, translated
from polarity.backends.completer.replies import Reply, read
from polarity.backends.completer.terms import Terms
from polarity.backends.prompt import Prompt
from polarity.errors import BackendRejected

NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})
COMPLETIONS, CHAT, MODELS = "/completions", "/chat/completions", "/models"
REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})


class Completer:
    """Asks one model on one server for completions."""

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr,
        model: str,
        *,
        extra_body: Mapping[str, Any] = NOTHING_ELSE,
        extra_headers: Mapping[str, SecretStr] = NOTHING_ELSE,
    ) -> None:
        """Connect to nothing yet. `extra_body` and `extra_headers` go with every request.

        Raises:
            BackendRejected: no HTTP header can carry the key, or the environment names a proxy that cannot
                be used.
        """
        key = api_key.get_secret_value()
        if not re.fullmatch(r"[!-~]*", key):
            raise BackendRejected("llm.api_key holds white space or characters that no HTTP header can carry")
        own = {name: value.get_secret_value() for name, value in extra_headers.items()}
        self._address = Address.of(base_url)
        self._advice = self._address.advice()
        self._urls = {path: self._address.at(path) for path in (COMPLETIONS, CHAT, MODELS)}
        self._secrets = [key, *(part for value in own.values() for part in value.split())]
        headers = httpx2.Headers({"Accept": "application/json", **self._with_the_key(key)})
        headers.update(own)
        self._client = http_client(self._address, headers)
        self.model = model
        self._with_key = partial(
            Completer, base_url, model=model, extra_body=extra_body, extra_headers=extra_headers
        )
        self._extra_body = extra_body
        self._terms = Terms()

    def _with_the_key(self, key: str) -> Mapping[str, str]:
        """Write the header for a key; a server without keys gets one, too, and ignores it."""
        if key and self._address.is_azure:
            return {"api-key": key}
        return {"Authorization": f"Bearer {key or 'none'}"}

    @property
    def learned(self) -> Sequence[str]:
        """What the server turned out to refuse, and what is done instead: a sentence each."""
        return tuple(self._terms.sentences())

    @property
    def most_candidates(self) -> int | None:
        """The most candidates that the server gives, if it has said so."""
        return self._terms.most

    async def ask(
        self,
        prompt: Prompt,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
        top_logprobs: int | None = None,
        more: Mapping[str, Any] = NOTHING_ELSE,
    ) -> Reply:
        """Have a string continued by `/completions`, or messages answered by `/chat/completions`.

        `more` is what else the request holds.

        Raises:
            Fault: this attempt failed.
            BackendRejected: what concerns every text: the key, the model, the address, the money.
        """
        path, asked = _request(prompt, top_logprobs)
        body = {"model": self.model, "max_tokens": max_tokens, "temperature": temperature, **asked, **more}
        if stop:
            body["stop"] = list(stop)
        endpoint = self._address.endpoint(path)
        with translated(self._secrets, endpoint, self._advice):
            sent, response = await self._sent(path, {**self._extra_body, **body})
            return read(response, sent, f"{endpoint} was asked; {self._advice}")

    async def models(self) -> list[dict[str, Any]]:
        """Give what `/models` lists, as it stands there. Raises as `complete` does."""
        endpoint = self._address.endpoint(MODELS)
        with translated(self._secrets, endpoint, self._advice, method="GET"):
            response = await self._client.get(self._urls[MODELS])
            response.raise_for_status()
            return [dict(model) for model in response.json()["data"]]

    def with_key(self, api_key: SecretStr) -> "Completer":
        """Make another one for the same model on the same server, with another key."""
        return self._with_key(api_key=api_key)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _sent(self, path: str, body: Mapping[str, Any]) -> tuple[Mapping[str, Any], httpx2.Response]:
        """Send a request as the server takes it, or is found to; give what was sent, and the answer.

        What it refuses is learned where the request without it is answered. Each turn takes something off
        the request, so there is an end to it.
        """
        terms = self._terms
        while True:
            sent = terms.fit(body)
            response = await self._client.post(self._urls[path], json=sent)
            lesson = _lesson(terms, response, sent) if response.status_code in REFUSED else None
            if lesson is None:
                break
            terms = lesson
        response.raise_for_status()
        self._terms = self._terms.merged(terms, sent)
        return sent, response


def _lesson(terms: Terms, response: httpx2.Response, sent: Mapping[str, Any]) -> Terms | None:
    """Learn from a refusal of what was sent; None where it is one of the text, or teaches nothing."""
    complaint = complaint_of(response)
    return None if complaint is None or complaint.concerns_the_text else terms.after(complaint, sent)


def _request(prompt: Prompt, top_logprobs: int | None) -> tuple[str, Mapping[str, Any]]:
    """Give the path and what is asked: the two endpoints have names of their own for it."""
    if isinstance(prompt, str):
        return COMPLETIONS, {"prompt": prompt} | ({"logprobs": top_logprobs} if top_logprobs else {})
    shown = {"logprobs": True, "top_logprobs": top_logprobs} if top_logprobs else {}
    return CHAT, {"messages": prompt} | shown
