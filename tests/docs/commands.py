"""Commands as pages show them: which ones a line holds, and whether what each is told will do."""

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer.main

from polarity import checklist, evaluation, report
from polarity.cli import app
from polarity.contract import load_contract
from polarity.contract.review import gates as contract_gates
from polarity.evaluation.gates import check_churn_bounds
from polarity.pages import page
from polarity.pages.writing import check_outputs
from polarity.promotion.gates import check_bounds as check_pair_bounds
from polarity.records.formats import WRITTEN as RECORDS
from polarity.report.writing import SUFFIXES as REPORTS
from polarity.statistics.gates import Bound, parsed_all
from polarity.training.curve_pages import WRITERS as CURVES
from polarity.tuning import gates as calibration_gates
from polarity.tuning.scored_files import short_name

Params = Mapping[str, Any]
ENDS = {";", "|", "||", "&", "&&"}
ASSIGNED = re.compile(r"\w+=")
BACKENDS = {"bert": ["bert"], "llm": ["llm"], "both": ["bert", "llm", "decision"]}


def commands(line: str) -> Iterator[list[str]]:
    """Give the words of each command of a line, also of those in a loop's body.

    >>> list(commands("A=1 polarity audit a.json; for x in 1; do make quick | cat; done # so"))
    [['polarity', 'audit', 'a.json'], ['for', 'x', 'in', '1'], ['make', 'quick'], ['cat'], ['done']]
    """
    reader = shlex.shlex(line, posix=True, punctuation_chars=";|&")
    reader.whitespace_split = True
    words: list[str] = []
    for word in [*reader, ";"]:
        if word not in ENDS:
            words += [] if not words and (word == "do" or ASSIGNED.match(word)) else [word]
        elif words:
            yield words
            words = []


def check(words: Sequence[str]) -> None:
    """Read what `polarity` would be told, and run nothing: options, values, gates and files to write.

    Raises:
        Exception: whatever the command would say of it.
    """
    path, params = _read(words)
    under, over = (params.get(f"fail_{side}") or () for side in ("under", "over"))
    if bounds := parsed_all(under, over):
        GATES[path](bounds, params)
    writes_file = path in WRITTEN and not params.get("engine")  # an engine writes a folder
    outputs = [params[name] for name in ("output", "out") if params.get(name)] if writes_file else []
    for output in (*outputs, *(params.get("outputs") or ())):
        check_outputs([Path(output.name)], WRITTEN[path])


def _read(words: Sequence[str]) -> tuple[str, Params]:
    command, path, left = typer.main.get_command(app), [], list(words)
    while hasattr(command, "commands"):
        if left[0].startswith("--"):  # an option of polarity itself
            known = {name for param in command.params for name in param.opts}
            assert left[0] in known
            return "", {}
        path.append(left[0])
        command, left = command.commands[left[0]], left[1:]
    return " ".join(path), command.make_context(" ".join(["polarity", *path]), left).params


def _of_a_report(bounds: Sequence[Bound], params: Params) -> None:
    sides = [params[side].removeprefix("column:") for side in ("left", "right")]
    report.check_bounds(bounds, sides, is_decided={*sides} == {"bert", "llm"})


def _of_a_suite(bounds: Sequence[Bound], params: Params) -> None:
    sides = BACKENDS[params["backend"]]
    checklist.check_bounds(bounds, checklist.load_suite(params["suite"]), sides)


def _of_a_calibration(bounds: Sequence[Bound], params: Params) -> None:
    calibration_gates.check_bounds(bounds, [short_name(Path(path)) for path in params["data"]])


GATES: Mapping[str, Callable[[Sequence[Bound], Params], None]] = {
    "calibrate": _of_a_calibration,
    "checklist": _of_a_suite,
    "compare-checkpoints": lambda bounds, _: check_churn_bounds(bounds),
    "contract test": lambda bounds, _: contract_gates.check_bounds(bounds),
    "promote": lambda bounds, params: (
        check_churn_bounds(bounds)
        if params["checkpoint"]
        else check_pair_bounds(bounds, load_contract().labels)
    ),
    "evaluate": lambda bounds, params: evaluation.check_bounds(
        bounds, load_contract(params["contract"]).labels
    ),
    "report": _of_a_report,
}
WRITTEN: Mapping[str, Collection[str]] = {
    "checklist": checklist.WRITERS,
    "classify": RECORDS,
    "compare-checkpoints": page.WRITERS,
    "contract fit-policy": (".toml",),
    "contract try-policy": page.WRITERS,
    "evaluate": page.WRITERS,
    "learning-curve": CURVES,
    "promote": page.WRITERS,
    "prompt try": page.WRITERS,
    "prove": page.WRITERS,
    "report": REPORTS,
    "watch": page.WRITERS,
}
