"""A checkpoint's own names for its labels -> the contract's labels.

A name is bound by what somebody said of this checkpoint (`bert.labels`), by the contract's binding, by the
labels themselves, or by one of the contract's further `bindings`; never by what it looks like. What was said
may give several names one label, whose probabilities then add up, and may leave labels out, which the
checkpoint then never gives.
"""

import json
import re
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import NamedTuple

from polarity.contract.canonical import canonical
from polarity.contract.loading import Contract
from polarity.contract.schema import folded_name
from polarity.errors import CheckpointError, SettingsError

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
VARIABLE = "POLARITY_BERT__LABELS"


class Bound(NamedTuple):
    """A checkpoint's names, in the order of its logits, and the label of each.

    `columns` has, for each name in the contract's binding, the places of the logits that speak for its label.
    """

    table: Mapping[str, str]
    columns: Mapping[str, tuple[int, ...]]

    @property
    def summed(self) -> Mapping[str, str] | None:
        """The table, where scores are not the checkpoint's own, but sums: some label has several names."""
        return self.table if any(len(places) > 1 for places in self.columns.values()) else None

    @property
    def left_out(self) -> list[str]:
        """The labels, by the contract's names, that the checkpoint never gives."""
        return [name for name, places in self.columns.items() if not places]


def bound(names: Sequence[str], contract: Contract, own: Mapping[str, str]) -> Bound:
    """Give each of a checkpoint's `names` its label; `own` is what was said of them, if it names one of them.

    Names are compared without regard to case and to blanks at their edges.

    >>> from polarity.contract import load_contract
    >>> bound(["Positive", "NEUTRAL", "negative"], load_contract(), {}).columns
    {'negative': (2,), 'neutral': (1,), 'positive': (0,)}
    >>> said = {"bad": "NEGATIVE", "good": "POSITIVE", "great": "POSITIVE"}
    >>> bound(["bad", "good", "great"], load_contract(), said).columns
    {'negative': (0,), 'neutral': (), 'positive': (1, 2)}

    Raises:
        CheckpointError: nobody says what the names are, or `own` says it of some only and the contract does
            not say the same of these; the error has lines to paste that say it.
        SettingsError: `own` leads to what is no label, to two for one name, or to a single one for all.
    """
    table = _table(names, contract, own)
    if table is None:
        raise _refusal(names, contract, own)
    given = list(table.values())
    columns = {
        name: tuple(at for at, one in enumerate(given) if one == label)
        for name, label in contract.file.binding.items()
    }
    return Bound(table, columns)


def _table(names: Sequence[str], contract: Contract, own: Mapping[str, str]) -> Mapping[str, str] | None:
    """Find what was said of these names, or what the contract declares where it says the same of each."""
    said = _said(names, contract, own)
    if table := _fitting(said, names):
        if len(set(table.values())) == 1:
            raise SettingsError(f"bert.labels: every name is said to be {next(iter(table.values()))}")
        return table
    table = _declared(names, contract)
    is_same = table is not None and all(
        said.get(folded_name(name), table[name]) == table[name] for name in table
    )
    return table if is_same else None


def _said(names: Sequence[str], contract: Contract, own: Mapping[str, str]) -> Mapping[str, str]:
    """Read what was said, by folded name: nothing where it is of another checkpoint."""
    if {folded_name(name) for name in own}.isdisjoint(map(folded_name, names)):
        return {}
    said: dict[str, str] = {}
    for name, spelled in own.items():
        label = contract.label_of(spelled)
        if label is None:
            known = ", ".join(contract.labels)
            raise SettingsError(f"bert.labels: {name!r} is said to be {spelled!r}, not one of {known}")
        if (other := said.setdefault(folded_name(name), label)) != label:
            raise SettingsError(f"bert.labels: {name!r}, in any case, is said to be {other} and {label}")
    return said


def _declared(names: Sequence[str], contract: Contract) -> Mapping[str, str] | None:
    """Find the table of the contract whose names these are."""
    tables = (contract.file.binding, {label: label for label in contract.labels})
    found = (_fitting(table, names) for table in (*tables, *contract.file.bindings.values()))
    return next(filter(None, found), None)


def _fitting(table: Mapping[str, str], names: Sequence[str]) -> Mapping[str, str] | None:
    """Give each name its label, where a table has just these names."""
    folded = {folded_name(name): label for name, label in table.items()}
    if sorted(folded) != sorted(map(folded_name, names)):
        return None
    return {name: folded[folded_name(name)] for name in names}


def _refusal(names: Sequence[str], contract: Contract, own: Mapping[str, str]) -> CheckpointError:
    ref, guess = contract.ref, _guessed(names, contract, _said(names, contract, own))
    found = ", ".join(map(repr, names))
    bound_names = ", ".join(map(repr, contract.file.binding))
    why = _unfitting(names, own) if own else f"contract {ref.id} {ref.version} binds {bound_names}"
    table = json.dumps(guess, ensure_ascii=False)
    lines = (f"{_key(name)} = {json.dumps(label)}" for name, label in guess.items())
    return CheckpointError(
        f"the checkpoint names its labels {found}, and {why}. Say which is which by a variable, in "
        "polarity.toml, or in the contract as [bindings.mine]; these lines are a guess to check:",
        lines=[f"{VARIABLE}={quote(table)}", "[bert.labels]", *lines],
    )


def _unfitting(names: Sequence[str], own: Mapping[str, str]) -> str:
    """Say what the setting names, which names it lacks, and which are none of the checkpoint's."""
    has, said = {*map(folded_name, names)}, {*map(folded_name, own)}
    missing = ", ".join(repr(name) for name in names if folded_name(name) not in said)
    foreign = ", ".join(repr(name) for name in own if folded_name(name) not in has)
    lacking = f", not {missing}" if missing else ""
    more = f", and the checkpoint has no {foreign}" if foreign else ""
    return f"bert.labels names {', '.join(map(repr, own))}{lacking}{more}"


def _guessed(names: Sequence[str], contract: Contract, said: Mapping[str, str]) -> dict[str, str]:
    """Put a label beside each name, to be checked: what was said, what it spells or begins, or by place."""
    last = len(contract.labels) - 1
    steps = max(1, len(names) - 1)
    by_place = (contract.labels[round(at * last / steps)] for at in range(len(names)))
    return {
        name: said.get(folded_name(name)) or _spelled(name, contract) or label
        for name, label in zip(names, by_place, strict=True)
    }


def _spelled(name: str, contract: Contract) -> str | None:
    begun = contract.beginnings.get(canonical(name), frozenset()) & {*contract.labels}
    return contract.label_of(name) or (next(iter(begun)) if len(begun) == 1 else None)


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
