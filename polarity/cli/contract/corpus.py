"""`polarity contract test`: is a contract right about what models said?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from polarity.cli.console import leave_by, out, print_json
from polarity.cli.options import FailOverOption, FailUnderOption, JsonOption
from polarity.pages.terminal import shortened

if TYPE_CHECKING:
    from polarity.contract.review.corpus import Conformance, Miss


def conformance(
    contract: Annotated[Path, typer.Argument(help="A contract file, or a packaged one's id.")],
    corpus: Annotated[Path, typer.Argument(help="JSON Lines: completions, and what a reader found in each.")],
    fail_under: FailUnderOption = None,
    fail_over: FailOverOption = None,
    json_object: JsonOption = False,
) -> None:
    """Hold a contract against a corpus of completions; exit with 3 if it misses a bar.

    MEASURE is precision, the share of verdicts that are right; recall, the share of stated labels that are
    found; opposite, the share of verdicts that are the opposite label; as_expected, the share of outcomes
    that are as their row fixes them. Where nothing else is said, precision=0.995, recall=0.8 and
    as_expected=1 are floors and opposite=0 is a ceiling. Exits with 4 if the corpus has nothing to measure.
    """
    from polarity.contract import load_contract
    from polarity.contract.review.corpus import conform, read_corpus
    from polarity.contract.review.gates import check_bounds, judge
    from polarity.statistics.gates import parsed_all

    bounds = parsed_all(fail_under or (), fail_over or ())
    check_bounds(bounds)
    rules = load_contract(contract)
    found = conform(read_corpus(corpus, rules), rules)
    judgement = judge(found, bounds)
    if json_object:
        print_json(_object(found) | {"judgement": judgement.as_json()})
    else:
        _print(found)
    leave_by(judgement, asked=bool(bounds))


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
