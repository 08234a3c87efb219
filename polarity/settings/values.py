"""What a value may be: the checks that several sections of the settings share."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
    ValidationInfo,
    field_validator,
)

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")
SAID_ELSEWHERE = {
    "model": "llm.model",
    "temperature": "llm.temperature",
    "logprobs": "llm.strategy",
    "top_logprobs": "llm.top_logprobs",
    "stop": "prompt.stop of the contract",
    "max_tokens": "prompt.max_tokens of the contract",
    "messages": "made from the contract's prompt",
    "prompt": "made from the contract's prompt",
    "n": "always 1",
    "stream": "always false",
}  # a key of a request -> the setting that it has
NEAR = 0.85  # of a whole key: its section is mostly right, and below this any key of it would be near


def nearest(key: str, known: Iterable[str], prefix: str = "") -> str:
    """Name the nearest that there is, if one is near; the prefix, which all share, makes nothing near.

    >>> nearest("bert.thread", ["bert.threads", "llm.threads"])
    '; nearest: bert.threads'
    >>> nearest("llm.nope", ["llm.model", "llm.gguf"])
    ''
    """
    names = [name.removeprefix(prefix) for name in known]
    found = get_close_matches(key.removeprefix(prefix), names, n=1, cutoff=NEAR)
    return "".join(f"; nearest: {prefix}{name}" for name in found)


def named(value: Any) -> Any:
    """Refuse a blank where a file is named: as a path it would be the current folder."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("is blank: leave it out for the default")
    return value


def _no_blanks(key: SecretStr) -> SecretStr:
    """Refuse a key of blanks only; an empty one is none."""
    if key.get_secret_value().isspace():
        raise ValueError("is blank")
    return key


def _sendable(headers: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    """Refuse what no HTTP header can hold, without showing it."""
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an HTTP header")
        if not HEADER_VALUE.fullmatch(value.get_secret_value()):
            raise ValueError(f"the value of {name!r} holds characters that no HTTP header can carry")
    return headers


def _not_ours(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse what is said elsewhere: two places would contradict each other."""
    for name, where in SAID_ELSEWHERE.items():
        if name in body:
            raise ValueError(f"{name!r} is {where}")
    return body


FilePath = Annotated[Path, BeforeValidator(named)]
Headers = Annotated[Mapping[str, SecretStr], AfterValidator(_sendable)]
ExtraBody = Annotated[Mapping[str, Any], AfterValidator(_not_ours)]
Key = Annotated[SecretStr, AfterValidator(_no_blanks)]


class Part(BaseModel):
    """A section: closed, and not to be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false, which pydantic takes for 1 and 0, where a setting is neither."""
        is_truth = cls.model_fields[str(info.field_name)].annotation is bool
        if isinstance(value, bool) and not is_truth:
            raise ValueError("is neither true nor false")
        return value
