"""Raw outputs and outcomes as an explained response of the endpoint shows them.

They are spelled as everywhere, but a client may be any reader of JSON in UTF-8: lone surrogates, which a
model may write, are replaced, and `exact` holds them. `ShownRaw` and `ShownOutcome` are for pydantic
models: such a member holds the value itself, is spelled when it is serialised, and describes its form.
"""

import json
from typing import Annotated, Any

from pydantic import BaseModel, GetPydanticSchema, PlainSerializer

from polarity.stored.forms import OUTCOMES, RAW_OUTPUTS, SHOWN_FORMS, one_of
from polarity.stored.outputs import spelled
from polarity.types import Failure, Outcome, RawOutput


def printable(text: str) -> str:
    r"""Replace lone surrogates, which a model may write but UTF-8 cannot hold, by U+FFFD.

    >>> printable("a\ud800b") == "a\ufffdb"
    True
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def exact(raw: RawOutput) -> str | None:
    """Spell out in ASCII what the mapper read where UTF-8 cannot hold it, or no one could replay it.

    >>> from polarity.types import Completion
    >>> exact(Completion(text="fine"))
    """
    if isinstance(raw, Failure):
        return None
    whole = spelled(raw)
    try:
        json.dumps(whole, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(whole)
    return None


def shown_object(value: RawOutput | Outcome) -> dict[str, Any]:
    """One raw output or outcome as the endpoint shows it: a failure, for one, without its detail.

    >>> shown_object(Failure(reason="timeout", detail="http://10.0.0.7/v1"))
    {'kind': 'failure', 'reason': 'timeout'}
    """
    form = SHOWN_FORMS[type(value)].model_fields
    return {name: _printable(member) for name, member in spelled(value).items() if name in form}


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case dict():
            return {printable(name): _printable(member) for name, member in value.items()}
        case _:
            return value


def _serialised(value: RawOutput | Outcome) -> BaseModel:
    return SHOWN_FORMS[type(value)].model_validate(shown_object(value))


# Our own values are not validated again; so their types, which nobody shows, are not described either.
_HELD = GetPydanticSchema(lambda _, handler: handler(Any))
_RAW: Any = one_of([SHOWN_FORMS[kind] for kind in RAW_OUTPUTS])
_OUTCOME: Any = one_of([SHOWN_FORMS[kind] for kind in OUTCOMES])
ShownRaw = Annotated[RawOutput, _HELD, PlainSerializer(_serialised, return_type=_RAW)]
ShownOutcome = Annotated[Outcome, _HELD, PlainSerializer(_serialised, return_type=_OUTCOME)]
