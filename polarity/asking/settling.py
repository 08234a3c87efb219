"""`auto`, settled before a run begins: what is kept and reported is the strategy that the server proves."""

from contextlib import closing

from polarity.asking.waiting import Waiting
from polarity.backends.identity import known_strategy
from polarity.contract import Contract
from polarity.errors import BackendUnavailable
from polarity.settings import Settings, changed_llm


def settled(settings: Settings, contract: Contract) -> Settings:
    """Give the settings with the strategy that is used in place of `auto`; a remote server is asked for it.

    Raises:
        BackendUnavailable, BackendRejected: the server does not answer.
    """
    if "llm" not in settings.asked or settings.llm.strategy != "auto":
        return settings
    strategy = known_strategy(settings.llm) or _proven(settings, contract)
    return settings.model_copy(update={"llm": changed_llm(settings.llm, strategy=strategy)})


def _proven(settings: Settings, contract: Contract) -> str | None:
    with closing(Waiting()) as waiting:
        return waiting.run(_found(settings, contract))


async def _found(settings: Settings, contract: Contract) -> str | None:
    from polarity.backends.completer import Fault
    from polarity.backends.llm import LlmBackend

    deadline_s = settings.deadline_s(patient=True)
    backend = LlmBackend.start(settings.llm, contract, deadline_s=deadline_s, patient=True)
    try:
        await backend.settle()
    except Fault as fault:
        where = f"{settings.llm.base_url} does not say how it is to be asked (llm.strategy = 'auto')"
        raise BackendUnavailable(f"{where}: {fault}") from None
    finally:
        await backend.aclose()
    return backend.strategy
