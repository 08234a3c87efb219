"""The LLM backend: the contract's prompt in, free text or log-probabilities out.

Texts come in here and one raw output for each goes out: what a text is asked by stands in `asker`; how often,
how soon and how long a server is asked, in `attempts`. A text that got no answer is one `Failure`.

**The same text, the same answer.** llama.cpp chooses its attention kernel by the rows of a batch (one, a
few, 64 and more), and the kernels round differently; the weights' quantized activations make of a
last bit a second digit. What is in the batch depends on the company, and on what the cache holds
already. So the embedded server answers one text at a time, and before each it goes back to the bare head
of all prompts, as it was kept when it was read: then its cache holds that and nothing of another text,
and a text is always computed in the same batches. At temperature 0 its answer is then the same to the
last bit, on the same machine with as many threads. A remote server shares its batches with whom it likes:
nothing can be promised.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

from polarity.backends.asker import Asker
from polarity.backends.attempts import Answer, Ask, Attempts, enough_s
from polarity.backends.breaker import Breaker, Condition
from polarity.backends.budgets import Budgets, Spending
from polarity.backends.completer import Completer, Fault
from polarity.backends.embedded import EmbeddedServer
from polarity.backends.identity import Strategy
from polarity.backends.prompt import cut_by_estimate, shown
from polarity.backends.proving import Asked
from polarity.backends.question import asked_by
from polarity.contract import Contract
from polarity.errors import BackendError, BackendUnavailable
from polarity.settings import LlmSettings
from polarity.statistics.cost import added
from polarity.types import Completion, RawOutput, Usage
from polarity.weights import form_of, resolved


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
        budgets: Spending | None = None,
    ) -> None:
        self.model = server.model if server else settings.model
        self._completer = completer
        self._settings = settings
        self._contract = contract
        self._deadline_s = deadline_s
        self._server = server
        budgets = budgets or Budgets(settings)
        back = server.back_to_head if server else None
        self._asker = Asker(completer, settings, contract, before_each=back, also=budgets.also)
        # A server in this process cannot be away. Where it is slow, sparing it would make nothing quicker.
        self._attempts = Attempts(
            deadline_s=deadline_s,
            retries=settings.retries,
            at_once=1 if server else settings.concurrency,
            budgets=budgets,
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
        budgets: Spending | None = None,
    ) -> Self:
        """Start the embedded server, or turn to the remote one.

        `deadline_s` is for one text; None: a multiple of what the embedded server takes for a first one.
        `patient`: nobody waits for the answers, see `attempts`. `budgets` are those that are shared, or of
        which something is spent; default: the settings' own.

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
            deadline_s = deadline_s or math.inf
            return cls(completer, settings, contract, deadline_s=deadline_s, patient=patient, budgets=budgets)
        server = EmbeddedServer(resolved(settings.gguf), slots=1, threads=settings.threads)
        took_s = server.read_ahead(contract, form).took_s
        completer = Completer(server.base_url, server.api_key, settings.model, extra_body=settings.extra_body)
        return cls(completer, settings, contract, deadline_s=deadline_s or enough_s(took_s), server=server)

    @property
    def learned(self) -> Sequence[str]:
        """What the server turned out to refuse in a request, and what is done instead: a sentence each."""
        return self._completer.learned

    @property
    def condition(self) -> Condition:
        """How asking the server goes: for whoever watches."""
        return self._attempts.condition

    @property
    def asked(self) -> Asked:
        """The model and the endpoint: for whoever tries what the server does."""
        return self._asker.asked

    @property
    def strategy(self) -> Strategy | None:
        """How the server is asked; None while under `auto` that is not found out."""
        return self._asker.strategy

    async def settle(self) -> None:
        """Find out how the server is asked, as far as that is not known, as one more text would.

        Raises:
            Fault: that cannot be said now.
            BackendRejected, BackendUnavailable, BudgetSpent: see `predict`.
        """

        async def ask() -> Answer:
            await self._asker.settle()
            return Completion(text="")

        if not self._asker.is_settled:
            deadline = asyncio.get_running_loop().time() + self._deadline_s
            await self._attempts.answer(ask, self._asker.estimate(""), deadline)

    def question(self, text: str) -> Mapping[str, Any]:
        """Give all that the answer for a text depends on, as plain values, once that is settled."""
        beginning = shown(self._contract, text)
        # how much of it has room besides follows from the rest
        own = {"prompt": self._asker.prompt(beginning.text), "truncated": beginning.is_cut}
        return {**self._asked_by, **self._asker.how, **own}

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
        further: Ask | None = None
        try:
            beginning = shown(self._contract, text)
            fitting = await self._cut(beginning.text)

            async def ask() -> Answer:
                nonlocal further
                answer, further = await self._asker.ask(fitting)
                return answer

            estimate = self._asker.estimate(fitting)
            answer = await self._attempts.answer(ask, estimate, deadline)
        except Fault as fault:
            return fault.failure
        if further:
            answer = await self._with(further, answer, estimate, deadline)
        return replace(answer, truncated=beginning.is_cut or len(fitting) < len(beginning.text))

    async def _with(self, further: Ask, answer: Answer, estimate: Usage, deadline: float) -> Answer:
        """Ask once more about a text, and keep what is paid for where there is no answer to that."""
        try:
            more = await self._attempts.answer(further, estimate, deadline)
        except (Fault, BackendError):
            return answer
        return replace(more, usage=added(answer.usage, more.usage))

    async def _cut(self, shown_text: str) -> str:
        """Give the beginning of what is shown that the server's context has room for beside the prompt."""
        tokens = self._contract.prompt.max_text_tokens
        if self._server:
            return await self._server.cut(shown_text, tokens)
        return cut_by_estimate(shown_text, tokens)


def _is_cancelled() -> bool:
    """Whether somebody cancelled this very task, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _end(tasks: Sequence[asyncio.Task[RawOutput]]) -> None:
    """Cancel what still runs, and see it end: nothing is left behind."""
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
