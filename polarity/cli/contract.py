"""`polarity contract check|show|map`: the contract, by hand."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from polarity.cli.console import out, print_json
from polarity.cli.options import ContractOption
from polarity.errors import RecordError

if TYPE_CHECKING:
    from polarity.contract import Contract
    from polarity.types import Completion, Outcome

app = typer.Typer(name="contract", help="Check, read and try a contract by hand.", no_args_is_help=True)

FileArgument = Annotated[
    Path | None, typer.Argument(help="A contract file.", show_default="the polarity contract")
]


@app.command()
def check(file: FileArgument = None) -> None:
    """Say whether a contract file is valid, or everything that is wrong with it."""
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick

    ref = load_contract(file).ref
    print(f"ok: {ref.id} {ref.version} {ref.sha256}")


@app.command()
def show(file: FileArgument = None) -> None:
    """Print a contract's rules so that a person can read them."""
    from polarity.contract import load_contract  # noqa: PLC0415 - keeps `--help` quick

    for line in _page(load_contract(file)):
        out.print(line)


def _page(contract: "Contract") -> Iterator[str]:
    ref, rules = contract.ref, contract.rules
    yield f"{ref.id} {ref.version}  sha256 {ref.sha256}"
    yield f"labels: {', '.join(contract.labels)}"
    yield f"binding: {', '.join(f'{name} -> {label}' for name, label in contract.file.binding.items())}"
    for label in contract.labels:
        yield f"\n{label}"
        yield f"  exact: {', '.join(rules.aliases[label])}"
        yield f"  phrase: {', '.join(rules.phrases.get(label, ())) or '-'}"
    yield f"\nmodified, before an exact word: {', '.join(rules.modifiers)}"
    yield "frame, around any of the above:"
    yield from (f"  {frame}" for frame in rules.frames)
    yield f"abstain: {', '.join(rules.abstain)}"
    yield f"never a verdict: negated by {', '.join(rules.negators)} or n't;"
    yield f"  contrast by {', '.join(rules.contrasts)}"
    yield "\npolicy:"
    yield from (f"  {name} = {value}" for name, value in contract.policy)


@app.command("map")
def map_(contract: ContractOption = None) -> None:
    """Map completions: JSON Lines {"text", "finish_reason"?} in, one JSON line each out."""
    from polarity.contract import load_contract, mapper  # noqa: PLC0415 - keeps `--help` quick

    rules = load_contract(contract)
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            print_json(_spelled(mapper.map(_completion(line, number), rules)))


def _completion(line: bytes, number: int) -> "Completion":
    from polarity.records import STANDARD_INPUT  # noqa: PLC0415 - keeps `--help` quick
    from polarity.types import Completion, FinishReason  # noqa: PLC0415

    def bad(problem: str) -> RecordError:
        return RecordError(problem, path=STANDARD_INPUT, line=number)

    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise bad(f"not JSON in UTF-8: {error}") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise bad("not a JSON object whose 'text' is a string")
    reason = row.get("finish_reason") or "stop"
    if reason not in get_args(FinishReason):
        raise bad(f"'finish_reason' is not one of {', '.join(get_args(FinishReason))}: {reason!r}")
    return Completion(text=row["text"], finish_reason=cast("FinishReason", reason))


def _spelled(outcome: "Outcome") -> dict[str, Any]:
    span = getattr(outcome, "span", None)
    return {
        "label": getattr(outcome, "label", None),
        "kind": type(outcome).__name__.lower(),
        "reason": getattr(outcome, "reason", None),
        "rule": getattr(outcome, "rule", None),
        "span": span._asdict() if span else None,
    }
