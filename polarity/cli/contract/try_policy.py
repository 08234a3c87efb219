"""`polarity contract try-policy`: a policy against each backend alone, on stored reports."""

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
    from polarity.tuning import try_policy as tried

    if markdown and json_object:
        raise typer.BadParameter("--markdown and --json exclude each other")
    *_, page, judgement = tried(reports, settings_from(contract=contract), out=outputs or ())
    if page is None:
        leave_by(judgement)
    if json_object:
        print_json({key: value for key, value in page.data.items() if key != "about"})
    for sheet in page.sheets if not json_object else ():
        out.print(sheet.in_markdown() if markdown else sheet.on_terminal())
    for path in outputs or ():
        err.print(f"wrote {path}")
