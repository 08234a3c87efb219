"""Raw outputs and outcomes as plain values, and raw outputs back again.

There is one form, wherever they are stored: in a JSON report, and in an explained response of the
endpoint, which leaves out only what no mapper and no policy reads. Numbers come back exactly:
Python writes a float so that reading gives the same one.
"""

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter

from polarity.stored.reading import shaped
from polarity.types import (
    Abstention,
    Completion,
    Failure,
    FailureReason,
    FinishReason,
    Outcome,
    RawOutput,
    Scores,
    ScoresSource,
    Unmapped,
    Usage,
    Verdict,
)

KINDS: Final[Mapping[str, type[RawOutput]]] = {
    "scores": Scores,
    "completion": Completion,
    "failure": Failure,
}


def raw_object(raw: RawOutput) -> dict[str, Any]:
    """One raw output with all its fields: enough to map it again by another contract.

    JSON has neither infinity nor NaN: such a probability becomes None.

    >>> raw_object(Failure(reason="timeout"))
    {'kind': 'failure', 'reason': 'timeout', 'detail': ''}
    """
    values = {field.name: _plain(getattr(raw, field.name)) for field in fields(raw)}
    return {"kind": type(raw).__name__.lower()} | values


def _plain(value: Any) -> Any:
    match value:
        case Usage():
            return value._asdict()
        case Mapping():
            return _numbers(value)
        case _:
            return value


def raw_from(value: object, where: str, *, path: Path | None = None) -> RawOutput:
    """Read what `raw_object` gave; usage, tokens and a failure's detail may be missing.

    A probability that is None was infinite or NaN and is read as NaN: to the mapper they are alike,
    no probabilities. `where` is the value's place in the file `path`, for errors to name.

    >>> raw_from({"kind": "failure", "reason": "timeout"}, "raw")
    Failure(reason='timeout', detail='')

    Raises:
        RecordError: an unknown kind or key, a missing key, or a value of another type.
    """
    values = dict(shaped(_STORED, value, where=where, path=path))
    return KINDS[values.pop("kind")](**values)


def outcome_object(outcome: Outcome) -> dict[str, Any]:
    """One outcome with the same keys whatever it is; what does not apply is None.

    >>> outcome_object(Failure(reason="timeout"))["kind"]
    'failure'
    """
    mapped = None if isinstance(outcome, Failure) else outcome
    return {
        "kind": type(outcome).__name__.lower(),
        "label": outcome.label if isinstance(outcome, Verdict) else None,
        "rule": outcome.rule if isinstance(outcome, Verdict | Abstention) else None,
        "reason": outcome.reason if isinstance(outcome, Unmapped | Failure) else None,
        "span": mapped.span._asdict() if mapped and mapped.span else None,
        "scores": _numbers(outcome.scores) if isinstance(outcome, Verdict) and outcome.scores else None,
        "coverage": finite(mapped.coverage) if mapped else None,
    }


def finite(value: float | None) -> float | None:
    """Give a number as JSON can hold it: infinity and NaN become None.

    >>> finite(0.5), finite(math.nan)
    (0.5, None)
    """
    return value if value is not None and math.isfinite(value) else None


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: finite(value) for name, value in values.items()}


def printable(text: str) -> str:
    r"""Replace lone surrogates, which a model may write but UTF-8 cannot hold, by U+FFFD.

    >>> printable("a\ud800b") == "a\ufffdb"
    True
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _nan_for_none(value: float | None) -> float:
    return math.nan if value is None else value


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Scores(_Stored):
    kind: Literal["scores"]
    probabilities: dict[str, Annotated[FiniteFloat | None, AfterValidator(_nan_for_none)]]
    source: ScoresSource
    tokens: int = 0
    truncated: bool
    usage: Usage = Usage()


class _Completion(_Stored):
    kind: Literal["completion"]
    text: str
    finish_reason: FinishReason
    refusal: str | None
    truncated: bool
    usage: Usage = Usage()


class _Failure(_Stored):
    kind: Literal["failure"]
    reason: FailureReason
    detail: str = ""


_STORED: TypeAdapter[_Scores | _Completion | _Failure] = TypeAdapter(
    Annotated[_Scores | _Completion | _Failure, Field(discriminator="kind")]
)
