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
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from polarity.backends.attempts import Answer, Attempts, Condition
from polarity.backends.breaker import Breaker
from polarity.backends.budgets import Budgets, estimated
from polarity.backends.completer import Completer, Fault, Reply
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.prompt import Message, head, is_cut, messages, render
from polarity.contract import Contract
from polarity.errors import BackendUnavailable
from polarity.settings import LlmSettings
from polarity.types import NO_TOKENS, RawOutput, Scores, Usage

Prompt = str | list[Message]
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
        patient: bool = False,
        used: Usage = NO_TOKENS,
    ) -> None:
        self.model = server.model if server else settings.model
        self._completer = completer
        self._settings = settings
        self._contract = contract
        self._deadline_s = deadline_s
        self._server = server
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
        deadline_s: float,
        patient: bool = False,
        used: Usage = NO_TOKENS,
    ) -> Self:
        """Start the embedded server, or turn to the remote one.

        `patient`: nobody waits for the answers, see `attempts`. `used` is what the same run used before.

        Raises:
            BackendRejected, BackendUnavailable: the embedded server cannot start.
        """
        if settings.server == "remote":
            completer = Completer(str(settings.base_url), settings.api_key, settings.model)
            return cls(completer, settings, contract, deadline_s=deadline_s, patient=patient, used=used)
        server = EmbeddedServer(settings.gguf, slots=1, threads=settings.threads)
        if settings.api == "completions":
            server.warm_up("completions", prompt=head(contract))
        else:
            server.warm_up("chat/completions", messages=messages(contract, "A first text."))
        completer = Completer(server.base_url, server.api_key, settings.model)
        return cls(completer, settings, contract, deadline_s=deadline_s, server=server)

    @property
    def condition(self) -> Condition:
        """How asking the server goes: for whoever watches."""
        return self._attempts.condition

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
        prompt = self._prompt(text)
        written = prompt if isinstance(prompt, str) else json.dumps(prompt, ensure_ascii=False)

        async def ask() -> Answer:
            if self._server:
                await self._forget()
            return self._read(await self._ask(prompt), text)

        try:
            return await self._attempts.answer(ask, estimated(written, self._max_tokens), deadline)
        except Fault as fault:
            return fault.failure

    async def _forget(self) -> None:
        """Leave in the embedded server's cache what all prompts begin with, and nothing of the last text."""
        bare = messages(self._contract, "") if self._settings.api == "chat" else head(self._contract)
        await self._send(bare, max_tokens=1, top_logprobs=None)

    def _prompt(self, text: str) -> Prompt:
        chat = self._settings.api == "chat"
        return messages(self._contract, text) if chat else render(self._contract, text)

    @property
    def _max_tokens(self) -> int:
        return 1 if self._settings.strategy == "score" else self._contract.prompt.max_tokens

    async def _ask(self, prompt: Prompt) -> Reply:
        top_logprobs = self._settings.top_logprobs if self._settings.strategy == "score" else None
        return await self._send(prompt, max_tokens=self._max_tokens, top_logprobs=top_logprobs)

    async def _send(self, prompt: Prompt, *, max_tokens: int, top_logprobs: int | None) -> Reply:
        stop = list(self._contract.prompt.stop)
        if not isinstance(prompt, str):
            return await self._completer.chat(
                prompt,
                stop=stop,
                max_tokens=max_tokens,
                temperature=self._settings.temperature,
                top_logprobs=top_logprobs,
            )
        return await self._completer.complete(
            prompt,
            stop=stop,
            max_tokens=max_tokens,
            temperature=self._settings.temperature,
            top_logprobs=top_logprobs,
        )

    def _read(self, reply: Reply, text: str) -> Answer:
        """Take the candidates for scores, the text otherwise.

        A model that ends before its first token, or whose first token is half a character, says
        nothing, and llama.cpp has no candidates for it: that is a completion, not a fault. Where the
        server declined, whatever candidates it sends are those of the refusal.
        """
        completion = reply.completion
        silent = reply.candidates is None and not completion.text.strip(HALF_A_CHARACTER)
        declined = completion.refusal or completion.finish_reason == "content_filter"
        if self._settings.strategy == "free" or silent or declined:
            return replace(completion, truncated=is_cut(self._contract, text))
        if reply.candidates is None:
            raise Fault("bad_response", "the server gives no log-probabilities: set llm.strategy = 'free'")
        return Scores(
            probabilities=reply.candidates,
            source="logprobs",
            tokens=completion.usage.prompt_tokens,
            truncated=is_cut(self._contract, text),
            usage=completion.usage,
        )


def _is_cancelled() -> bool:
    """Whether somebody cancelled this very task, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _end(tasks: Sequence[asyncio.Task[RawOutput]]) -> None:
    """Cancel what still runs, and see it end: nothing is left behind."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
