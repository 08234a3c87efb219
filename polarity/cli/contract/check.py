"""`polarity contract check|map`: the contract, by hand."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from polarity.cli.console import print_json
from polarity.cli.options import ContractOption, settings_from
from polarity.errors import ContractError, RecordError

if TYPE_CHECKING:
    from polarity.types import RawOutput


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Contract files, or packaged ones' ids.", show_default="polarity"),
    ] = None,
) -> None:
    """Say whether contract files are valid, or everything that is wrong with them."""
    from polarity.contract import load_contract

    problems: list[str] = []
    for file in files or (None,):
        try:
            ref = load_contract(file).ref
        except ContractError as error:
            problems += str(error).splitlines()
        else:
            print(f"ok: {ref.id} {ref.version} {ref.sha256}")
    if problems:
        raise ContractError(problems)


def map_(contract: ContractOption = None) -> None:
    """Map completions: JSON Lines {"text", "finish_reason"?, "input"?} in, one JSON line each out.

    "input" is the text that was asked about: what an answer quotes of it never speaks for the answer.
    """
    from polarity.contract import load_contract, mapper
    from polarity.stored import spelled

    rules = load_contract(settings_from(contract=contract).contract)
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            print_json(spelled(mapper.map(_completion(line, number), rules)))


def _completion(line: bytes, number: int) -> "RawOutput":
    from polarity.contract.quotations import noted
    from polarity.records import STANDARD_INPUT
    from polarity.types import Completion, FinishReason

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
    completion = Completion(text=row["text"], finish_reason=reason)
    if (asked := row.get("input")) is None:
        return completion
    if not isinstance(asked, str):
        raise bad(f"'input' is no string: {asked!r}")
    return noted(completion, asked)
