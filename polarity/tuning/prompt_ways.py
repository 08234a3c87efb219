"""The ways of asking the LLM that are to be tried: the product of what was named of each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from polarity.contract import Contract, load_contract
from polarity.contract.review.amending import with_reversed_examples
from polarity.errors import SettingsError
from polarity.settings import Settings, changed_llm
from polarity.weights import form_of


class Way(NamedTuple):
    """One way of asking: the LLM alone by these settings, with this contract, which `name` stands for."""

    name: str
    settings: Settings
    contract: Contract
    is_reversed: bool = False

    @property
    def has_order(self) -> bool:
        """Whether there are examples whose order can be another."""
        prompt = self.contract.prompt
        shown = prompt.as_chat.examples if form_of(self.settings.llm) == "chat" else prompt.examples
        return len(shown or ()) > 1

    @property
    def turned(self) -> "Way":
        """The same with the examples in the reverse order."""
        return self._replace(contract=with_reversed_examples(self.contract), is_reversed=True)


def ways(
    settings: Settings,
    *,
    contracts: Sequence[Path] = (),
    apis: Sequence[str] = (),
    strategies: Sequence[str] = (),
    ggufs: Sequence[str] = (),
    reverse: bool = False,
) -> list[Way]:
    """List the ways: each of every kind with each of the others; what is not named is as the settings say.

    With `reverse` each way whose prompt has an order of examples is followed by the same one turned round.

    Raises:
        SettingsError: two contracts have one name or different labels; weights are named for a remote
            server; a value is none that the setting can have; or there is nothing to reverse.
        ContractError: a contract cannot be read.
    """
    if ggufs and settings.llm.server == "remote":
        raise SettingsError("gguf: a remote server has weights of its own: llm.model names them")
    named = _named(list(dict.fromkeys(contracts)) or [settings.contract])
    kinds = (
        dict.fromkeys(ggufs) or [settings.llm.gguf],
        dict.fromkeys(apis) or [settings.llm.api],
        dict.fromkeys(strategies) or [settings.llm.strategy],
    )
    found = [
        Way(name, _alone(settings, path, gguf=gguf, api=api, strategy=strategy), contract)
        for (name, path, contract), gguf, api, strategy in product(named, *kinds)
    ]
    if reverse and not any(way.has_order for way in found):
        raise SettingsError("reverse: no prompt that is tried has two examples")
    return list(_with_turned(found)) if reverse else found


def _named(paths: Sequence[Path | None]) -> list[tuple[str, Path | None, Contract]]:
    contracts = [(path, load_contract(path)) for path in paths]
    named = [
        (path.name if path else f"{contract.ref.id} {contract.ref.version}", path, contract)
        for path, contract in contracts
    ]
    for name, count in Counter(name for name, *_ in named).items():
        if count > 1:
            raise SettingsError(f"two contracts are named {name!r}: rename one")
    for name, _, contract in named[1:]:
        if contract.labels != named[0][-1].labels:
            raise SettingsError(f"contract {name!r} has other labels than {named[0][0]!r}")
    return named


def _alone(settings: Settings, contract: Path | None, **llm: object) -> Settings:
    changed = changed_llm(settings.llm, **llm)
    alone = {"backend": "llm", "on_unmapped": "error", "contract": contract, "llm": changed}
    return settings.model_copy(update=alone)


def _with_turned(found: Sequence[Way]) -> Iterator[Way]:
    for way in found:
        yield way
        if way.has_order:
            yield way.turned
