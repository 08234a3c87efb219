"""Backends over real parts: the tiny BERT, and one llama.cpp server for the whole folder."""

import re
import socket
from collections.abc import Callable, Iterator

import pytest

from polarity.backends.embedded import EmbeddedServer
from polarity.contract import Contract, load_contract
from polarity.weights import resolved

SLOTS = 2


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The default contract."""
    return load_contract()


@pytest.fixture(scope="session")
def short_contract(contract: Contract) -> Contract:
    """The default contract without examples, and in chat as in completions: bad answers, quickly."""
    source = re.sub(r"\[prompt\.chat\].*?(?=\n\[)", "", contract.source, flags=re.DOTALL)
    return Contract.parse(re.sub(r"\nexamples = \[.*?\n\](?=\n)", "", source, flags=re.DOTALL).encode())


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[EmbeddedServer]:
    """A real llama.cpp server with SmolLM2, on one thread."""
    server = EmbeddedServer(resolved(None), slots=SLOTS, threads=1)
    yield server
    server.close()


@pytest.fixture
def unused_port() -> Callable[[], int]:
    """Find a port on which nobody listens."""

    def find() -> int:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            return int(found.getsockname()[1])

    return find
