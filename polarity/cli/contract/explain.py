"""`polarity contract explain`: why a contract says what it says of one answer."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from polarity.cli.console import out, print_json
from polarity.cli.options import ContractOption, JsonOption, settings_from

if TYPE_CHECKING:
    from polarity.contract import Contract
    from polarity.contract.review.explaining import Explanation


def explain(
    text: Annotated[str, typer.Argument(help="What a model answered.")],
    contract: ContractOption = None,
    cut: Annotated[bool, typer.Option("--cut", help="The token limit ended the answer.")] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="TEXT is a raw output, as a JSON report holds it: scores, too.")
    ] = False,
    calibration: Annotated[
        str | None,
        typer.Option(metavar="MODEL/ENDPOINT", help="Read scores by this calibration of the contract."),
    ] = None,
    json_object: JsonOption = False,
) -> None:
    """Show each step from an answer to its outcome, and the rule that fired."""
    from polarity.contract import load_contract
    from polarity.contract.review.explaining import explain as retrace
    from polarity.stored import spelled
    from polarity.types import Completion

    if cut and raw:
        raise typer.BadParameter("--raw says itself whether the token limit ended it: leave out --cut")
    rules = load_contract(settings_from(contract=contract).contract)
    rules = _calibrated(rules, calibration) if calibration else rules
    completion = Completion(text=text, finish_reason="length" if cut else "stop")
    found = _of_raw(text, rules) if raw else retrace(completion, rules)
    outcome = spelled(found.outcome)
    if json_object:
        print_json({"steps": [step._asdict() for step in found.steps], "outcome": outcome})
        return
    for step in found.steps:
        out.print(f"{step.name:34}{step.finding}")
    span = outcome.get("span")
    what = outcome.get("label") or outcome.get("reason") or "abstention"
    out.print(f"\n{outcome['kind']}: {what}")
    if span:
        out.print(f"span {span['start']}-{span['end']}: {span['text']!r}")


def _calibrated(contract: "Contract", name: str) -> "Contract":
    from polarity.contract.calibrations import by_rule

    found = by_rule(contract, f"calibrated/{name}")
    if found.calibration is None:
        known = ", ".join(one.name for one in contract.prompt.calibration) or "none"
        raise typer.BadParameter(f"--calibration: {name!r} is not in the contract, which has {known}")
    return found


def _of_raw(text: str, contract: "Contract") -> "Explanation":
    from polarity.contract.review.explaining import Explanation
    from polarity.contract.review.explaining import explain as retrace
    from polarity.contract.review.explaining_scores import explain_scores
    from polarity.stored import raw_from
    from polarity.types import Completion, Scores

    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"--raw: TEXT is not JSON: {error}") from None
    raw = raw_from(value, "TEXT")
    if isinstance(raw, Scores):
        return explain_scores(raw, contract)
    return retrace(raw, contract) if isinstance(raw, Completion) else Explanation((), raw)
