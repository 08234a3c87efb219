"""`polarity compare-checkpoints`: is the new one better, and what does it change?"""

from typing import Annotated

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    ContractOption,
    FailOverOption,
    FailUnderOption,
    JsonOption,
    OutputsOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import Reading, reads_gold


@reads_gold
def compare_checkpoints(
    old: Annotated[str, typer.Argument(help="A checkpoint folder or hub id.", show_default=False)],
    new: Annotated[str, typer.Argument(help="The one that is to follow it.", show_default=False)],
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA...",
            help="Files or patterns: texts, with or without gold labels.",
            show_default=False,
        ),
    ],
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    flips: Annotated[int, typer.Option(min=0, help="List so many of the texts that changed.")] = 20,
    outputs: OutputsOption = None,
    contract: ContractOption = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Label DATA by both checkpoints and show which labels change, and whether for the better.

    MEASURE is churn, the share of labels that change; accuracy.old, accuracy.new; or accuracy_drop, by how
    much accuracy falls. Exits with 4 if more than half of the texts got no label from one checkpoint or
    both, a gate rests on fewer than 100 texts, or NEW has collapsed: it never gives a label that is there, or
    gives nearly everything the same one.
    """
    from polarity.evaluation.churn_pages import churn_sheets
    from polarity.evaluation.compare_checkpoints import compare_checkpoints as compare
    from polarity.evaluation.gates import judge_churn
    from polarity.statistics.gates import parsed_all

    bounds = parsed_all(fail_under or (), fail_over or ())
    settings = settings_from(contract=contract)
    with asking("labelling", settings.llm) as watch:
        found = compare(
            old,
            new,
            data,
            settings,
            out=outputs or (),
            columns=reading.columns,
            intake=reading,
            flips=flips,
            bounds=bounds,
            on_progress=watch.see,
        )
    judgement = judge_churn(found, bounds)
    if json_object:
        print_json(found.as_json() | {"judgement": judgement.as_json()})
    else:
        for sheet in churn_sheets(found, flips=flips):
            out.print(sheet.in_markdown() if markdown else sheet.on_terminal())
    for path in outputs or ():
        err.print(f"wrote {path}")
    for side, problem in found.collapsed.items():
        err.print(f"warning: the {side} checkpoint has collapsed: it {problem}")
    leave_by(judgement, asked=bool(bounds))
