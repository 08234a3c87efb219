"""A contract's text with another policy: the numbers change, every other byte stays."""

import tomlkit
from tomlkit.items import Table

from polarity.contract.loading import Contract
from polarity.contract.schema import Policy
from polarity.errors import ContractError


def next_minor(version: str) -> str:
    """Name the version of a contract that maps alike and decides otherwise.

    >>> next_minor("1.4.2")
    '1.5.0'
    """
    major, minor, _ = version.split(".")
    return f"{major}.{int(minor) + 1}.0"


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
