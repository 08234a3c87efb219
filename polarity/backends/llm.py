"""The LLM backend: the contract's prompt in, free text or log-probabilities out.

Bounded concurrency over all calls, one deadline for a call and all its attempts, and one `Failure`
for a text that got no answer in time.

**The same text, the same answer.** llama.cpp chooses its attention kernel by the rows of a batch (one, a
few, 64 and more), and the kernels round differently; the weights' quantized activations make of a
last bit a second digit. What is in the batch depends on the company, and on what the cache holds
already. So the embedded server answers one text at a time, and before each it reads the bare head of
all prompts: then its cache holds that and nothing of another text, and a text is always computed in
the same batches. At temperature 0 its answer is then the same to the last bit, on the same machine
with as many threads. A remote server shares its batches with whom it likes: nothing can be promised.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from polarity.backends.completer import Candidates, Completer, Fault, Reply
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.prompt import Message, estimated, head, messages, quoted, render, shown
from polarity.contract import Contract
from polarity.contract.scoring import could_be_otherwise
from polarity.errors import BackendUnavailable
from polarity.settings import MOST_MEASURED_S, LlmSettings
from polarity.statistics.cost import added
from polarity.types import Completion, Failure, RawOutput, Scores

FIRST_PAUSE_S = 0.05
FIRST_TEXT = "The parcel came on Tuesday, two days late, and one of the cups was broken."
MEASURED_TIMES = 8
LEAST_MEASURED_S = 0.2
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
    ) -> None:
        self.model = server.model if server else settings.model
        self._completer = completer
        self._settings = settings
        self._contract = contract
        self._form = contract.prompt.as_chat if settings.api == "chat" else contract.prompt
        self._deadline_s = deadline_s
        self._server = server
        self._head = head
        self._places = asyncio.Semaphore(1 if server else settings.concurrency)
        self._shows_more = True
        self._calls: set[asyncio.Task[RawOutput]] = set()
        self._closed = False

    @classmethod
    def start(cls, settings: LlmSettings, contract: Contract, *, deadline_s: float | None) -> Self:
        """Start the embedded server, or turn to the remote one.

        `deadline_s` is for one text; None: what the embedded server turns out to need.

        Raises:
            BackendRejected, BackendUnavailable: the embedded server cannot start.
        """
        if settings.server == "remote":
            completer = Completer(
                str(settings.base_url),
                settings.api_key,
                settings.model,
                extra_body=settings.extra_body,
                extra_headers=settings.extra_headers,
            )
            return cls(completer, settings, contract, deadline_s=deadline_s or math.inf)
        server = EmbeddedServer(settings.gguf, slots=1, threads=settings.threads)
        common = _head_on(server, settings, contract)
        measured_s = _measured(server, common, settings, contract)
        completer = Completer(server.base_url, server.api_key, settings.model, extra_body=settings.extra_body)
        return cls(
            completer, settings, contract, deadline_s=deadline_s or measured_s, server=server, head=common
        )

    @property
    def learned(self) -> Sequence[str]:
        """What the server turned out to refuse in a request, and what is done instead: a sentence each."""
        return self._completer.learned

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Answer each text; those that are not answered by the deadline fail with `timeout`.

        Raises:
            BackendRejected: the server refuses the credentials or the model.
            BackendUnavailable: the backend was closed.
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
            async with asyncio.timeout_at(deadline):
                fitting = await self._cut(text)
                answer = await self._answer(deadline, fitting)
                return replace(answer, truncated=len(fitting) < len(quoted(text)))
        except TimeoutError:
            return Failure(reason="timeout", detail=f"no answer within {self._deadline_s * 1000:.0f} ms")
        except Fault as fault:
            return fault.failure

    async def _cut(self, text: str) -> str:
        """Give what is shown of a text: what the server's context has room for beside the prompt."""
        tokens = self._contract.prompt.max_text_tokens
        beginning = shown(self._contract, text)
        if self._server:
            return await self._server.cut(beginning, tokens)
        return estimated(beginning, tokens)

    async def _answer(self, deadline: float, text: str) -> Completion | Scores:
        """Ask, and ask again after a passing fault. The caller's deadline covers it all."""
        for attempt in range(self._settings.retries):
            try:
                return self._read(await self._ask_in_turn(text))
            except Fault as fault:
                if not fault.passing:
                    raise
                pause = FIRST_PAUSE_S * 2**attempt if fault.retry_after_s is None else fault.retry_after_s
                if asyncio.get_running_loop().time() + pause >= deadline:
                    detail = f"the next attempt would come after the deadline; the last one: {fault}"
                    raise Fault("timeout", detail) from fault
            await asyncio.sleep(pause)
        return self._read(await self._ask_in_turn(text))

    async def _ask_in_turn(self, text: str) -> Reply:
        """Hold a place for one attempt only: a text that waits to be asked again is in nobody's way."""
        async with self._places:
            if self._server:
                await self._forget()
            return await self._ask(text)

    async def _forget(self) -> None:
        """Leave in the embedded server's cache what all prompts begin with, and nothing of the last text."""
        await self._completer.complete(self._head, stop=[], max_tokens=1, temperature=0.0, top_logprobs=None)

    async def _ask(self, text: str) -> Reply:
        chat = self._settings.api == "chat"
        prompt = messages(self._contract, text) if chat else render(self._contract, text)
        if self._settings.strategy == "score":
            return await self._ask_for_scores(prompt)
        return await self._send(prompt, max_tokens=self._form.max_tokens, top_logprobs=None)

    async def _ask_for_scores(self, prompt: str | list[Message]) -> Reply:
        """Ask for the candidates, and once for more where the labels not shown may have much of it."""
        asked = self._settings.top_logprobs
        first = await self._send(prompt, max_tokens=1, top_logprobs=asked)
        if not self._is_worth_more(first.candidates, asked):
            return first
        if self._server:
            await self._forget()
        try:
            more = await self._send(prompt, max_tokens=1, top_logprobs=min(MORE * asked, MOST))
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

    async def _send(self, prompt: str | list[Message], *, max_tokens: int, top_logprobs: int | None) -> Reply:
        stop = list(self._form.stop)
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

    def _read(self, reply: Reply) -> Completion | Scores:
        """Take the candidates for scores, the text otherwise.

        A model that ends before its first token, or whose first token is half a character, says
        nothing, and llama.cpp has no candidates for it: that is a completion, not a fault. Where the
        server declined, whatever candidates it sends are those of the refusal.
        """
        completion = reply.completion
        silent = reply.candidates is None and not completion.text.strip(HALF_A_CHARACTER)
        declined = completion.refusal or completion.finish_reason == "content_filter"
        if self._settings.strategy == "free" or silent or declined:
            return completion
        if reply.candidates is None:
            raise Fault("bad_response", "the server gives no log-probabilities: set llm.strategy = 'free'")
        return replace(
            _scores(reply.candidates),
            tokens=completion.usage.prompt_tokens,
            usage=completion.usage,
        )


def _head_on(server: EmbeddedServer, settings: LlmSettings, contract: Contract) -> str:
    """Write what the prompts of all texts begin with, as the embedded server itself puts it together."""
    if settings.api == "completions":
        return head(contract)
    before, _, _ = server.rendered(messages(contract, FIRST_TEXT)).partition(FIRST_TEXT)
    return before.rstrip(" ")  # which a text's first token may take in


def _measured(server: EmbeddedServer, common: str, settings: LlmSettings, contract: Contract) -> float:
    """Let the server read what all prompts begin with, and give a deadline, in seconds.

    It is a multiple of what a first short text took: texts are longer, wait for each other, and
    machines are busy.
    """
    server.warm_up("completions", prompt=common)
    if settings.api == "completions":
        took_s = server.warm_up("completions", prompt=render(contract, FIRST_TEXT))
    else:
        took_s = server.warm_up("chat/completions", messages=messages(contract, FIRST_TEXT))
    return min(max(LEAST_MEASURED_S, MEASURED_TIMES * took_s), MOST_MEASURED_S)


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
