"""The calls to a server. Requests go out as it takes them, answers are read as they really come."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI
from pydantic import SecretStr

from polarity.backends.completer.connection import Address, http_client
from polarity.backends.completer.faults import complaint_of, translated
from polarity.backends.completer.replies import Reply, read
from polarity.backends.completer.terms import Terms
from polarity.backends.prompt import Prompt
from polarity.errors import BackendRejected

NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})
# The client would send the organisation and project of `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` to any server.
_NO_OPENAI_ACCOUNT: Mapping[str, Any] = {
    "OpenAI-Organization": openai.omit,
    "OpenAI-Project": openai.omit,
}


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
        headers = {name: value.get_secret_value() for name, value in extra_headers.items()}
        self._address = Address.of(base_url)
        self._secrets = [key, *(part for value in headers.values() for part in value.split())]
        self._client = AsyncOpenAI(
            base_url=self._address.url,
            api_key=key or "none",  # the client insists on one; keyless servers ignore it
            max_retries=0,
            timeout=None,
            default_headers=_NO_OPENAI_ACCOUNT,
            default_query=self._address.query,
            http_client=http_client(self._address),
        )
        self._headers = {**self._azure_headers(key), **headers}
        self.model = model
        self._with_key = partial(
            Completer, base_url, model=model, extra_body=extra_body, extra_headers=extra_headers
        )
        self._extra_body = extra_body
        self._terms = Terms()

    def _azure_headers(self, key: str) -> Mapping[str, Any]:
        return {"api-key": key, "Authorization": openai.omit} if key and self._address.is_azure else {}

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
        endpoint, advice = self._address.endpoint(path), self._address.advice()
        with translated(self._secrets, endpoint, advice):
            sent, response = await self._sent(path, {**self._extra_body, **body})
            return read(response, sent, f"{endpoint} was asked; {advice}")

    async def models(self) -> list[dict[str, Any]]:
        """Give what `/models` lists, as it stands there. Raises as `complete` does."""
        endpoint, advice = self._address.endpoint("/models"), self._address.advice()
        with translated(self._secrets, endpoint, advice, method="GET"):
            response = await self._client.get(
                "/models", cast_to=httpx2.Response, options={"headers": self._headers}
            )
            return [dict(model) for model in response.json()["data"]]

    def with_key(self, api_key: SecretStr) -> "Completer":
        """Make another one for the same model on the same server, with another key."""
        return self._with_key(api_key=api_key)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _sent(self, path: str, body: Mapping[str, Any]) -> tuple[Mapping[str, Any], httpx2.Response]:
        """Send a request as the server takes it, or is found to; give what was sent, and the answer.

        What it refuses is learned where the request without it is answered. Each turn takes something off
        the request, so there is an end to it.
        """
        terms = self._terms
        while True:
            sent = terms.fit(body)
            try:
                response = await self._client.post(
                    path, cast_to=httpx2.Response, body=sent, options={"headers": self._headers}
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                complaint = complaint_of(error)
                if complaint is None or complaint.concerns_the_text:
                    raise
                lesson = terms.after(complaint, sent)
                if lesson is None:
                    raise
                terms = lesson
            else:
                self._terms = self._terms.merged(terms, sent)
                return sent, response


def _request(prompt: Prompt, top_logprobs: int | None) -> tuple[str, Mapping[str, Any]]:
    """Give the path and what is asked: the two endpoints have names of their own for it."""
    if isinstance(prompt, str):
        return "/completions", {"prompt": prompt} | ({"logprobs": top_logprobs} if top_logprobs else {})
    shown = {"logprobs": True, "top_logprobs": top_logprobs} if top_logprobs else {}
    return "/chat/completions", {"messages": prompt} | shown
