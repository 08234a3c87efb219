"""A contract as a page to read: what it does with answers, its numbers, grammar and lists.

Only what stands on the page is decided here; a terminal and Markdown draw it each in their way.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from polarity.contract.loading import Contract
from polarity.contract.review.examples import Mapped, families, reasons, surroundings
from polarity.contract.review.grammar import grammar
from polarity.types import Abstention, Completion, Verdict

LONGEST = 70  # characters of an answer that are shown


LONGEST_WORD = 40  # characters of an item that stands among others on a line


class Code(str):
    """A cell that quotes: an answer, a key, a rule's id."""

    __slots__ = ()


class Table(NamedTuple):
    """Rows under a header, each as long as it."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Listing(NamedTuple):
    """What one key declares, as it stands in the file."""

    key: str
    meaning: str
    items: tuple[str, ...]

    @property
    def is_short(self) -> bool:
        """Say whether every item is so short that they may all stand on one line."""
        return max(map(len, self.items)) <= LONGEST_WORD


class Page(NamedTuple):
    """A title, a few facts, tables and, unless the page is a short one, the grammar and every list."""

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    grammar: Sequence[str]
    listings: Sequence[Listing]


def short_page(contract: Contract, meanings: Mapping[Any, str]) -> Page:
    """Show what a contract does: each family and each reason with an answer, and the policy's numbers.

    `meanings` says what each reason means. The outcomes are those that the mapper gives now.
    """
    ref, file = contract.ref, contract.file
    facts = [
        ("sha256", ref.sha256),
        ("labels", ", ".join(contract.labels)),
        ("binding", _bound(file.binding)),
        *((f"bindings.{name}", _bound(table)) for name, table in file.bindings.items()),
    ]
    described = [("description", file.description)] if file.description else []
    return Page(
        f"Contract {ref.id} {ref.version}", [*described, *facts], list(_tables(contract, meanings)), [], []
    )


def _bound(table: Mapping[str, str]) -> str:
    return ", ".join(f"{name} -> {label}" for name, label in table.items())


def page(contract: Contract, meanings: Mapping[Any, str]) -> Page:
    """Show what `short_page` does, and below it every list, pattern by pattern.

    >>> from polarity.contract import load_contract
    >>> page(load_contract(), {}).listings[0].items
    ('negative', 'negatively')
    """
    lists = _listings("rules", contract.rules)
    return short_page(contract, meanings)._replace(
        grammar=grammar(contract), listings=[found for found in lists if found.items]
    )


def _tables(contract: Contract, meanings: Mapping[Any, str]) -> Iterator[Table]:
    stated = [
        (Code(family), Code(_shown(found.completion)), _outcome(found), Code(_rule(found)))
        for family, found in families(contract).items()
    ]
    yield Table("What states a label", ("family", "an answer", "outcome", "rule"), stated)
    around = [
        (Code(what), Code(_shown(found.completion)), _outcome(found))
        for what, found in surroundings(contract).items()
    ]
    yield Table("What may surround a label", ("what", "an answer", "outcome"), around)
    failed = reasons(contract)
    refused = [
        (Code(reason), Code(_shown(failed[reason].completion)), meaning)
        for reason, meaning in meanings.items()
        if reason in failed
    ]
    yield Table("What states none, and why", ("reason", "an answer", "what it means"), refused)
    numbers = [(Code(key), Code(value), meaning) for key, value, meaning in _numbers(contract)]
    yield Table("Numbers", ("key", "value", "what it means"), numbers)


def _outcome(found: Mapped) -> str:
    return found.outcome.label if isinstance(found.outcome, Verdict) else "abstention"


def _rule(found: Mapped) -> str:
    return found.outcome.rule if isinstance(found.outcome, Verdict | Abstention) else ""


def _shown(completion: Completion) -> str:
    r"""Write an answer on one line: what cannot be seen as an escape, and what the server said of it.

    >>> _shown(Completion(text="posi\ntive", finish_reason="length"))
    'posi\\ntive (finish_reason: length)'
    """
    text = completion.text if len(completion.text) <= LONGEST else f"{completion.text[:LONGEST]}..."
    written = "".join(_visible(character) for character in text) or '""'
    if len(completion.text) > LONGEST:
        written += f" ({len(completion.text):,} characters)"
    if completion.finish_reason != "stop":
        written += f" (finish_reason: {completion.finish_reason})"
    return written


def _visible(character: str) -> str:
    """Spell what is invisible, and a letter of another script that looks like one of this."""
    if character.isprintable() and not "\u0400" <= character <= "\u04ff":
        return character
    return character.encode("unicode_escape").decode()


def _numbers(contract: Contract) -> Iterator[tuple[str, str, str]]:
    for name, field in type(contract.rules).model_fields.items():
        value = getattr(contract.rules, name)
        if isinstance(value, int | float) or (name == "codes" and value):
            yield f"rules.{name}", _number(value), field.description or ""
    for one in contract.prompt.calibration:
        value = f"{_number(one.offsets)}; temperature {one.temperature}"
        yield f"prompt.calibration {one.name}", value, "How the scores of this model's label words are read."
    for name, field in type(contract.policy).model_fields.items():
        value = getattr(contract.policy, name)
        if name != "fitted" and value is not None and value != {}:
            yield f"policy.{name}", _number(value), field.description or ""


def _number(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{label} {number}" for label, number in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listings(key: str, part: BaseModel) -> Iterator[Listing]:
    for name, field in type(part).model_fields.items():
        yield from _of_value(f"{key}.{name}", field.description or "", getattr(part, name))


def _of_value(key: str, meaning: str, value: Any) -> Iterator[Listing]:
    match value:
        case tuple():
            yield Listing(key, meaning, value)
        case Mapping():
            for name, inner in value.items():
                yield from _of_value(f"{key}.{name}", meaning, inner)
        case BaseModel():
            yield from _listings(key, value)
        case str():
            yield Listing(key, meaning, (value,))
