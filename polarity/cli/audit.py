"""`polarity audit`: stored answers, replayed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from polarity.cli.console import leave_by, out, print_json
from polarity.cli.options import CheckpointOption, ContractOption, JsonOption, settings_from
from polarity.statistics.counted import counted

if TYPE_CHECKING:
    from polarity.contract import Contract
    from polarity.replay.audit import Finding, ModelFinding
    from polarity.replay.auditing import Audits, Tally, Way
    from polarity.settings import Settings
    from polarity.types import ContractRef, Model

REQUEST = "pol-"  # what a request's id begins with


def audit(
    answers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ANSWER...",
            help="A stored answer of POST /polarity with `explain`; a file of polarity store export; "
            "`store:?since=7d`; or a request's id.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="All that is stored from then on: a date or time, 7d, or monday."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="All that is stored up to then.")] = None,
    contract: ContractOption = None,
    checkpoint: CheckpointOption = None,
    contract_only: Annotated[
        bool, typer.Option("--contract-only", help="Hold nothing against the models that answer now.")
    ] = False,
    json_object: JsonOption = False,
) -> None:
    """Replay stored answers from their raw outputs, and say what differs. No model is asked.

    Exits with 3 if the contract is another one, another model would answer now, or a result differs; with 4
    if nobody knows whether it would be the same model: its weights have no hash.
    """
    from polarity.contract import load_contract
    from polarity.replay.auditing import audited, stored_answers_of
    from polarity.sources import sources_of

    queries = [_query(answer) for answer in answers or ()] + _time_range(since, until)
    if not queries:
        raise typer.BadParameter("name an answer, a file, store:?since=7d, a request's id, or --since")
    settings = settings_from(contract=contract, checkpoint=checkpoint)
    paths = sources_of(queries, settings.store)
    loaded = load_contract(settings.contract)
    models = None if contract_only else _models_now(settings, loaded)
    found = audited(stored_answers_of(paths), loaded, models)
    if json_object:
        print_json(_object(found))
    else:
        for line in _lines(found):
            out.print(_plain(line))
    leave_by(found.judgement())


def _query(answer: str) -> str:
    if answer.startswith(REQUEST) and not Path(answer).exists():
        return f"store:?{urlencode({'request_id': answer})}"
    return answer


def _time_range(since: str | None, until: str | None) -> list[str]:
    given = {"since": since, "until": until}
    said = urlencode({name: value for name, value in given.items() if value is not None})
    return [f"store:?{said}"] if said else []


def _models_now(settings: "Settings", contract: "Contract") -> "Mapping[str, Model]":
    """Name the models that would answer now; one whose weights are not here is unknown."""
    from polarity.asking.fingerprint import models_of
    from polarity.errors import PolarityError

    found: dict[str, Model] = {}
    for backend in ("bert", "llm"):
        try:
            found |= models_of(settings, contract, [backend])
        except PolarityError:
            continue
    return found


def _lines(found: "Audits") -> Iterator[str]:
    for way, tally in found.ways.items():
        yield from _way_lines(way, tally, found.contract)
    for name, findings in found.differing:
        for finding in findings:
            if finding.differences:
                yield f"{name} result {finding.index}: differs".lstrip()
                yield from (f"  {part}: {stored!r}, now {now!r}" for part, stored, now in finding.differences)
    if found.unanswered:
        yield f"without raw outputs, since no backend had answered: {counted(found.unanswered, 'decisions')}"


def _way_lines(way: "Way", tally: "Tally", contract: "ContractRef") -> Iterator[str]:
    if way.contract == contract:
        yield f"{_named(way.contract)}: same"
    else:
        yield f"{_named(way.contract)}: differs, replayed under another contract:"
        yield _named(contract)
    for one in way.models:
        yield f"{one.backend} {_model(one.stored)}: {_state(one)}"
    same = tally.results - tally.differing
    yield f"{same:,} of {tally.results:,} results are the same"


def _state(one: "ModelFinding") -> str:
    if one.asked_otherwise:
        return f"is asked otherwise now, by another {' and '.join(one.asked_otherwise)}: {_model(one.now)}"
    if one.state == "other":
        return f"another answers now: {_model(one.now)}"
    return "same" if one.state == "same" else f"unknown; now {_model(one.now)}"


def _model(model: "Model | None") -> str:
    if model is None:
        return "nobody knows which"
    return f"{model.name} {f'sha256 {model.weights}' if model.weights else 'of unknown weights'}"


def _named(ref: "ContractRef") -> str:
    return f"contract {ref.id} {ref.version} sha256 {ref.sha256}"


def _plain(line: str) -> str:
    """Escape what a stored file may say to the terminal."""
    return line.encode("unicode_escape").decode()


def _object(found: "Audits") -> dict[str, Any]:
    judgement = found.judgement()
    return {
        "same": judgement.status == "passed",
        "judgement": judgement.as_json(),
        "contract": found.contract._asdict(),
        "results": found.results,
        "differing": found.differ,
        "unanswered": found.unanswered,
        "ways": [_way_object(way, tally, found.contract) for way, tally in found.ways.items()],
        "differences": [_answer_object(*answer) for answer in found.differing],
    }


def _way_object(way: "Way", tally: "Tally", contract: "ContractRef") -> dict[str, Any]:
    return {
        "contract": {"same": way.contract == contract, "stored": way.contract._asdict()},
        "models": {
            one.backend: {
                "state": one.state,
                "stored": one.stored and one.stored._asdict(),
                "now": one.now and one.now._asdict(),
            }
            for one in way.models
        },
        "results": tally.results,
        "differing": tally.differing,
    }


def _answer_object(name: str, findings: "Sequence[Finding]") -> dict[str, Any]:
    return {
        "id": name,
        "results": [
            {
                "index": finding.index,
                "differences": [difference._asdict() for difference in finding.differences],
            }
            for finding in findings
            if finding.differences
        ],
    }
