"""Making backends."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from polarity.backends.completer import Completer
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.llm import LlmBackend
from polarity.contract import Contract
from polarity.settings import LlmSettings


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Say the time, in seconds."""
        return self.now


@asynccontextmanager
async def llm_on(
    base_url: str, contract: Contract, *, deadline_s: float = 10.0, patient: bool = False, **settings: Any
) -> AsyncIterator[LlmBackend]:
    """Open a backend that asks a server; the settings differ from the defaults where named."""
    chosen = LlmSettings.model_validate({"server": "remote", "base_url": base_url, **settings})
    backend = LlmBackend.start(chosen, contract, deadline_s=deadline_s, patient=patient)
    try:
        yield backend
    finally:
        await backend.aclose()


def real_llm(
    server: EmbeddedServer, contract: Contract, *, concurrency: int = 2, **settings: Any
) -> LlmBackend:
    """Make a backend on a running embedded server, which it does not own."""
    chosen = LlmSettings(concurrency=concurrency, **settings)
    return LlmBackend(
        Completer(server.base_url, server.api_key, chosen.model), chosen, contract, deadline_s=math.inf
    )
