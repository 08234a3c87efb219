"""`polarity contract test|explain`: is a contract right about what models said, and why does it say so?"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from polarity.cli.console import err, out, print_json
from polarity.cli.options import ContractOption, JsonOption, settings_from
from polarity.pages.terminal import shortened

if TYPE_CHECKING:
    from polarity.contract.review.corpus import Conformance, Miss


def conformance(
    contract: Annotated[Path, typer.Argument(help="A contract file.")],
    corpus: Annotated[Path, typer.Argument(help="JSON Lines: completions, and what a reader found in each.")],
    min_precision: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of verdicts that must be right.")
    ] = 0.995,
    min_recall: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of stated labels that must be found.")
    ] = 0.80,
    max_opposite: Annotated[int, typer.Option(min=0, help="Verdicts that may be the opposite label.")] = 0,
    json_object: JsonOption = False,
) -> None:
    """Hold a contract against a corpus of completions; exit with 3 if it misses a bar.

    Rows that fix an outcome must all have it. Exits with 4 if the corpus has nothing to measure.
    """
    from polarity.contract import load_contract
    from polarity.contract.review.corpus import conform, read_corpus

    rules = load_contract(contract)
    found = conform(read_corpus(corpus, rules), rules)
    if json_object:
        print_json(_object(found))
    else:
        _print(found)
    if not found.said and not found.written:
        err.print("inconclusive: no row of the corpus says or expects anything")
        raise typer.Exit(4)
    missed = _missed_bars(found, min_precision, min_recall, max_opposite)
    for reason in missed:
        err.print(f"gate failed: {reason}")
    raise typer.Exit(3 if missed else 0)


def _missed_bars(found: "Conformance", precision: float, recall: float, opposite: int) -> list[str]:
    bars = [
        (_below(found.precision, precision), f"precision {_share(found.precision)} is under {precision}"),
        (_below(found.recall, recall), f"recall {_share(found.recall)} is under {recall}"),
        (found.opposite > opposite, f"{found.opposite} opposite labels are more than {opposite}"),
        (found.expected < found.written, f"{found.written - found.expected} outcomes are not as expected"),
    ]
    return [reason for is_missed, reason in bars if is_missed]


def _below(share: float | None, bar: float) -> bool:
    return share is not None and share < bar


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.4f}"


def _print(found: "Conformance") -> None:
    if found.misses:
        table = Table("id", "what", "said or expected", "outcome", "completion", title="Misses")
        for miss in found.misses:
            table.add_row(
                shortened(miss.row.id),
                miss.kind,
                _found_by_a_reader(miss),
                _outcome(miss),
                shortened(repr(miss.row.completion.text)),
            )
        out.print(table)
    out.print(f"labelled completions  {found.said}, of which {found.labelled} state a label")
    out.print(
        f"precision             {_share(found.precision)}  ({found.right} of {found.verdicts} verdicts)"
    )
    out.print(f"recall                {_share(found.recall)}  ({found.right} of {found.labelled} labels)")
    out.print(f"opposite labels       {found.opposite}")
    out.print(f"as expected           {found.expected} of {found.written} written completions")


def _object(found: "Conformance") -> dict[str, object]:
    misses = [
        {
            "id": miss.row.id,
            "kind": miss.kind,
            "expected": _found_by_a_reader(miss),
            "outcome": _outcome(miss),
            "text": shortened(repr(miss.row.completion.text)),
        }
        for miss in found.misses
    ]
    counts = ("said", "labelled", "verdicts", "right", "opposite", "written", "expected")
    shares = {"precision": found.precision, "recall": found.recall}
    return {name: getattr(found, name) for name in counts} | shares | {"misses": misses}


def _found_by_a_reader(miss: "Miss") -> str:
    if miss.kind == "unexpected" and miss.row.expect:
        return " ".join(filter(None, miss.row.expect.model_dump().values()))
    return str(miss.row.says)


def _outcome(miss: "Miss") -> str:
    from polarity.contract.review.corpus import described

    return " ".join(filter(None, described(miss.outcome).model_dump().values()))


def explain(
    text: Annotated[str, typer.Argument(help="What a model answered.")],
    contract: ContractOption = None,
    cut: Annotated[bool, typer.Option("--cut", help="The token limit ended the answer.")] = False,
    json_object: JsonOption = False,
) -> None:
    """Show each step from a completion to its outcome: guard, canonical text, rules, the one that fired."""
    from polarity.contract import load_contract
    from polarity.contract.review.explaining import explain as retrace
    from polarity.types import Completion

    completion = Completion(text=text, finish_reason="length" if cut else "stop")
    found = retrace(completion, load_contract(settings_from(contract=contract).contract))
    outcome = asdict(found.outcome)
    if json_object:
        print_json({"steps": [step._asdict() for step in found.steps], "outcome": outcome})
        return
    for step in found.steps:
        out.print(f"{step.name:34}{step.finding}")
    span = outcome.get("span")
    what = outcome.get("label") or outcome.get("reason") or "abstention"
    out.print(f"\n{type(found.outcome).__name__.lower()}: {what}")
    if span:
        out.print(f"span {span[0]}-{span[1]}: {span[2]!r}")
