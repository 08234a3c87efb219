"""Everything that is wrong with a contract file, so that a person mends it once.

Keys are checked one by one first; what they may not say together is looked at only if each is
sound. So what is unsound is taken out, or stood in for where a file cannot do without, and the
rest is checked again: what shows then was hidden before.
"""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from polarity.contract.schema import ContractFile, problems_of
from polarity.errors import ContractError

Place = tuple[str | int, ...]

UNFINISHED = "further checks may follow once these are mended"
STAND_INS: Mapping[Place, object] = {
    ("id",): "a",
    ("version",): "0.0.0",
    ("prompt",): {"template": "{text}", "cue": ":"},
    ("prompt", "template"): "{text}",
    ("prompt", "cue"): ":",
    ("policy", "skip_llm_above"): 0.0,
    ("policy", "bert_floor"): 0.0,
    ("policy", "bert_trust"): 0.0,
}


def all_problems(source: bytes) -> list[str]:
    """List what is wrong with a contract file; nothing if it is no TOML.

    The last line is `UNFINISHED` if that may not be all.

    >>> all_problems(b'labels = 3')[:2]
    ['id: is missing', 'version: is missing']
    """
    try:
        values = tomllib.loads(source.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return []
    found: list[str] = []
    mended: dict[Place, Any] = {}  # and what stood there
    while True:
        try:
            ContractFile.model_validate(values)
        except ValidationError as error:
            found += problems_of(fault for fault in error.errors() if fault["loc"] not in mended)
            places = [fault["loc"] for fault in error.errors()]
            if not all(_mend(values, place, mended) for place in reversed(places)):  # later items first
                return [*found, UNFINISHED]
        except ContractError as error:
            found += [problem for problem in error.problems if not _follows(problem, mended)]
            break
        else:
            break
    hidden = any(isinstance(value, list | dict) for value in mended.values())
    return [*found, UNFINISHED] if hidden else found


def _mend(values: Any, place: Place, mended: dict[Place, Any]) -> bool:
    """Take out what stands in a place, or put in what can stand in there; False if there is none."""
    *path, last = place
    for part in path:
        values = values[part]
    if not isinstance(values, dict) or last in values:
        mended[place] = values[last]
        del values[last]
        return True
    if place in STAND_INS:
        values[last] = deepcopy(STAND_INS[place])
        mended.setdefault(place, None)
        return True
    return False


def _follows(problem: str, mended: Mapping[Place, Any]) -> bool:
    """Say whether a problem is only that something was taken out."""
    key = problem.partition(": ")[0]
    keys = (".".join(map(str, place)) for place in mended if isinstance(place[-1], str))
    return any(f"{mended_key}.".startswith(f"{key}.") for mended_key in keys)
