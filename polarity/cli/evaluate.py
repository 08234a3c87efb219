"""`polarity evaluate`: against gold."""

from typing import Annotated

import typer

from polarity.cli.console import err, leave_by, out, print_json
from polarity.cli.options import (
    BackendOption,
    CheckpointOption,
    ContractOption,
    FailOverOption,
    FailUnderOption,
    JsonOption,
    OutputsOption,
    ResumeOption,
    RetryOption,
    StrategyOption,
    settings_from,
)
from polarity.cli.progress import asking
from polarity.cli.reading import DataArgument, Reading, reads_gold


@reads_gold
def evaluate(
    data: DataArgument,
    backend: BackendOption = None,
    outputs: OutputsOption = None,
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    mistakes: Annotated[int, typer.Option(min=0, help="List so many of the worst mistakes.")] = 20,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    strategy: StrategyOption = None,
    resume: ResumeOption = False,
    retry_failures: RetryOption = False,
    json_object: JsonOption = False,
    *,
    reading: Reading,
) -> None:
    """Measure labels against gold, with 95 % intervals, calibration, and where the mistakes are.

    MEASURE is accuracy, macro_f1, two_class_accuracy, verdict_rate, ece, brier, nll, or precision, recall
    or f1 of a label as in f1.NEGATIVE. Exits with 4 if too little is known: for a gate, fewer than 100
    rows, or 30 where it is one label's, or a measure that is undefined; no answer to more than half of
    the texts.
    """
    from polarity.evaluation import evaluate as measured
    from polarity.evaluation import judge
    from polarity.evaluation.pages import assessment_headline, assessment_sheets
    from polarity.statistics.gates import parsed_all

    bounds = parsed_all(fail_under or (), fail_over or ())
    settings = settings_from(backend=backend, contract=contract, checkpoint=checkpoint, strategy=strategy)
    with asking("evaluating", settings.llm) as watch:
        found = measured(
            data,
            settings,
            out=outputs or (),
            columns=reading.columns,
            intake=reading,
            mistakes=mistakes,
            bounds=bounds,
            resume=resume,
            retry_failures=retry_failures,
            on_progress=watch.see,
        )
    judgement = judge(found, bounds)
    if json_object:
        print_json(found.as_json() | {"judgement": judgement.as_json()})
    else:
        out.print(assessment_headline(found))
        for sheet in assessment_sheets(found):
            out.print(sheet.on_terminal())
    for path in outputs or ():
        err.print(f"wrote {path}")
    leave_by(judgement, asked=bool(bounds))
