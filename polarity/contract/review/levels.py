"""How much a contract's version must rise, and why: the promise that a version makes.

Whoever stores outcomes relies on one thing: what had a label keeps it until the first number rises.

major   a verdict may be lost or become another label; labels or binding differ
minor   some answer may gain a verdict or fail for another reason; or the prompt or the policy differ,
        by which models answer and decisions are made
patch   no outcome and no decision can differ: a description, comments, order, spelling

Each row of `EFFECTS` says this of one key of the file: what it does to a verdict when a text is
gained (declared now, or a number raised) and when one is lost. A word that only guards works the
other way round: the more are declared, the fewer verdicts there are. Where both could happen, the
row is major.

One thing only a corpus shows: a text that newly states something is also looked for in reasons and
among scores, and may void or outweigh a verdict there. Such a text needs no more than a minor
version by itself; `polarity.replay.contract_diff` raises that where a stored answer really lost its label.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from polarity.types import ContractRef


class Level(IntEnum):
    """What part of a version must rise at least."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    def __str__(self) -> str:
        """Its name as messages have it: major."""
        return self.name.lower()


class Effect(NamedTuple):
    """What a change of one key needs, and what the text that is gained or lost does."""

    gained: Level
    gains: str
    lost: Level
    loses: str


PATCH, MINOR, MAJOR = Level
_RENAMES = Effect(MAJOR, "is new", MAJOR, "is gone")
_ASKS = Effect(MINOR, "asks the model otherwise", MINOR, "asks the model otherwise")
_READS = Effect(MAJOR, "may give scores another label", MAJOR, "may give scores another label")
_DECIDES = Effect(MINOR, "decides otherwise", MINOR, "decides otherwise")
_SAYS = Effect(PATCH, "means nothing to the mapper", PATCH, "means nothing to the mapper")
_ACCOUNTS = Effect(MINOR, "now accounts for more answers", MAJOR, "no longer accounts for an answer")
_VOIDS = Effect(MAJOR, "may now void an answer", MINOR, "no longer voids an answer")
_BOTH = Effect(
    MAJOR,
    "now denies: a label beside it, or the other one's denial",
    MAJOR,
    "no longer denies: a label beside it, or the other one's denial",
)

EFFECTS: Mapping[str, Effect] = {
    "description": _SAYS,
    "labels": _RENAMES,
    "binding": _RENAMES,
    "bindings": Effect(MINOR, "binds another checkpoint", MAJOR, "binds a checkpoint no longer"),
    "prompt": _ASKS,
    "prompt.calibration": _READS,
    "prompt.calibration.fitted": _SAYS,  # where the numbers are from; the numbers stand beside it
    "policy": _DECIDES,
    "policy.fitted": _SAYS,  # where the numbers are from; the numbers stand beside it
    "rules.max_chars": Effect(MINOR, "lets longer answers in", MAJOR, "shuts longer answers out"),
    "rules.coverage_floor": Effect(
        MAJOR, "shuts out scores of less coverage", MINOR, "lets in scores of less"
    ),
    "rules.aliases": Effect(MINOR, "now states its label", MAJOR, "no longer states its label"),
    "rules.phrases": Effect(MINOR, "now states its label", MAJOR, "no longer states its label"),
    "rules.abstain": Effect(MINOR, "is now an abstention", MAJOR, "is no longer an abstention"),
    "rules.modifiers": _ACCOUNTS,
    "rules.frames": _ACCOUNTS,
    "rules.parts": Effect(
        MINOR,
        "now stands in every sentence that names the part",
        MAJOR,
        "may be missing in every sentence that names the part",
    ),
    "rules.leading": _ACCOUNTS,
    "rules.closing": _ACCOUNTS,
    "rules.clauses": _ACCOUNTS,
    "rules.afterwords": _ACCOUNTS,
    "rules.openings": Effect(
        MAJOR, "is now passed over, also where it was read", MAJOR, "no longer accounts for an answer"
    ),
    "rules.concessions": _ACCOUNTS,
    "rules.companions": _ACCOUNTS,
    "rules.asides": Effect(
        MINOR, "no longer voids an answer that only mentions a label", MAJOR, "may now void an answer"
    ),
    "rules.hypotheses": Effect(
        MINOR, "no longer voids what closes an answer", MAJOR, "may now void what closes an answer"
    ),
    "rules.abstaining": Effect(
        MAJOR, "is now an abstention, and voids what closes an answer", MAJOR, "is no longer an abstention"
    ),
    "languages": Effect(
        MAJOR,
        "may now void an answer, or be read in its own language",
        MAJOR,
        "no longer accounts for an answer",
    ),
    "rules.preambles": _ACCOUNTS,
    "rules.separators": _ACCOUNTS,
    "rules.tails": _ACCOUNTS,
    "rules.description": Effect(
        MAJOR, "may now void a statement whose reason it describes", MAJOR, "no longer accounts for an answer"
    ),
    "rules.description.cues": Effect(
        MAJOR, "may now void a description that points elsewhere", MAJOR, "no longer shows its label"
    ),
    "rules.json_keys": _ACCOUNTS,
    "rules.json_side_keys": _ACCOUNTS,
    "rules.json_reason_keys": _ACCOUNTS,
    "rules.json_unknown_keys": Effect(
        MINOR, "lets objects with other keys in", MAJOR, "shuts objects with other keys out"
    ),
    "rules.json_nested": Effect(MINOR, "opens what is nested", MAJOR, "no longer opens what is nested"),
    "rules.json_single_quotes": Effect(
        MINOR, "opens objects in single quotes", MAJOR, "no longer opens objects in single quotes"
    ),
    "rules.tables": Effect(MINOR, "reads tables as objects", MAJOR, "no longer reads tables"),
    "rules.reasoning_tags": _ACCOUNTS,
    "rules.max_reasoning_chars": Effect(
        MINOR, "lets longer reasoning in", MAJOR, "shuts longer reasoning out"
    ),
    "rules.fence_tags": _ACCOUNTS,
    "rules.notations": _ACCOUNTS,
    "rules.letter_forms": _ACCOUNTS,
    "rules.ornaments": _ACCOUNTS,
    "rules.end_tokens": _ACCOUNTS,
    "rules.next_examples": _ACCOUNTS,
    "rules.openers": _ACCOUNTS,
    "rules.scores": _ACCOUNTS,
    "rules.score_floor": Effect(
        MAJOR, "shuts out labels with smaller numbers", MINOR, "lets in labels with smaller numbers"
    ),
    "rules.codes": Effect(MAJOR, "may now contradict an answer", MAJOR, "no longer accounts for an answer"),
    "rules.code_forms": Effect(
        MAJOR, "may now contradict an answer", MAJOR, "no longer accounts for an answer"
    ),
    "rules.declines": _VOIDS,
    "rules.mentions": _VOIDS,  # in a reason, and in a description
    "rules.retractions": _VOIDS,
    "rules.rejections": _VOIDS,
    "rules.certainties": _VOIDS,
    "rules.feelings": _VOIDS,
    "rules.judgements": _VOIDS,
    "rules.echoes": _VOIDS,
    "rules.unfinished": _VOIDS,
    "rules.json_code_keys": Effect(
        MAJOR, "may now contradict an answer", MAJOR, "may be a key that no list names"
    ),
    "rules.contrasts": Effect(
        MAJOR, "may now void an answer, or stop a denial", MAJOR, "no longer stops a denial"
    ),
    "rules.fields": _VOIDS,
    "rules.negators": _BOTH,  # "not good" takes back; "not negative" speaks for its statement
    "rules.pseudo_negations": Effect(
        MAJOR, "no longer denies what stands behind it", MAJOR, "now denies what stands behind it"
    ),
    "rules.refusals": _VOIDS,  # a description, and a statement that they follow
}


def effect_of(key: str) -> Effect:
    """Look up what a change of a key needs: its own row, or that of the table it stands in.

    >>> effect_of("rules.phrases.NEGATIVE").loses
    'no longer states its label'
    """
    if key.startswith("languages.") and (own := key.split(".", 2)[2:]):
        return (
            effect_of(f"rules.{own[0]}")
            if f"rules.{own[0].partition('.')[0]}" in EFFECTS
            else EFFECTS["languages"]
        )
    table, _, _ = key.rpartition(".")
    return EFFECTS[key] if key in EFFECTS or not table else effect_of(table)


def risen(old: str, new: str) -> Level | None:
    """Name the first part of a version that rose; None if it is not higher.

    >>> [str(risen("1.4.2", new)) for new in ("2.0.0", "1.5.0", "1.4.3", "1.4.2", "0.9.9")]
    ['major', 'minor', 'patch', 'None', 'None']
    """
    was, now = _numbers(old), _numbers(new)
    if now <= was:
        return None
    return next(level for level, a, b in zip(reversed(Level), was, now, strict=True) if a != b)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def version_problem(old: ContractRef, new: ContractRef, needed: Level) -> str | None:
    """Say why a contract may not bear its id and version as the successor of another; None if it may.

    >>> old, new = ContractRef("a", "1.0.0", "00"), ContractRef("a", "1.0.1", "11")
    >>> version_problem(old, new, Level.MINOR)
    'the changes need a minor version, but 1.0.1 is only a patch above 1.0.0'
    """
    if old.id != new.id:
        return f"id {new.id!r} is not {old.id!r}: another contract, not another version"
    if old.sha256 == new.sha256:
        return None
    rise = risen(old.version, new.version)
    if rise is None:
        return f"the changes need a {needed} version, but {new.version} is not above {old.version}"
    if rise < needed:
        only = "a patch" if rise is PATCH else f"a {rise} version"
        return f"the changes need a {needed} version, but {new.version} is only {only} above {old.version}"
    return None
