"""What changed between two contracts, key by key, and what version each change needs.

Declared texts are compared by what they stand for: a pattern that is only written otherwise is a
patch. See `levels` for what a gained and a lost text need, and why.
"""

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from polarity.contract import mapper
from polarity.contract.declared import texts
from polarity.contract.languages import SENTENCES
from polarity.contract.loading import Contract
from polarity.contract.review.automata import missing, opens
from polarity.contract.review.levels import Effect, Level, effect_of
from polarity.differences import differences
from polarity.types import Completion, Verdict

IDENTITY = ("id", "version")  # what names a contract is no change of what it says
STATEMENTS = ("rules.aliases", "rules.phrases", "rules.abstain")
LITERAL = (  # lists whose items are no patterns
    *("labels", "prompt", "policy", "rules.separators", "rules.clauses", "rules.reasoning_tags"),
    *("rules.fence_tags", "rules.notations", "rules.end_tokens", "rules.scores", "rules.code_forms"),
    *("rules.letter_forms", "rules.ornaments"),
)
IGNORES = {"refuse": 0, "ignore": 1}  # `json_unknown_keys`, by how much it lets in
WRITTEN_OTHERWISE = "written otherwise, stands for the same"


class Change(NamedTuple):
    """What was taken from and added to one key, as declared; the version that needs, and why."""

    key: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    level: Level
    reason: str


def changes(old: Contract, new: Contract) -> list[Change]:
    """List every changed key, in the file's order.

    >>> from polarity.contract import load_contract
    >>> old = load_contract()
    >>> new = Contract.parse(old.source.replace("max_chars = 4000", "max_chars = 5000").encode())
    >>> [(change.key, str(change.level)) for change in changes(old, new)]
    [('prompt.max_chars', 'minor'), ('rules.max_chars', 'minor')]
    """
    was, now = _values(old), _values(new)
    return [
        _change(key, before, after, old)
        for key, before, after in differences(was, now)
        if key not in IDENTITY
    ]


def _values(contract: Contract) -> dict[str, Any]:
    """Give the file's values; calibrations by their names, not by their place, and their numbers as texts."""
    values = contract.file.model_dump()
    values["prompt"]["calibration"] = {
        "offsets": {one.name: _spelled(one.offsets) for one in contract.prompt.calibration},
        "temperature": {one.name: one.temperature for one in contract.prompt.calibration},
        "model": {one.name: _spelled(one.model.model_dump()) for one in contract.prompt.calibration},
        "fitted": {one.name: one.fitted.model_dump() for one in contract.prompt.calibration},
    }
    return values


def _spelled(values: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{name} {value}" for name, value in values.items() if value is not None)


def _change(key: str, before: Any, after: Any, old: Contract) -> Change:
    was, now = _items(before), _items(after)
    removed = tuple(item for item in was if item not in now)
    added = tuple(item for item in now if item not in was)
    if isinstance(before, tuple) or isinstance(after, tuple):
        findings = _findings(key, before or (), after or (), old)
        level, reason = max(findings, key=itemgetter(0), default=(Level.PATCH, "in another order"))
    else:
        level, reason = _of_value(before, after, effect_of(key))
    return Change(key, removed, added, level, reason)


def _items(value: Any) -> tuple[str, ...]:
    match value:
        case None:
            return ()
        case tuple():
            return tuple(item if isinstance(item, str) else repr(item) for item in value)
        case Mapping():
            return ("a table",)
        case _:
            return (repr(value),)


def _of_value(before: Any, after: Any, effect: Effect) -> tuple[Level, str]:
    """Judge a value that is no list: what was raised or declared is gained, its opposite is lost."""
    before, after = (
        IGNORES.get(value, value) if isinstance(value, str) else value for value in (before, after)
    )
    is_number = isinstance(after, int | float)
    if after is None or (is_number and before is not None and after < before):
        return effect.lost, effect.loses
    if before is None or is_number:
        return effect.gained, effect.gains
    return max((effect.lost, effect.loses), (effect.gained, effect.gains))


def _findings(
    key: str, before: tuple[Any, ...], after: tuple[Any, ...], old: Contract
) -> Iterator[tuple[Level, str]]:
    """Judge each text that a list gained or lost; a list of other order or spelling has neither."""
    effect = effect_of(key)
    gained, lost = _texts(key, before, after)
    for text in lost:
        yield effect.lost, f"{text!r} {effect.loses}"
    for text in gained:
        yield _of_gained(text, key, effect, old)
    if key.startswith("labels"):
        yield effect.lost, "in another order, which is that of the scale"
    elif not gained and not lost and sorted(_items(before)) != sorted(_items(after)):
        yield Level.PATCH, WRITTEN_OTHERWISE


def _texts(key: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> tuple[list[str], list[str]]:
    """Give what a list's patterns newly stand for, and what they no longer stand for."""
    if is_of_sentences(key) or key == "rules.declines":
        return [*filter(None, [missing(after, before)])], [*filter(None, [missing(before, after)])]
    literal = key.startswith(LITERAL)
    old, new = (_items(items) if literal else texts(items) for items in (before, after))
    return [text for text in new if text not in set(old)], [text for text in old if text not in set(new)]


def is_of_sentences(key: str) -> bool:
    """Say whether a key declares sentences or their parts, which stand for too many texts to list.

    >>> is_of_sentences("languages.es.frames"), is_of_sentences("rules.abstain")
    (True, False)
    """
    names = key.split(".")
    names = names[1:] if names[0] == "rules" else names[2:] if names[0] == "languages" else []
    return bool(names) and names[0] in {*SENTENCES} - {"clauses"}


def _of_gained(text: str, key: str, effect: Effect, old: Contract) -> tuple[Level, str]:
    """Judge a gained text: it may do more than account for answers that had no outcome."""
    if key.startswith(STATEMENTS):
        outcome = mapper.map(Completion(text=text), old)
        if isinstance(outcome, Verdict) and outcome.label != key.rpartition(".")[2]:
            return Level.MAJOR, f"{text!r} {effect.gains}; it was {outcome.label} by {outcome.rule}"
    if key == "rules.preambles" and opens(text, old.frames):
        return Level.MAJOR, f"{text!r} {effect.gains}; it also opens a frame, from which it is now taken"
    if key == "rules.preambles" and isinstance(read := mapper.map(Completion(text=text), old), Verdict):
        return (
            Level.MAJOR,
            f"{text!r} {effect.gains}; it was {read.label} by {read.rule}, and is now passed over",
        )
    return effect.gained, f"{text!r} {effect.gains}"
