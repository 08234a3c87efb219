"""What a server really does, found out by asking it: a few short requests each.

A server may take a request and not keep to it, and say nothing. So nothing is believed: what constrains an
answer is tried with a canary (see `constrained`), a stop by whether the text ends there, a seed by whether
it gives the same text twice. `Constraining` and `proven_strategy` choose how a server is asked; what
`polarity doctor` shows of it stands in `proofs`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from polarity.backends.completer import NOTHING_ELSE, Completer, Fault, Reply
from polarity.backends.constrained import CANARY, DECOY, Way, constraint, is_canary, key, most_tokens, ways
from polarity.backends.identity import Strategy
from polarity.backends.prompt import Message
from polarity.contract import Contract
from polarity.errors import BackendRejected
from polarity.types import NO_TOKENS, FailureReason, Usage

Api = Literal["completions", "chat"]
ENOUGH_CANDIDATES = 5  # each label's word, in two spellings
ASKED_CANDIDATES = 20
OPEN: frozenset[FailureReason] = frozenset({"connection", "rate_limited", "timeout", "server_error"})
SHOWN = 40  # characters of an answer that was not the canary


class Asked(NamedTuple):
    """One model on one server, and the endpoint by which it is asked; `also` hears what each request used."""

    completer: Completer
    api: Api
    also: Callable[[Usage], None] = lambda _: None

    async def __call__(
        self,
        text: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
        top_logprobs: int | None = None,
        more: Mapping[str, Any] = NOTHING_ELSE,
    ) -> Reply:
        """Send a text as a prompt, or as a user's only message. Raises as the completer does."""
        used = NO_TOKENS
        try:
            reply = await self.completer.ask(
                [Message(role="user", content=text)] if self.api == "chat" else f"{text}\n",
                max_tokens=max_tokens,
                stop=stop,
                temperature=temperature,
                top_logprobs=top_logprobs,
                more=more,
            )
            used = reply.completion.usage
        finally:
            self.also(used)
        return reply


class Constraining:
    """Which way to constrain answers a server enforces: tried once, and kept.

    What was tried stays known if nobody waits for the rest any more: the next one goes on from there.
    """

    def __init__(self, asked: Asked, contract: Contract) -> None:
        self._asked = asked
        self._contract = contract
        self._lock = asyncio.Lock()
        self.tried: dict[Way, str] = {}  # way -> why it is not enforced; empty where it is

    @property
    def known(self) -> Way | None:
        """The way that is enforced, as far as is known."""
        return next((way for way, why in self.tried.items() if not why), None)

    async def found(self) -> Way | None:
        """Find the first way that is enforced; None: there is none.

        Raises:
            Fault: one could not be tried, and none of the others is enforced.
            BackendRejected: what concerns every text.
        """
        async with self._lock:
            unanswered = None
            for way in ways(self._contract):
                if way not in self.tried:
                    try:
                        self.tried[way] = await objection(self._asked, way, self._contract)
                    except Fault as fault:
                        unanswered = fault
                        continue
                if not self.tried[way]:
                    return way
        if unanswered:
            raise unanswered
        return None

    async def way(self) -> Way:
        """Give the way to ask. Raises as `found`, and `BackendRejected` where nothing is enforced."""
        way = await self.found()
        if way is None:
            told = "; ".join(f"{name}: {why}" for name, why in self.tried.items())
            raise BackendRejected(
                f"the LLM server enforces no constraint: set llm.strategy = 'score' or 'free' (tried {told})"
            )
        return way


async def objection(asked: Asked, way: Way, contract: Contract) -> str:
    """Say why a way is not enforced, and nothing where it is.

    Raises:
        Fault: that cannot be said now.
        BackendRejected: what concerns every text.
    """
    name = key(contract)
    held = constraint(way, [CANARY], name)
    try:
        reply = await asked(DECOY, max_tokens=most_tokens(way, [CANARY], name), more=held)
    except Fault as fault:
        if fault.failure.reason in OPEN:
            raise
        return f"refused, {fault.failure.detail}"
    text = reply.completion.text
    return "" if is_canary(way, text, name) else f"ignored, the answer was {_shortened(text)}"


async def candidates(asked: Asked) -> int:
    """Count the candidates that a server gives for an answer's first token. Raises as `objection`."""
    try:
        reply = await asked(DECOY, max_tokens=1, top_logprobs=ASKED_CANDIDATES)
    except Fault as fault:
        if fault.failure.reason in OPEN:
            raise
        return 0
    return reply.candidates.listed if reply.candidates else 0


async def proven_strategy(asked: Asked, constraining: Constraining) -> Strategy:
    """Choose how a server is asked: by scores where it gives enough candidates, else constrained, else free.

    Raises as `Constraining.found`.
    """
    if await candidates(asked) >= ENOUGH_CANDIDATES:
        return "score"
    return "constrained" if await constraining.found() else "free"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN else f"{line[:SHOWN]}...")
