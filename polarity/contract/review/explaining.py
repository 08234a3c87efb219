"""How the mapper came to an outcome: each step it took, in words.

The same functions as the mapper's, in the same order; nothing here decides anything.
"""

from collections.abc import Iterator
from typing import NamedTuple

from polarity.contract import mapper
from polarity.contract.canonical import Refused
from polarity.contract.loading import Contract
from polarity.contract.statements import Reading
from polarity.contract.unwrapping import unwrap
from polarity.types import Completion, Outcome

LONGEST = 200  # characters that are shown of what was taken off


class Step(NamedTuple):
    """One step, and what it found."""

    name: str
    finding: str


class Explanation(NamedTuple):
    """All steps up to the one that decided, and the outcome."""

    steps: tuple[Step, ...]
    outcome: Outcome


def explain(completion: Completion, contract: Contract) -> Explanation:
    """Retrace how a completion is mapped.

    >>> from polarity.contract import load_contract
    >>> for step in explain(Completion(text="Positive. It works!"), load_contract()).steps:
    ...     print(step.name, "-", step.finding)
    guard - passed
    canonical text - 'positive. it works'
    exact, modified, phrase, abstain - silent
    frame - silent
    stated - POSITIVE by stated/exact/positive
    """
    return Explanation(tuple(_steps(completion, contract)), mapper.map(completion, contract))


def _steps(completion: Completion, contract: Contract) -> Iterator[Step]:
    if reason := mapper.guard(completion, contract):
        yield Step("guard", reason)
        return
    yield Step("guard", "passed")
    try:
        text = mapper.asked_for(completion, contract)
        answer = unwrap(text, contract, cut=completion.finish_reason == "length")
    except Refused as refused:
        yield Step("canonical text", f"refused: {refused.reason}")
        return
    yield from (Step(f"taken off: {what}", repr(_shortened(part))) for what, part in answer.taken)
    yield Step("canonical text", repr(answer.text))
    tongue = contract.tongue_of(answer.text)
    if tongue is not contract:
        code = next(code for code, other in contract.tongues.items() if other is tongue)
        yield Step("language", f"{contract.file.languages[code].name} ({code})")
        contract = tongue
    if answer.reason:
        yield Step("reason beside the answer", repr(answer.reason))
    if answer.explanation:
        yield Step("reason in the JSON", repr(answer.explanation))
    for family, found in mapper.attempts(answer, contract):
        yield Step(family, _finding(found))
        if found:
            return
    yield Step("diagnosis", "no declared rule accounts for the whole text")


def _shortened(part: str) -> str:
    return part if len(part) <= LONGEST else f"{part[:LONGEST]} ..."


def _finding(found: Reading | str | None) -> str:
    if isinstance(found, Reading):
        return f"{found.label or 'abstention'} by {found.rule}"
    return f"void: {found}" if found else "silent"
