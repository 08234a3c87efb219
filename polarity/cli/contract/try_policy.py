"""`polarity contract try-policy`: a policy against each backend alone, on stored reports."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import ContractOption, JsonOption, OutputsOption, settings_from

ReportsArgument = Annotated[
    list[Path], typer.Argument(metavar="REPORT", help="JSON reports of texts with gold labels.")
]


def try_policy(
    reports: ReportsArgument,
    outputs: OutputsOption = None,
    contract: ContractOption = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
    json_object: JsonOption = False,
) -> None:
    """Try a contract's policy on stored reports: against each backend alone, and by share of LLM calls.

    No model is asked: the raw outputs in the reports are mapped and decided again.
    """
    from polarity.contract import load_contract
    from polarity.pages.page import WRITERS
    from polarity.pages.writing import check_outputs, write_outputs
    from polarity.statistics.gates import judged
    from polarity.tuning.gold_data import check_names, stored_pairs
    from polarity.tuning.policy_pages import policy_page
    from polarity.tuning.policy_worth import compare, sweep

    if markdown and json_object:
        raise typer.BadParameter("--markdown and --json exclude each other")
    check_names(reports)
    check_outputs(outputs or (), WRITERS, reports)
    tried = load_contract(settings_from(contract=contract).contract)
    pairs = [pair for path in reports for pair in stored_pairs(path, tried)]
    if not pairs:
        leave_by(judged([], "the reports hold no text with a gold label"))
    measured = compare(pairs, tried.policy, tried.labels)
    points = sweep(pairs, tried.policy, tried.labels)
    page = policy_page(
        measured,
        points,
        reports=[path.name for path in reports],
        contract=tried.ref,
        created=datetime.now(UTC),
        version=version("polarity"),
    )
    if json_object:
        print_json({key: value for key, value in page.data.items() if key != "about"})
    for sheet in page.sheets if not json_object else ():
        out.print(sheet.in_markdown() if markdown else sheet.on_terminal())
    write_outputs(outputs or (), WRITERS, page)
    for path in outputs or ():
        err.print(f"wrote {path}")
