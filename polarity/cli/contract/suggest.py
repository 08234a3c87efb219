"""`polarity contract suggest`: the forms of answers that no rule reads, and lines that would read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polarity.cli.console import err, out, print_json
from polarity.cli.options import ContractOption, JsonOption, LimitOption, settings_from
from polarity.pages.markdown import escaped, quoted
from polarity.pages.terminal import harmless, shortened

if TYPE_CHECKING:
    from polarity.replay.suggestions import Suggestion, Suggestions

EXAMPLES = 3

SourcesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="SOURCE",
        help="Completions (.jsonl), JSON reports, stored responses, store:reviewed; a corpus has the traps.",
    ),
]


def suggest(
    sources: SourcesArgument,
    contract: ContractOption = None,
    limit: LimitOption = None,
    forms: Annotated[int, typer.Option(min=1, help="Show the N most frequent forms.")] = 20,
    write: Annotated[
        Path | None,
        typer.Option(metavar="NEW", help="Write a copy of the contract with what --accept names."),
    ] = None,
    accept: Annotated[
        str | None, typer.Option(metavar="N,N", help="The numbers of the suggestions to put into it.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    json_object: JsonOption = False,
) -> None:
    """Group the answers that no rule reads by their form, and suggest lines for the contract to read them.

    Each suggestion says what it would change over the same answers; one that breaks what a row of a corpus
    says is refused. No model is asked, and the contract's file is never edited.
    """
    from polarity.contract import load_contract
    from polarity.replay import suggestions

    numbers = _numbers(accept)
    if (write is None) != (accept is None):
        raise typer.BadParameter("--write and --accept go together: where to, and what")
    if markdown and json_object:
        raise typer.BadParameter("--markdown and --json exclude each other")
    if write:
        suggestions.check_new(write)
    rules = load_contract(settings_from(contract=contract).contract)
    answers = suggestions.completions(sources, rules, limit)
    found = suggestions.suggest(answers, rules, forms)
    new = suggestions.amended(found, numbers, rules, answers) if write else None
    if json_object:
        print_json(_object(found))
    else:
        for line in (_in_markdown if markdown else _on_terminal)(found):
            out.print(line)
    if write and new:
        suggestions.write_contract(write, new.text)
        err.print(
            f"wrote {write}: {rules.ref.id} {new.version}, a {new.level} version; {_changes(new.effect)}"
        )


def _numbers(accept: str | None) -> list[int]:
    try:
        return [int(number) for number in accept.split(",")] if accept is not None else []
    except ValueError:
        raise typer.BadParameter(f"--accept: {accept!r} is no list of numbers such as 3,5") from None


def _headline(found: "Suggestions") -> str:
    name = f"{found.contract.id} {found.contract.version}"
    shown = f", shown: {len(found.found):,}" if len(found.found) < found.forms else ""
    traps = f"{found.traps:,}" if found.traps else "none, for no row fixes its outcome"
    lost = f"{found.unread:,} of {found.answers:,} answers are not read"
    return f"{name}: {lost}; forms: {found.forms:,}{shown}; traps: {traps}"


def _changes(effect: Any) -> str:
    return f"gained {len(effect.gained):,}, changed {len(effect.changed):,}, lost {len(effect.lost):,}"


def _facts(one: "Suggestion") -> Iterator[tuple[str, str]]:
    """Say what is known of a form, and what is suggested: word and value."""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in one.group.reasons.items())
    yield "not read", reasons + (f"; they mean {one.group.found}" if one.group.found else "")
    for line in one.lines:
        yield "add", f"{line.key}: {line.text!r}"
    if not one.lines:
        unknown = one.group.members[0].label is None
        yield (
            "add",
            "nothing: no word of a label, and no reader said" if unknown else "nothing found that reads it",
        )
        return
    yield "over all", _changes(one.effect)
    for broken in one.effect.broken[:EXAMPLES]:
        yield "REFUSED", f"breaks {broken.id}, {broken.text!r}: {broken.expected}, would be {broken.outcome}"
    if len(one.effect.broken) > EXAMPLES:
        yield "REFUSED", f"and {len(one.effect.broken) - EXAMPLES:,} more"


def _examples(one: "Suggestion") -> list[tuple[str, str]]:
    return [(member.answer.id, member.text) for member in one.group.members[:EXAMPLES]]


def _on_terminal(found: "Suggestions") -> Iterator[str]:
    yield _headline(found)
    for one in found.found:
        yield f"\n{one.number:3}  {len(one.group.members):,} x  {shortened(one.group.form)}"
        yield from (f"       {shortened(id_)}: {shortened(repr(text))}" for id_, text in _examples(one))
        yield from (f"     {word:9} {shortened(value)}" for word, value in _facts(one))


def _in_markdown(found: "Suggestions") -> Iterator[str]:
    yield from (f"# {escaped('What no rule reads')}", "", escaped(_headline(found)))
    for one in found.found:
        yield from ("", f"## {one.number}. {quoted(harmless(one.group.form))}", "")
        yield f"{len(one.group.members):,} x, such as:"
        yield ""
        yield from (f"- {quoted(shortened(text))}" for _, text in _examples(one))
        yield ""
        yield from (f"- {word}: {escaped(shortened(value))}" for word, value in _facts(one))


def _object(found: "Suggestions") -> dict[str, Any]:
    counts = ("answers", "unread", "traps", "forms")
    return {
        "contract": found.contract._asdict(),
        **{name: getattr(found, name) for name in counts},
        "suggestions": [
            {
                "number": one.number,
                "form": one.group.form,
                "found": one.group.found,
                "answers": [member.answer.id for member in one.group.members],
                "examples": [text for _, text in _examples(one)],
                "reasons": dict(one.group.reasons),
                "lines": [line._asdict() for line in one.lines],
                "refused": one.is_refused,
                "gained": list(one.effect.gained),
                "changed": list(one.effect.changed),
                "lost": list(one.effect.lost),
                "broken": [broken._asdict() for broken in one.effect.broken],
            }
            for one in found.found
        ],
    }
