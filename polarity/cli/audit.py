"""`polarity audit`: a stored answer, replayed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.cli.console import leave_by, out, print_json
from polarity.cli.options import ContractOption, JsonOption, settings_from

if TYPE_CHECKING:
    from polarity.replay.audit import Audit
    from polarity.statistics.gates import Judgement
    from polarity.types import ContractRef


def audit(
    response: Annotated[
        Path, typer.Argument(metavar="RESPONSE", help="A stored answer of POST /polarity, with `explain`.")
    ],
    contract: ContractOption = None,
    json_object: JsonOption = False,
) -> None:
    """Replay a stored answer from its raw outputs, and say what differs. No model is asked.

    Exits with 3 if the contract is another one, or a result differs.
    """
    from polarity.contract import load_contract
    from polarity.replay.audit import audit as held
    from polarity.replay.audit import read_response

    stored = read_response(response)
    found = held(stored, load_contract(settings_from(contract=contract).contract))
    if json_object:
        print_json(_object(found))
    else:
        for line in _lines(found):
            out.print(line)
    leave_by(_judgement(found))


def _judgement(found: "Audit") -> "Judgement":
    from polarity.statistics.gates import Judgement

    if found.same:
        return Judgement(status="passed", reason="nothing differs")
    differing = sum(bool(finding.differences) for finding in found.findings)
    contract = "" if found.same_contract else "under another contract, "
    reason = f"{contract}{differing:,} of {len(found.findings):,} results differ"
    return Judgement(status="failed", reason=reason)


def _lines(found: "Audit") -> Iterator[str]:
    stored, contract = found.stored, found.contract
    if found.same_contract:
        yield f"{_named(stored)}: same"
    else:
        yield f"{_named(stored)}: differs, replayed under another contract:"
        yield _named(contract)
    for finding in found.findings:
        yield f"result {finding.index}: {'differs' if finding.differences else 'same'}"
        yield from (f"  {field}: {stored!r}, now {now!r}" for field, stored, now in finding.differences)


def _named(ref: "ContractRef") -> str:
    named = f"contract {ref.id} {ref.version} sha256 {ref.sha256}"
    return named.encode("unicode_escape").decode()  # a stored file may say anything, to the terminal too


def _object(found: "Audit") -> dict[str, Any]:
    return {
        "same": found.same,
        "contract": {
            "same": found.same_contract,
            "stored": found.stored._asdict(),
            "replayed": found.contract._asdict(),
        },
        "results": [
            {
                "index": finding.index,
                "same": not finding.differences,
                "differences": [difference._asdict() for difference in finding.differences],
            }
            for finding in found.findings
        ],
    }
