"""A contract with another policy or calibration, more lines, another order; most are a text of their own."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import tomlkit
from pydantic import ValidationError
from tomlkit.items import Array, Table

from polarity.contract.declared import Part
from polarity.contract.loading import Contract
from polarity.contract.provenance import Calibration
from polarity.contract.schema import ContractFile, Policy, problems_of
from polarity.errors import ContractError

INDENT = "    "


class Line(NamedTuple):
    """One item of a list in the contract's file, and the list's key: 'so so', 'rules.phrases.NEGATIVE'."""

    key: str
    text: str


def next_minor(version: str) -> str:
    """Name the version of a contract that maps alike and decides otherwise.

    >>> next_minor("1.4.2")
    '1.5.0'
    """
    major, minor, _ = version.split(".")
    return f"{major}.{int(minor) + 1}.0"


def next_major(version: str) -> str:
    """Name the version of a contract that maps otherwise.

    >>> next_major("1.4.2")
    '2.0.0'
    """
    major, _, _ = version.split(".")
    return f"{int(major) + 1}.0.0"


def with_policy(contract: Contract, policy: Policy, version: str) -> str:
    """Write `policy` and `version` into the contract's text, which keeps its comments and its order.

    Raises:
        ContractError: the policy is not a [policy] table of its own, so its numbers cannot be
            replaced without touching the rest; or `version` is none.
    """
    document = tomlkit.parse(contract.source)
    document["version"] = version
    table = document["policy"]
    if not isinstance(table, Table) or "\n[policy]" not in f"\n{contract.source}":
        raise ContractError(["policy: to be written anew it must be a table of its own: [policy]"])
    old = contract.policy.model_dump(mode="json")
    for name, value in policy.model_dump(mode="json", exclude_none=True).items():
        if value != old[name]:
            table[name] = value
    text = tomlkit.dumps(document)
    if Contract.parse(text.encode("utf-8")).policy != policy:
        raise ContractError(["policy: what was written reads back as something else"])
    return text


def with_calibration(contract: Contract, calibration: Calibration, version: str) -> str:
    """Write a calibration and `version` into the contract's text, which keeps its comments and its order.

    It takes the place of the one for the same model and endpoint, if there is any.

    Raises:
        ContractError: the prompt is not a [prompt] table of its own; or `version` is none.
    """
    document = tomlkit.parse(contract.source)
    document["version"] = version
    prompt = document["prompt"]
    if not isinstance(prompt, Table) or "\n[prompt]" not in f"\n{contract.source}":
        raise ContractError(["prompt: for a calibration below it, it must be a table of its own: [prompt]"])
    others = [one for one in contract.prompt.calibration if one.name != calibration.name]
    entries = tomlkit.aot()
    for one in (*others, calibration):
        entries.append(tomlkit.item(one.model_dump(mode="json", exclude_none=True)))
    prompt["calibration"] = entries
    text = tomlkit.dumps(document)
    if Contract.parse(text.encode("utf-8")).prompt.calibration != (*others, calibration):
        raise ContractError(["prompt.calibration: what was written reads back as something else"])
    return text


def without_calibrations(contract: Contract) -> Contract:
    """Give the contract as it reads scores of any model as they are, under its own name."""
    prompt = contract.prompt.model_copy(update={"calibration": ()})
    return replace(contract, file=contract.file.model_copy(update={"prompt": prompt}), calibration=None)


def with_reversed_examples(contract: Contract) -> Contract:
    """Give a contract whose examples stand in the reverse order, and that differs in nothing else.

    Its sha256 is that of the text which would say so; no file needs to hold it.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> turned = with_reversed_examples(contract)
    >>> turned.prompt.examples == contract.prompt.examples[::-1], turned.rules == contract.rules
    (True, True)
    """
    content = tomllib.loads(contract.source)
    for form in (content["prompt"], content["prompt"].get("chat", {})):
        if "examples" in form:
            form["examples"] = form["examples"][::-1]
    return Contract.parse(tomlkit.dumps(content).encode("utf-8"))


def with_lines(contract: Contract, lines: Sequence[Line], version: str) -> str:
    """Write further items of lists, and `version`, into the contract's text, which keeps its comments.

    A list that is not there is begun; an item that is there already is not written again.

    >>> from polarity.contract import load_contract
    >>> text = with_lines(load_contract(), [Line("rules.tails", "throughout")], "9.0.0")
    >>> "throughout" in Contract.parse(text.encode()).rules.tails
    True

    Raises:
        ContractError: an item is not valid there; `version` is none.
    """
    document = tomlkit.parse(contract.source)
    document["version"] = version
    for line in lines:
        *path, name = line.key.split(".")
        table: Any = document
        for key in path:
            table = table.setdefault(key, tomlkit.table())
        items = table.setdefault(name, tomlkit.array())
        if line.text not in items:
            _add(items, line.text)
    text = tomlkit.dumps(document)
    Contract.parse(text.encode("utf-8"))
    return text


def _add(items: Array, text: str) -> None:
    """Add an item on a line of its own, if each has one."""
    if items.as_string().count("\n") > len(items):
        items.add_line(text, indent=INDENT)
    else:
        items.append(text)


def tried(contract: Contract, lines: Iterable[Line]) -> Contract:
    """Give the contract as it would read answers with further items of lists, under its own name.

    Quicker than `with_lines`, whose text keeps its comments: only tables that get a line are checked again.

    >>> from polarity.contract import load_contract, mapper
    >>> from polarity.types import Completion
    >>> contract = tried(load_contract(), [Line("rules.phrases.NEGATIVE", "so so")])
    >>> mapper.map(Completion(text="So so."), contract).label
    'NEGATIVE'

    Raises:
        ContractError: an item is not valid there.
    """
    content = _declared(contract.file)
    for line in lines:
        *path, name = line.key.split(".")
        table = content
        for key in path:
            inner = table.get(key, {})
            table[key] = _declared(inner) if isinstance(inner, Part) else dict(inner)
            table = table[key]
        table[name] = list(dict.fromkeys([*table.get(name, ()), line.text]))
    try:
        return replace(contract, file=ContractFile.model_validate(content))
    except ValidationError as error:
        raise ContractError(problems_of(error.errors())) from None


def _declared(part: Part) -> dict[str, Any]:
    """Give what a file declares of a table; the tables in it are checked already, and stay as they are."""
    return {name: getattr(part, name) for name in part.model_fields_set}
