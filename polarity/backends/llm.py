"""The LLM backend: the contract's prompt in, free text or log-probabilities out.

What a text is asked by stands here; how often, how soon and how long a server is asked, in `attempts`. A
text that got no answer is one `Failure`.

**The same text, the same answer.** llama.cpp chooses its attention kernel by the rows of a batch (one, a
few, 64 and more), and the kernels round differently; the weights' quantized activations make of a
last bit a second digit. What is in the batch depends on the company, and on what the cache holds
already. So the embedded server answers one text at a time, and before each it reads the bare head of
all prompts: then its cache holds that and nothing of another text, and a text is always computed in
the same batches. At temperature 0 its answer is then the same to the last bit, on the same machine
with as many threads. A remote server shares its batches with whom it likes: nothing can be promised.
"""

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

from polarity.backends.attempts import Answer, Attempts, enough_s
from polarity.backends.breaker import Breaker, Condition
from polarity.backends.budgets import Budgets, estimated
from polarity.backends.completer import NOTHING_ELSE, Candidates, Completer, Fault, Reply
from polarity.backends.constrained import constraint, key, most_tokens, words
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.prompt import Prompt, cut_by_estimate, messages, render, shown, written
from polarity.backends.proving import Asked, Constraining, Strategy, known_strategy, proven_strategy
from polarity.backends.question import asked_by
from polarity.contract import Contract
from polarity.contract.scoring import could_be_otherwise
from polarity.errors import BackendUnavailable
from polarity.settings import LlmSettings
from polarity.statistics.cost import added
from polarity.types import NO_TOKENS, RawOutput, Scores, Usage
from polarity.weights import form_of, resolved

MORE, MOST = 5, 1000  # so many times the candidates are asked for where they do not suffice, at most so many
HALF_A_CHARACTER = " \ufffd"  # how a server shows it, with or without a blank before it


class LlmBackend:
    """Asks a language model for the polarity of texts. See `PolarityBackend`."""

    name = "llm"

    def __init__(
        self,
        completer: Completer,
        settings: LlmSettings,
        contract: Contract,
        *,
        deadline_s: float,
        server: EmbeddedServer | None = None,
        head: str = "",
        patient: bool = False,
        used: Usage = NO_TOKENS,
    ) -> None:
        self.model = server.model if server else settings.model
        self._completer = completer
        self._settings = settings
        self._contract = contract
        self._form = contract.prompt.as_chat if settings.api == "chat" else contract.prompt
        self._deadline_s = deadline_s
        self._server = server
        self._head = head
        self._shows_more = True
        # Whoever comes first finds out, and the others wait for it.
        self.asked = Asked(completer, settings.api or "completions")
        self._constraining = Constraining(self.asked, contract)
        self._settling = asyncio.Lock()
        self.strategy = known_strategy(settings)
        # A server in this process cannot be away. Where it is slow, sparing it would make nothing quicker.
        self._attempts = Attempts(
            deadline_s=deadline_s,
            retries=settings.retries,
            at_once=1 if server else settings.concurrency,
            budgets=Budgets(settings, used=used),
            breaker=Breaker(in_a_row=math.inf) if server else Breaker(),
            patient=patient,
        )
        self._calls: set[asyncio.Task[RawOutput]] = set()
        self._closed = False

    @classmethod
    def start(
        cls,
        settings: LlmSettings,
        contract: Contract,
        *,
        deadline_s: float | None,
        patient: bool = False,
        used: Usage = NO_TOKENS,
    ) -> Self:
        """Start the embedded server, or turn to the remote one.

        `deadline_s` is for one text; None: a multiple of what the embedded server takes for a first one.
        `patient`: nobody waits for the answers, see `attempts`. `used` is what the same run used before.

        Raises:
            WeightsError: the weights of the embedded server are not there.
            BackendRejected, BackendUnavailable: it cannot start.
        """
        form = form_of(settings)
        settings = settings.model_copy(update={"api": form})
        if settings.server == "remote":
            completer = Completer(
                str(settings.base_url),
                settings.api_key,
                settings.model,
                extra_body=settings.extra_body,
                extra_headers=settings.extra_headers,
            )
            return cls(
                completer, settings, contract, deadline_s=deadline_s or math.inf, patient=patient, used=used
            )
        server = EmbeddedServer(resolved(settings.gguf), slots=1, threads=settings.threads)
        head, took_s = server.read_ahead(contract, form)
        completer = Completer(server.base_url, server.api_key, settings.model, extra_body=settings.extra_body)
        return cls(
            completer, settings, contract, deadline_s=deadline_s or enough_s(took_s), server=server, head=head
        )

    @property
    def learned(self) -> Sequence[str]:
        """What the server turned out to refuse in a request, and what is done instead: a sentence each."""
        return self._completer.learned

    @property
    def condition(self) -> Condition:
        """How asking the server goes: for whoever watches."""
        return self._attempts.condition

    def question(self, text: str) -> Mapping[str, Any]:
        """Give all that the answer for a text depends on, as plain values."""
        beginning = shown(self._contract, text)
        is_cut = len(beginning) < len(
            written(self._contract, text)
        )  # how much of it has room besides follows from the rest
        return {**self._asked_by, "prompt": self._prompt(beginning), "truncated": is_cut}

    @cached_property
    def _asked_by(self) -> Mapping[str, Any]:
        return asked_by(self._settings, self._contract, self._server)

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Answer each text; those that are not answered by the deadline fail with `timeout`.

        Raises:
            BackendRejected: the server refuses the credentials or the model.
            BackendUnavailable: the backend was closed, or the server is away for long and nobody waits.
            BudgetSpent: the money is spent, and nobody waits.
        """
        if self._closed:
            raise BackendUnavailable("the LLM backend is closed")
        if not texts:
            return []
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        tasks = [asyncio.create_task(self._answer_by(deadline, text)) for text in texts]
        self._calls.update(tasks)
        try:
            return list(await asyncio.gather(*tasks))
        except asyncio.CancelledError:
            if self._closed and not _is_cancelled():
                raise BackendUnavailable("the LLM backend was closed while it answered") from None
            raise
        finally:
            await _end(tasks)
            self._calls.difference_update(tasks)

    async def aclose(self) -> None:
        """Cancel what is under way, close the connections, stop the embedded server."""
        self._closed = True
        await _end(list(self._calls))
        await self._completer.aclose()
        if self._server:
            await asyncio.to_thread(self._server.close)

    async def _answer_by(self, deadline: float, text: str) -> RawOutput:
        try:
            fitting = await self._cut(text)

            async def ask() -> Answer:
                return self._read(await self._ask(self._prompt(fitting)))

            estimate = estimated(self._head_bytes + len(fitting.encode()), self._max_tokens)
            answer = await self._attempts.answer(ask, estimate, deadline)
        except Fault as fault:
            return fault.failure
        return replace(answer, truncated=len(fitting) < len(written(self._contract, text)))

    async def _cut(self, text: str) -> str:
        """Give what is shown of a text: what the server's context has room for beside the prompt."""
        tokens = self._contract.prompt.max_text_tokens
        beginning = shown(self._contract, text)
        if self._server:
            return await self._server.cut(beginning, tokens)
        return cut_by_estimate(beginning, tokens)

    def _prompt(self, text: str) -> Prompt:
        chat = self._settings.api == "chat"
        return messages(self._contract, text) if chat else render(self._contract, text)

    @cached_property
    def _head_bytes(self) -> int:
        """How long a prompt is without its text."""
        return len(json.dumps(self._prompt(""), ensure_ascii=False).encode())

    @property
    def _max_tokens(self) -> int:
        """How many tokens an answer may take; for an estimate also while that is not settled."""
        if self.strategy == "score":
            return 1
        if self.strategy == "constrained":
            return most_tokens(self._constraining.known or "json_schema", self._words, key(self._contract))
        return self._form.max_tokens

    @property
    def _words(self) -> list[str]:
        return words(self._contract, self.asked.api)

    async def _ask(self, prompt: Prompt) -> Reply:
        strategy = await self.settled()
        more = await self._constraint() if strategy == "constrained" else NOTHING_ELSE
        if self._server:
            await self._forget()
        if strategy == "score":
            return await self._ask_for_scores(prompt)
        return await self._send(prompt, top_logprobs=None, more=more)

    async def settled(self) -> Strategy:
        """Say how the server is asked; under `auto` it is asked first what it can do.

        Raises:
            Fault: that cannot be said now.
            BackendRejected: what concerns every text.
        """
        async with self._settling:
            if self.strategy is None:
                self.strategy = await proven_strategy(self.asked, self._constraining)
        return self.strategy

    async def _constraint(self) -> dict[str, Any]:
        return constraint(await self._constraining.way(), self._words, key(self._contract))

    async def _ask_for_scores(self, prompt: Prompt) -> Reply:
        """Ask for the candidates, and once for more where the labels not shown may have much of it."""
        asked = self._settings.top_logprobs
        first = await self._send(prompt, top_logprobs=asked)
        if not self._is_worth_more(first.candidates, asked):
            return first
        if self._server:
            await self._forget()
        try:
            more = await self._send(prompt, top_logprobs=min(MORE * asked, MOST))
        except Fault as fault:
            if fault.passing:
                raise
            self._shows_more = False
            return first
        if more.candidates is None or more.candidates.listed <= asked:
            self._shows_more = False
        usage = added(first.completion.usage, more.completion.usage)
        return more._replace(completion=replace(more.completion, usage=usage))

    def _is_worth_more(self, found: Candidates | None, asked: int) -> bool:
        """Whether the server may show more than it did, and that could change what is read."""
        if found is None or found.listed < asked or self._completer.most_candidates or not self._shows_more:
            return False
        return could_be_otherwise(_scores(found), self._contract)

    async def _forget(self) -> None:
        """Leave in the embedded server's cache what all prompts begin with, and nothing of the last text."""
        await self._completer.ask(self._head, max_tokens=1)

    async def _send(
        self, prompt: Prompt, *, top_logprobs: int | None, more: Mapping[str, Any] = NOTHING_ELSE
    ) -> Reply:
        return await self._completer.ask(
            prompt,
            max_tokens=self._max_tokens,
            # A constrained answer ends by itself, and JSON has line feeds.
            stop=() if more else self._form.stop,
            temperature=self._settings.temperature,
            top_logprobs=top_logprobs,
            more=more,
        )

    def _read(self, reply: Reply) -> Answer:
        """Take the candidates for scores, the text otherwise.

        A model that ends before its first token, or whose first token is half a character, says
        nothing, and llama.cpp has no candidates for it: that is a completion, not a fault. Where the
        server declined, whatever candidates it sends are those of the refusal.
        """
        completion = reply.completion
        silent = reply.candidates is None and not completion.text.strip(HALF_A_CHARACTER)
        declined = completion.refusal or completion.finish_reason == "content_filter"
        if self.strategy != "score" or silent or declined:
            return completion
        if reply.candidates is None:
            raise Fault("bad_response", "the server gives no log-probabilities: set llm.strategy = 'auto'")
        return replace(
            _scores(reply.candidates),
            tokens=completion.usage.prompt_tokens,
            usage=completion.usage,
        )


def _scores(found: Candidates) -> Scores:
    return Scores(probabilities=found.probabilities, source="logprobs", unseen=found.unseen)


def _is_cancelled() -> bool:
    """Whether somebody cancelled this very task, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _end(tasks: Sequence[asyncio.Task[RawOutput]]) -> None:
    """Cancel what still runs, and see it end: nothing is left behind."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
