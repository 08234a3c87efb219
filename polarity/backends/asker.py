"""How one text is asked, by each strategy: the request or requests for it, and what is read in the reply.

How often, how soon and how long a server is asked is decided elsewhere: see `attempts`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import Any, NamedTuple

from polarity.backends.attempts import Answer, Ask
from polarity.backends.budgets import estimated
from polarity.backends.completer import NOTHING_ELSE, Candidates, Completer, Fault, Reply
from polarity.backends.constrained import Way, constraint, key, most_tokens, words
from polarity.backends.identity import Strategy, known_strategy
from polarity.backends.prompt import Prompt, Prompts
from polarity.backends.proving import Asked, Constraining, proven_strategy
from polarity.contract import Contract
from polarity.contract.scoring import could_be_otherwise, map_scores
from polarity.settings import LlmSettings
from polarity.types import Scores, Unmapped, Usage

MORE, MOST = 5, 1000  # so many times the candidates are asked for where they do not suffice, at most so many
HALF_A_CHARACTER = " \ufffd"  # how a server shows it, with or without a blank before it


class Told(NamedTuple):
    """What a server told of a text, and how it is asked once more where that may be too little.

    The further question is an attempt of its own: where it fails, what was told first still stands.
    """

    answer: Answer
    further: Ask | None = None


class Asker:
    """Asks one server about one text at a time.

    `before_each` is for the embedded server: what brings its cache to where it holds what all prompts begin
    with, and nothing of another text. A remote server's cache is its own: None.
    `also` hears of each request that is about no text, and what it used.
    """

    def __init__(
        self,
        completer: Completer,
        settings: LlmSettings,
        contract: Contract,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
        also: Callable[[Usage], None] = lambda _: None,
    ) -> None:
        self._completer = completer
        self._settings = settings
        self._contract = contract
        self._form = contract.prompt.as_chat if settings.api == "chat" else contract.prompt
        self._prompts = Prompts(contract, settings.api or "completions")
        self._before_each = before_each
        self._shows_more = self._may_hold = True
        self.asked = Asked(completer, settings.api or "completions")
        self._proving = self.asked._replace(also=also)
        self._constraining = Constraining(self._proving, contract)
        # Whoever comes first finds out, and the others wait for it.
        self._settling = asyncio.Lock()
        self.strategy: Strategy | None = known_strategy(settings)

    @property
    def is_settled(self) -> bool:
        """Whether it is known how a text is asked."""
        return self.strategy is not None and (
            self.strategy != "constrained" or self._constraining.known is not None
        )

    async def settle(self) -> Strategy:
        """Say how the server is asked; what is not known is found out by asking it, once.

        Raises:
            Fault: that cannot be said now.
            BackendRejected: what concerns every text.
        """
        async with self._settling:
            if self.strategy is None:
                self.strategy = await proven_strategy(self._proving, self._constraining)
            if self.strategy == "constrained":
                await self._constraining.way()
        return self.strategy

    @property
    def how(self) -> Mapping[str, str | None]:
        """How a text is asked, as far as that is known: the strategy, and what holds it to label words."""
        is_held = self.strategy == "constrained"
        return {"strategy": self.strategy, "constraint": self._constraining.known if is_held else None}

    def prompt(self, text: str) -> Prompt:
        """Write the prompt for a text as it is shown."""
        return self._prompts.of(text)

    def estimate(self, text: str) -> Usage:
        """Estimate what asking about a text will cost."""
        return estimated(self._head_bytes + len(text.encode()), self._max_tokens)

    async def ask(self, text: str) -> Told:
        """Ask about a text as it is shown. Raises as `settle`."""
        strategy, prompt = await self.settle(), self.prompt(text)
        if strategy == "score":
            return await self._ask_for_scores(prompt)
        held = self._held(await self._constraining.way()) if strategy == "constrained" else NOTHING_ELSE
        return Told((await self._send(prompt, more=held)).completion)

    @cached_property
    def _head_bytes(self) -> int:
        """How long a prompt is without its text."""
        return len(json.dumps(self.prompt(""), ensure_ascii=False).encode())

    @property
    def _max_tokens(self) -> int:
        """How many tokens an answer may take; for an estimate also while that is not settled."""
        if self.strategy == "score":
            return 1
        return self._most_tokens if self.strategy == "constrained" else self._form.max_tokens

    @property
    def _most_tokens(self) -> int:
        """How many tokens an answer may take that is held to the words."""
        return most_tokens(self._constraining.known or "json_schema", self._words, key(self._contract))

    @property
    def _words(self) -> list[str]:
        return words(self._contract, self.asked.api)

    async def _ask_for_scores(self, prompt: Prompt) -> Told:
        """Ask for the candidates, and say how to go on where labels that are not shown may have much of it.

        That is for more candidates, as long as the server may show more; else, where nothing can be read in
        these, for one label's word alone, if the server can be held to them.
        """
        asked = self._settings.top_logprobs
        first = await self._send(prompt, top_logprobs=asked)
        shown = self._read(first)
        if not isinstance(shown, Scores) or not could_be_otherwise(shown, self._contract):
            return Told(shown)
        if self._may_show_more(first.candidates, asked):
            return Told(shown, partial(self._ask_for_more, prompt, asked))
        if self._may_hold and isinstance(map_scores(shown, self._contract), Unmapped):
            return Told(shown, partial(self._ask_for_a_word, prompt))
        return Told(shown)

    def _may_show_more(self, found: Candidates | None, asked: int) -> bool:
        limit = self._completer.most_candidates or MOST
        return found is not None and found.listed >= asked and asked < limit and self._shows_more

    async def _ask_for_more(self, prompt: Prompt, asked: int) -> Answer:
        try:
            more = await self._send(prompt, top_logprobs=min(MORE * asked, MOST))
        except Fault as fault:
            if not fault.passing:
                self._shows_more = False
            raise
        if more.candidates is None or more.candidates.listed <= asked:
            self._shows_more = False
        return self._read(more)

    async def _ask_for_a_word(self, prompt: Prompt) -> Answer:
        """Ask for one of the answer words, where the server enforces that."""
        way = await self._constraining.found()
        if way is None:
            self._may_hold = False
            raise Fault("rejected", "the server holds no answer to the label words")
        return (await self._send(prompt, more=self._held(way))).completion

    def _held(self, way: Way) -> dict[str, Any]:
        """Write what holds an answer to the words, and gives it room for them."""
        return constraint(way, self._words, key(self._contract))

    async def _send(
        self, prompt: Prompt, *, top_logprobs: int | None = None, more: Mapping[str, Any] = NOTHING_ELSE
    ) -> Reply:
        if self._before_each:
            await self._before_each()
        return await self._completer.ask(
            prompt,
            max_tokens=1 if top_logprobs else self._most_tokens if more else self._form.max_tokens,
            # A constrained answer ends by itself, and JSON has line feeds.
            stop=() if more else self._form.stop,
            temperature=self._settings.temperature,
            top_logprobs=top_logprobs,
            more=more,
        )

    def _read(self, reply: Reply) -> Answer:
        """Take the candidates for scores.

        A model that ends before its first token, or whose first token is half a character, says
        nothing, and llama.cpp has no candidates for it: that is a completion, not a fault. Where the
        server declined, whatever candidates it sends are those of the refusal.
        """
        completion = reply.completion
        silent = reply.candidates is None and not completion.text.strip(HALF_A_CHARACTER)
        declined = completion.refusal or completion.finish_reason == "content_filter"
        if silent or declined:
            return completion
        if reply.candidates is None:
            raise Fault("bad_response", "the server gives no log-probabilities: set llm.strategy = 'auto'")
        return Scores(
            probabilities=reply.candidates.probabilities,
            source="logprobs",
            unseen=reply.candidates.unseen,
            tokens=completion.usage.prompt_tokens,
            usage=completion.usage,
        )
