"""Every error of the service, as `application/problem+json` (RFC 9457) with a stable `code`.

Code that cannot go on raises a `ProblemError`; `problem_response` is the one place that turns it
into bytes. Nothing of a text or of an exception ever gets into a problem.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, Literal

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from polarity.service.schemas import AnswerView, Reason
from polarity.service.seen import seen_now

MEDIA_TYPE: Final = "application/problem+json"

Code = Literal[
    "malformed_http",
    "malformed_json",
    "incomplete_body",
    "unauthorized",
    "not_found",
    "method_not_allowed",
    "slow_body",
    "body_too_large",
    "unsupported_media_type",
    "validation",
    "empty_input",
    "empty_text",
    "invalid_text",
    "too_many_texts",
    "too_many_tokens",
    "text_too_long",
    "text_refused",
    "text_unreadable",
    "overloaded",
    "internal",
    "reload_refused",
    "unmapped",
    "unavailable",
    "loading",
    "deadline",
]

PROBLEMS: Final[dict[Code, tuple[HTTPStatus, str]]] = {
    "malformed_http": (HTTPStatus.BAD_REQUEST, "The request is not HTTP"),
    "malformed_json": (HTTPStatus.BAD_REQUEST, "The body is not one JSON document"),
    "incomplete_body": (HTTPStatus.BAD_REQUEST, "The body ended early"),
    "unauthorized": (HTTPStatus.UNAUTHORIZED, "A bearer key is needed"),
    "not_found": (HTTPStatus.NOT_FOUND, "There is nothing at this address"),
    "method_not_allowed": (HTTPStatus.METHOD_NOT_ALLOWED, "This address does not take this method"),
    "slow_body": (HTTPStatus.REQUEST_TIMEOUT, "The body took too long to arrive"),
    "body_too_large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"),
    "unsupported_media_type": (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be JSON"),
    "validation": (HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not have the documented form"),
    "empty_input": (HTTPStatus.UNPROCESSABLE_ENTITY, "There is no text in the list"),
    "empty_text": (HTTPStatus.UNPROCESSABLE_ENTITY, "A text is empty"),
    "invalid_text": (HTTPStatus.UNPROCESSABLE_ENTITY, "A text holds a character that is none"),
    "too_many_texts": (HTTPStatus.UNPROCESSABLE_ENTITY, "There are too many texts"),
    "too_many_tokens": (HTTPStatus.UNPROCESSABLE_ENTITY, "The texts have too many tokens"),
    "text_too_long": (HTTPStatus.UNPROCESSABLE_ENTITY, "A text is too long"),
    "text_refused": (HTTPStatus.UNPROCESSABLE_ENTITY, "The model's server refuses a text for what it says"),
    "text_unreadable": (HTTPStatus.UNPROCESSABLE_ENTITY, "The classifier cannot read a text"),
    "overloaded": (HTTPStatus.TOO_MANY_REQUESTS, "Too much is under way"),
    "internal": (HTTPStatus.INTERNAL_SERVER_ERROR, "The service is at fault"),
    "reload_refused": (HTTPStatus.CONFLICT, "Nothing was reloaded"),
    "unmapped": (HTTPStatus.BAD_GATEWAY, "The model's answer states no label"),
    "unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, "A backend cannot answer now"),
    "loading": (HTTPStatus.SERVICE_UNAVAILABLE, "The models are still loading"),
    "deadline": (HTTPStatus.GATEWAY_TIMEOUT, "No answer within the deadline"),
}


def _is_none(value: object) -> bool:
    return value is None


class ProblemItem(BaseModel):
    """One of several things that are wrong: what, where, and why."""

    model_config = ConfigDict(frozen=True)

    code: Code = Field(description="From the same closed set as the problem's own.")
    detail: str
    reason: Reason | None = Field(
        default=None,
        description="Why a text has no label, or a backend no answer: the outcome's own reason.",
        examples=["negated"],
        exclude_if=_is_none,
    )
    pointer: str | None = Field(
        default=None,
        description="Where in the request, as a JSON pointer.",
        examples=["/input/3"],
        exclude_if=_is_none,
    )
    index: int | None = Field(
        default=None, description="Which text of the batch.", examples=[3], exclude_if=_is_none
    )
    answers: dict[str, AnswerView] | None = Field(
        default=None, description="By backend; only under `explain`.", exclude_if=_is_none
    )


class Problem(BaseModel):
    """An error (RFC 9457). `code` is stable; titles and details may be reworded."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["urn:polarity:problem:empty_text"])
    title: str = Field(examples=["A text is empty"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["text 3 is blank"])
    code: Code = Field(examples=["empty_text"])
    errors: list[ProblemItem] | None = Field(
        default=None, description="Each thing that is wrong.", exclude_if=_is_none
    )


class ProblemError(Exception):
    """A request cannot be answered. `retry_after` is in seconds.

    >>> ProblemError("overloaded", "32 requests are under way", retry_after=1).status
    429
    """

    def __init__(
        self, code: Code, detail: str, *, errors: Sequence[ProblemItem] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.errors, self.retry_after = tuple(errors), retry_after

    @property
    def status(self) -> int:
        """The HTTP status that the code stands for."""
        return PROBLEMS[self.code][0].value

    @property
    def headers(self) -> dict[str, str]:
        """What the status obliges a server to send along."""
        headers: dict[str, str] = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.code == "unauthorized":
            headers["WWW-Authenticate"] = "Bearer"
        return headers

    def problem(self) -> Problem:
        """Give the problem as the model that is documented."""
        status, title = PROBLEMS[self.code]
        return Problem(
            type=f"urn:polarity:problem:{self.code}",
            title=title,
            status=status.value,
            detail=self.detail,
            code=self.code,
            errors=list(self.errors) or None,
        )


def problem_response(error: ProblemError, headers: dict[str, str] | None = None) -> Response:
    """Write a problem down, and note its code for whoever counts and logs the request."""
    if seen := seen_now():
        seen.code = error.code
    return Response(
        error.problem().model_dump_json(), error.status, {**error.headers, **(headers or {})}, MEDIA_TYPE
    )


def raw_response(error: ProblemError) -> bytes:
    r"""Write a problem down as HTTP/1.1, for a connection that is closed behind it.

    >>> raw_response(ProblemError("overloaded", "too many connections are open")).split(b"\r\n")[0]
    b'HTTP/1.1 429 Too Many Requests'
    """
    response = problem_response(error, {"connection": "close"})
    status = HTTPStatus(error.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
