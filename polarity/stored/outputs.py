"""Raw outputs and outcomes as plain values, and back again.

There is one spelling, wherever they stand: in a JSON report, in the folder of a run, on the command line,
and in an explained response of the endpoint, which only leaves out what no mapper and no policy reads.
Numbers come back exactly: Python writes a float so that reading gives the same one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from pydantic import TypeAdapter

from polarity.stored.forms import MEMBERS, OUTCOMES, RAW_OUTPUTS, STORED_FORMS, Kind, one_of
from polarity.stored.reading import shaped
from polarity.types import ContractRef, Failure, Outcome, RawOutput

RAW_FORM: Final[TypeAdapter[Any]] = TypeAdapter(one_of([STORED_FORMS[kind] for kind in RAW_OUTPUTS]))
OUTCOME_FORM: Final[TypeAdapter[Any]] = TypeAdapter(one_of([STORED_FORMS[kind] for kind in OUTCOMES]))
KINDS: Final[Mapping[str, Kind]] = {kind.kind: kind for kind in MEMBERS}
OUTCOME_MEMBERS: Final = frozenset(member.name for kind in OUTCOMES for member in MEMBERS[kind])


def spelled(value: RawOutput | Outcome) -> dict[str, Any]:
    """One raw output or outcome with all the fields of its kind.

    A raw output is whole: enough to map it again by another contract. An outcome is without the contract by
    which it was read; a report or a response names that once. JSON has neither infinity nor NaN: such a
    number becomes None.

    >>> spelled(Failure(reason="timeout"))
    {'kind': 'failure', 'reason': 'timeout', 'detail': ''}
    """
    found: dict[str, Any] = {"kind": value.kind}
    for name, plain, _ in MEMBERS[type(value)]:
        member = getattr(value, name)
        found[name] = member if plain is None or member is None else plain(member)
    return found


def raw_from(value: object, where: str, *, path: Path | None = None) -> RawOutput:
    """Read what `spelled` gave of a raw output; usage, tokens and a failure's detail may be missing.

    A probability that is None was infinite or NaN and is read as NaN: to the mapper they are alike,
    no probabilities. `where` is the value's place in the file `path`, for errors to name.

    >>> raw_from({"kind": "failure", "reason": "timeout"}, "raw")
    Failure(reason='timeout', detail='')

    Raises:
        RecordError: an unknown kind or key, a missing key, or a value of another type.
    """
    kind, fields = _read(RAW_FORM, value, where, path)
    return cast("RawOutput", kind(**fields))


def outcome_from(value: object, contract: ContractRef, where: str, *, path: Path | None = None) -> Outcome:
    """Read what `spelled` gave of an outcome, which was read by `contract`; see `raw_from`.

    >>> outcome_from({"kind": "failure", "reason": "timeout"}, ContractRef("polarity", "1.0.0", "00"), "said")
    Failure(reason='timeout', detail='')
    """
    kind, fields = _read(OUTCOME_FORM, _without_nulls_of_others(value), where, path)
    return cast("Outcome", kind(**fields) if kind is Failure else kind(**fields, contract=contract))


def _without_nulls_of_others(value: object) -> object:
    """Take the form of 0.4.0 and before for today's: with null for every member of the other kinds."""
    if not isinstance(value, dict) or (kind := KINDS.get(str(value.get("kind")))) is None:
        return value
    others = OUTCOME_MEMBERS.difference(member.name for member in MEMBERS[kind])
    return {name: found for name, found in value.items() if found is not None or name not in others}


def _read(
    form: TypeAdapter[Any], value: object, where: str, path: Path | None
) -> tuple[Kind, dict[str, Any]]:
    found = shaped(form, value, where=where, path=path)
    kind = KINDS[found.kind]
    fields = {}
    for name, _, again in MEMBERS[kind]:
        member = getattr(found, name)
        fields[name] = member if again is None or member is None else again(member)
    return kind, fields
