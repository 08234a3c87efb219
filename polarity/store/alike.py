"""All that is counted of a decision, as one word: of alike decisions an index alone says how many there are.

The word is written with the decision, so that whoever counts a million of them opens none. What it says of
numbers are steps and sizes: finer ones would make every decision one of its kind.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping
from math import floor
from typing import Any, Final, NamedTuple

STEPS: Final = 200  # to which a confidence is rounded
KNOWN_STEPS: Final = 40  # to which the share of a text is rounded that is known
TOKENS: Final = (8, 16, 32, 64, 128)  # the last length of each slice
# Who is known to have said what without its outcome: in most decisions.
BERT_ONLY: Final = ("bert", "bert:confident", "bert:certain")
LLM_ONLY: Final = ("llm",)
TOLD: Final = ("agreement", *BERT_ONLY, *LLM_ONLY)
COMPACT: Final = json.JSONEncoder(separators=(",", ":"))


class Said(NamedTuple):
    """What a backend's outcome is: its kind, the label of a verdict, the reason of what is unmapped."""

    kind: str | None
    label: str | None
    reason: str | None


class Alike(NamedTuple):
    """What alike decisions have in common; None where something is not known.

    `setup` is its id. `confidence` and `known` are in steps, of which 1 has `STEPS` and `KNOWN_STEPS`; `size`
    is the place of the text's length among `TOKENS`. `bert` and `llm` are None where `decided_by` says that
    a backend was not needed, asked or not.
    """

    setup: int
    label: str | None
    error: str | None
    decided_by: str
    confidence: int | None
    known: int | None
    language: str | None
    size: int | None
    bert: Said | None
    llm: Said | None


def alike_word(row: Mapping[str, Any]) -> str:
    """Spell what is counted of a row, as `entries.row_of` gives it, with its `setup_id`.

    >>> row = {"setup_id": 1, "label": "POSITIVE", "error": None, "decided_by": "bert", "confidence": 0.973}
    >>> alike_word(row | {"known": None, "language": "en", "tokens": 12, "outcomes": {}})
    '[1,"POSITIVE",null,"bert",195,null,"en",1,null]'
    """
    tokens = row["tokens"]
    told = None if row["decided_by"] in TOLD else [_said(row["outcomes"], name) for name in ("bert", "llm")]
    return COMPACT.encode(
        [
            row["setup_id"],
            row["label"],
            row["error"],
            row["decided_by"],
            _step(row["confidence"], STEPS),
            _step(row["known"], KNOWN_STEPS),
            row["language"],
            None if tokens is None else bisect_left(TOKENS, tokens),
            told,
        ]
    )


def alike_from(word: str) -> Alike:
    """Read what `alike_word` gave.

    >>> alike_from('[1,"POSITIVE",null,"bert",195,null,"en",1,null]').bert
    Said(kind='verdict', label='POSITIVE', reason=None)
    """
    *own, told = json.loads(word)
    setup, label, error, decided_by, *sizes = own
    if told is None:
        verdict = Said("verdict", label, None)
        both = [None if decided_by in only else verdict for only in (LLM_ONLY, BERT_ONLY)]
    else:
        both = [said and Said(*said) for said in told]
    return Alike(setup, label, error, decided_by, *sizes, *both)


def _said(outcomes: Mapping[str, Any], backend: str) -> list[str | None] | None:
    outcome = outcomes.get(backend)
    return outcome and [outcome.get(name) for name in Said._fields]


def _step(share: float | None, steps: int) -> int | None:
    return None if share is None else floor(share * steps + 0.5)
