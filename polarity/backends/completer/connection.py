"""The way to a server: its address, the proxies that may stand before it, and a cap on what it sends."""

import ssl
from collections.abc import AsyncIterator, Mapping
from functools import cache, partial
from ipaddress import ip_address
from typing import NamedTuple

import httpx2

from polarity.backends.completer.faults import Fault
from polarity.errors import BackendRejected

MAX_ANSWER_BYTES = 8_000_000  # a thousand candidates with their bytes are 0.2 MB
# How many requests are under way is the LLM backend's business; a connection is kept for each of most runs'.
LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
ENDINGS = ("/chat/completions", "/completions")
PROXIES = "ALL_PROXY, HTTPS_PROXY or HTTP_PROXY"
AZURE = "api-version"  # what only Azure's addresses carry


class Address(NamedTuple):
    """What stands before the endpoint, and the query that every request carries behind it."""

    url: str
    query: Mapping[str, str]

    @classmethod
    def of(cls, base_url: str) -> "Address":
        """Part a base URL: the endpoint's path goes between the two.

        >>> Address.of("https://me.openai.azure.com/openai/deployments/d/?api-version=2024-10-21")
        Address(url='https://me.openai.azure.com/openai/deployments/d', query={'api-version': '2024-10-21'})
        """
        whole = httpx2.URL(base_url)
        return cls(str(whole.copy_with(query=None, fragment=None)).rstrip("/"), dict(whole.params))

    @property
    def is_azure(self) -> bool:
        """Whether keys go by Azure's own header."""
        return AZURE in self.query

    def at(self, path: str) -> httpx2.URL:
        """Put a path between the two.

        >>> Address.of("https://me.openai.azure.com/openai/deployments/d?api-version=1").at("/completions")
        URL('https://me.openai.azure.com/openai/deployments/d/completions?api-version=1')
        """
        return httpx2.URL(self.endpoint(path), params=self.query or None)

    def endpoint(self, path: str) -> str:
        """Name what is asked, for people: without the query, in which a key may stand."""
        return f"{self.url}{path}"

    def advice(self) -> str:
        """Say what to try where nothing of the kind is at this address.

        >>> Address.of("http://127.0.0.1:11434").advice()
        "try llm.base_url = 'http://127.0.0.1:11434/v1'"
        >>> Address.of("http://127.0.0.1:8000/v1/chat/completions").advice()
        "try llm.base_url = 'http://127.0.0.1:8000/v1'"
        """
        for ending in ENDINGS:
            if self.url.endswith(ending):
                return f"try llm.base_url = {self.url.removesuffix(ending)!r}"
        if self.is_azure:
            return "check the deployment and the api-version in llm.base_url"
        if httpx2.URL(self.url).path in ("", "/"):
            return f"try llm.base_url = {f'{self.url}/v1'!r}"
        return "check llm.base_url and llm.api"


def http_client(address: Address, headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """Make the client that requests go through, with what every one of them carries.

    It has no time limits: a deadline is the LLM backend's. A server on this machine is asked directly: a
    proxy that the environment names cannot reach it.

    Raises:
        BackendRejected: the environment names a proxy that cannot be used.
    """
    client = partial(
        httpx2.AsyncClient,
        headers=headers,
        event_hooks={"response": [_capped]},
        follow_redirects=True,
        timeout=None,
    )
    if _is_loopback(httpx2.URL(address.url).host):
        # Given a transport, the client looks for no proxies.
        return client(transport=httpx2.AsyncHTTPTransport(verify=_trusted(), limits=LIMITS))
    try:
        return client(verify=_trusted(), limits=LIMITS)
    except ImportError:
        raise BackendRejected(
            f"the environment ({PROXIES}) names a SOCKS proxy, which needs socksio: pip install socksio, "
            "or name a proxy that speaks HTTP"
        ) from None
    except ValueError as error:  # the proxy's address may hold a password: only its scheme is shown
        raise BackendRejected(
            f"the environment ({PROXIES}) names a proxy that cannot be used: {error}"
        ) from None


@cache
def _trusted() -> ssl.SSLContext:
    """Read which authorities are trusted, once: it takes longer than a client and a request together."""
    return httpx2.create_ssl_context()


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _capped(response: httpx2.Response) -> None:
    """Have a body unpacked under our eyes: a little of gzip may become very much.

    One that says how long it is, and is not packed, is held to that by HTTP.
    """
    said = response.headers.get("content-length", "")
    if "content-encoding" not in response.headers and said.isdecimal() and int(said) <= MAX_ANSWER_BYTES:
        return
    packed = httpx2.Response(response.status_code, headers=response.headers, stream=response.stream)
    response.headers.pop("content-encoding", None)
    response.stream = _Capped(packed)


class _Capped(httpx2.AsyncByteStream):
    """A body that ends in a fault where it grows beyond reason: it would all be kept in memory."""

    def __init__(self, packed: httpx2.Response) -> None:
        self._packed = packed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._packed.aiter_bytes():
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise Fault("bad_response", f"the server's answer is longer than {MAX_ANSWER_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._packed.aclose()
