"""A contract with another policy or calibration, or asked in another order; most are a text of their own."""

import tomllib
from dataclasses import replace

import tomlkit
from tomlkit.items import Table

from polarity.contract.loading import Contract
from polarity.contract.provenance import Calibration
from polarity.contract.schema import Policy
from polarity.errors import ContractError


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
