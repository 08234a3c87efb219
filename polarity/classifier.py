"""Classifier: backends, contract and policy behind one call."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, closing
from pathlib import Path
from typing import Self

from polarity.backends.admission import Limits
from polarity.backends.base import PolarityBackend
from polarity.backends.budgets import Spending
from polarity.backends.facts import TextClassifier
from polarity.backends.stages import stage
from polarity.contract import Contract, load_contract, mapper
from polarity.contract.quotations import noted
from polarity.errors import BackendError, BackendUnavailable
from polarity.policy import decide, is_confident
from polarity.settings import Settings, cache_folder
from polarity.types import Answer, Completion, Failure, RawOutput, Result


class Classifier:
    """Gives every text exactly one label, or an explicit `Undecided`.

    One backend decides alone, two by the contract's policy; with `on_unmapped = "bert"` the LLM
    decides first and BERT only where the LLM gave no verdict. Use as an async context manager.
    """

    def __init__(
        self, contract: Contract, backends: Sequence[PolarityBackend], *, llm_first: bool = False
    ) -> None:
        self.contract = contract
        self.backends: Mapping[str, PolarityBackend] = {backend.name: backend for backend in backends}
        names = tuple(self.backends)
        self._backend = "llm" if llm_first else names[0] if len(names) == 1 else "both"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every backend, also where closing another fails."""
        async with AsyncExitStack() as stack:
            for backend in self.backends.values():
                stack.push_async_callback(backend.aclose)

    async def classify(self, texts: Sequence[str], *, ask_all: bool = False) -> list[Result]:
        """Label each text, in order.

        `ask_all` asks every backend about every text, also where the policy would do without: for
        reports and explanations. The policy decides alike either way.

        Raises:
            BackendError: the only backend, or every backend, is unusable.
            CallRefused: too much is waiting, or these are too many tokens for one call.
        """
        asked = await self._answers(texts, ask_all=ask_all)
        return [decide(self._backend, answers, self.contract.policy) for answers in asked]

    async def _answers(self, texts: Sequence[str], *, ask_all: bool) -> list[dict[str, Answer]]:
        if len(self.backends) == 1:
            (name,) = self.backends
            return [{name: answer} for answer in await self.ask(name, texts)]
        if ask_all or self._backend == "llm":
            return await self._ask_pair(texts)
        return await self._ask_llm_where_unsure(texts)

    async def _ask_llm_where_unsure(self, texts: Sequence[str]) -> list[dict[str, Answer]]:
        policy = self.contract.policy
        from_bert = await self._ask_or_error("bert", texts)
        berts = _in_place(from_bert, len(texts))
        unsure = [at for at, answer in enumerate(berts) if not is_confident(answer.outcome, policy)]
        from_llm = await self._ask_or_error("llm", [texts[at] for at in unsure])
        _refuse_two_errors(from_bert, from_llm)
        answers = [{"bert": bert} for bert in berts]
        for at, llm in zip(unsure, _in_place(from_llm, len(unsure)), strict=True):
            answers[at]["llm"] = llm
        return answers

    async def _ask_pair(self, texts: Sequence[str]) -> list[dict[str, Answer]]:
        try:
            async with asyncio.TaskGroup() as group:  # a call that BERT does not take, the LLM is not asked
                asked = [group.create_task(self._ask_or_error(name, texts)) for name in ("bert", "llm")]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        berts, llms = (task.result() for task in asked)
        _refuse_two_errors(berts, llms)
        both = zip(_in_place(berts, len(texts)), _in_place(llms, len(texts)), strict=True)
        return [{"bert": bert, "llm": llm} for bert, llm in both]

    async def _ask_or_error(self, name: str, texts: Sequence[str]) -> list[Answer] | BackendError:
        """Ask one of two backends: if it is unusable, the other may still decide."""
        try:
            return await self.ask(name, texts)
        except BackendError as error:
            return error

    async def ask(self, name: str, texts: Sequence[str]) -> list[Answer]:
        """Ask one backend by its name, and read its answers by the contract; decide nothing.

        Raises:
            BackendError: it is unusable.
        """
        raws = await self.predict(name, texts)
        with stage("map"):
            return [read_answer(raw, self.contract) for raw in raws]

    async def predict(self, name: str, texts: Sequence[str]) -> list[RawOutput]:
        """Ask one backend by its name; read nothing.

        Raises:
            BackendError: it is unusable.
        """
        if not texts:
            return []
        with stage(name):
            raws = await self.backends[name].predict(texts)
        if len(raws) != len(texts):
            raise BackendError(f"{name} gave {len(raws)} raw outputs for {len(texts)} texts")
        return [noted(raw, text) for raw, text in zip(raws, texts, strict=True)]


def replay(backend: str, raws: Mapping[str, RawOutput], contract: Contract) -> Result:
    """Decide by raw outputs that backends gave before, exactly as a classifier would now.

    `backend` is the setting, "bert", "llm" or "both"; `raws` has those that were asked, by name.

    >>> from polarity.types import Completion
    >>> replay("llm", {"llm": Completion(text="Not great.")}, load_contract()).label
    'NEGATIVE'
    """
    answers = {name: read_answer(raw, contract) for name, raw in raws.items()}
    return decide(backend, answers, contract.policy)


def read_answer(raw: RawOutput, contract: Contract) -> Answer:
    """Read one raw output by the contract, and keep it beside what was read."""
    return Answer(raw, mapper.map(raw, contract))


def _in_place(answers: list[Answer] | BackendError, count: int) -> list[Answer]:
    """An unusable backend is one failure in the place of each text."""
    if isinstance(answers, BackendError):
        failure = Failure(reason=answers.reason, detail=str(answers))
        return [Answer(failure, failure)] * count
    return answers


def _refuse_two_errors(bert: list[Answer] | BackendError, llm: list[Answer] | BackendError) -> None:
    if isinstance(bert, BackendError) and isinstance(llm, BackendError):
        raise BackendUnavailable(f"no backend is usable: bert: {bert}; llm: {llm}") from bert


def build_classifier(
    settings: Settings,
    *,
    contract: Contract | None = None,
    patient: bool = False,
    budgets: Spending | None = None,
) -> Classifier:
    """Build the classifier that the settings describe. Loads weights and starts servers: call it once.

    `contract` stands in for the one that the settings name. `patient` is for files, where no caller waits:
    the LLM's default deadline is longer, a server that is away is waited for, and BERT has no limits.
    `budgets` stand in for the LLM's own: of the same run some may be spent, and others may spend them, too.

    Raises:
        ContractError, CheckpointError, WeightsError, BackendError, SettingsError: what is named cannot
            be used.
    """
    llm_first = settings.backend == "llm" and settings.on_unmapped == "bert"
    with ExitStack() as begun:
        apart = None if patient or "bert" not in settings.asked else begun.enter_context(_apart(settings))
        own = contract or load_contract(settings.contract)
        if "llm" in settings.asked:  # its patterns compile now, and not within a caller's deadline
            mapper.map(Completion(text="a"), own)
        backends: list[PolarityBackend] = []
        begun.callback(lambda: close_now(Classifier(own, backends)))
        if "bert" in settings.asked:
            backends.append(_load_bert(settings, own, apart, patient=patient))
        if "llm" in settings.asked:
            backends.append(_start_llm(settings, own, patient=patient, budgets=budgets))
            own = _read_by(own, settings)
        begun.pop_all()
    return Classifier(own, backends, llm_first=llm_first)


def _apart(settings: Settings) -> AbstractContextManager[TextClassifier]:
    """Start BERT's own process: it loads while the contract is being read."""
    from polarity.backends.bert import begun_apart

    return closing(begun_apart(settings.bert))


def _load_bert(
    settings: Settings, contract: Contract, apart: TextClassifier | None, *, patient: bool
) -> PolarityBackend:
    from polarity.backends.bert import BertBackend

    return BertBackend.load(settings.bert, contract, limits=_limits(settings, patient=patient), apart=apart)


def _limits(settings: Settings, *, patient: bool) -> Limits:
    """Say what callers may have of BERT: as much as they ask for, where the only one is a file."""
    deadline_s = settings.bert_deadline_s(patient=patient)
    if patient:
        return Limits(deadline_s=deadline_s, is_alone=True)
    service = settings.service
    return Limits(service.max_tokens, service.queue_tokens, deadline_s)


def _read_by(contract: Contract, settings: Settings) -> Contract:
    from polarity.backends.identity import read_by

    return read_by(contract, settings.llm)


def _start_llm(
    settings: Settings, contract: Contract, *, patient: bool, budgets: Spending | None
) -> PolarityBackend:
    from polarity.backends.answer_cache import AnswerCache
    from polarity.backends.cached import CachedBackend
    from polarity.backends.llm import LlmBackend

    folder = cache_folder() if settings.llm.cache == "on" else settings.llm.cache
    cache = AnswerCache(folder, most_mb=settings.llm.cache_mb) if isinstance(folder, Path) else None
    deadline_s = settings.deadline_s(patient=patient)
    try:
        backend = LlmBackend.start(
            settings.llm, contract, deadline_s=deadline_s, patient=patient, budgets=budgets
        )
    except BaseException:
        if cache:
            cache.close()
        raise
    return CachedBackend(backend, cache) if cache else backend


def close_now(classifier: Classifier) -> None:
    """Close from a function that is not async; on a thread, since an event loop may run on this one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, classifier.aclose()).result()
