"""`polarity contract try-policy`: a policy against each backend alone, on stored reports."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from polarity.cli.console import err, out, print_json
from polarity.cli.contract.policy_sheets import shares, sides
from polarity.cli.options import ContractOption, JsonOption, settings_from

ReportsArgument = Annotated[
    list[Path], typer.Argument(metavar="REPORT", help="JSON reports of texts with gold labels.")
]


def try_policy(
    reports: ReportsArgument,
    contract: ContractOption = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
    json_object: JsonOption = False,
) -> None:
    """Try a contract's policy on stored reports: against each backend alone, and by share of LLM calls.

    No model is asked: the raw outputs in the reports are mapped and decided again.
    """
    from polarity.contract import load_contract
    from polarity.tuning.gold_data import check_names, stored_pairs
    from polarity.tuning.policy_worth import compare, sweep

    if markdown and json_object:
        raise typer.BadParameter("--markdown and --json exclude each other")
    check_names(reports)
    tried = load_contract(settings_from(contract=contract).contract)
    pairs = [pair for path in reports for pair in stored_pairs(path, tried)]
    if not pairs:
        err.print("inconclusive: the reports hold no text with a gold label")
        raise typer.Exit(4)
    measured = compare(pairs, tried.policy, tried.labels)
    steps = sweep(pairs, tried.policy, tried.labels)
    if json_object:
        rows = {"measured": [asdict(row) for row in measured], "sweep": [asdict(step) for step in steps]}
        print_json({"contract": tried.ref._asdict()} | rows)
        return
    name = f"{tried.ref.id} {tried.ref.version}"
    for sheet in (
        sides(f"The policy of {name} against each backend alone", measured),
        shares("Accuracy by the share of texts that go to the LLM", steps),
    ):
        out.print(sheet.in_markdown() if markdown else sheet.on_terminal())
