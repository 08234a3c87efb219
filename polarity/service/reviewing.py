"""`/review`: the page, and what it asks for. Everything but the page's empty frame needs a key.

Nothing of this is part of the service's documented interface: the page and these addresses go together.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from polarity.contract import Contract
from polarity.errors import StoreError
from polarity.service.auth import KeyGuard
from polarity.service.body import check_media_type, parsed, read_body
from polarity.service.pages import review_page
from polarity.service.problems import ProblemError
from polarity.service.review_views import reviews_view, row_view, suggestion_view
from polarity.service.runtime import Runtime
from polarity.validation import said_of

if TYPE_CHECKING:
    from polarity.store import Desk

MOST_BYTES: Final = 20_000
LONGEST_NAME: Final = 60
AT_ONCE: Final = 5  # rows that a page is given: what it holds, others are not shown
HELD_S: Final = 300.0  # how long one reader's rows are kept from others
MOST_CONTESTED: Final = 50
RETRY_S: Final = 5
MOST_FORMS: Final = 10
MOST_DIGITS: Final = 18  # of a row's number, which a database keeps in 64 bits
Found = TypeVar("Found")
Form = TypeVar("Form", bound=BaseModel)


def _without_nul(said: str) -> str:
    if "\0" in said:  # no text of PostgreSQL's holds one
        raise ValueError("should hold no NUL")
    return said


Said = Annotated[str, AfterValidator(_without_nul)]
Number = Annotated[int, Field(ge=1, lt=10**MOST_DIGITS)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)

    reviewer: Said = Field(min_length=1, max_length=LONGEST_NAME)


class SayForm(_Form):
    """What somebody says of a decision."""

    decision: Number
    verdict: str = Field(min_length=1, max_length=200)
    mapping_wrong: bool = False
    note: Said = Field(default="", max_length=2_000)
    kind: Literal["review", "adjudication"] = "review"


class UndoForm(_Form):
    """What somebody takes back."""

    review: Number


class Held:
    """Which rows whose page shows: kept in this process, so that two who read at once read different rows.

    Where several processes serve, two may be given the same row; both are then heard.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._by: dict[int, tuple[str, float]] = {}
        self.turn = threading.Lock()  # looking and holding are one: two pages that ask at once get their own

    def by_others(self, reviewer: str) -> list[int]:
        """Name the rows that others are reading."""
        now = self._now()
        self._by = {row: held for row, held in self._by.items() if held[1] > now}
        return [row for row, (name, _) in self._by.items() if name != reviewer]

    def hold(self, reviewer: str, rows: list[int]) -> None:
        """Let one reader have these rows, and no others."""
        self._by = {row: held for row, held in self._by.items() if held[0] != reviewer}
        self._by |= dict.fromkeys(rows, (reviewer, self._now() + HELD_S))


def named(name: str) -> str:
    """Spell a reviewer's name as everywhere: two spellings are one person.

    >>> named("  Ana  Maria ")
    'ana maria'
    """
    return " ".join(name.casefold().split())


class Review:
    """Answers what the page asks, from the store of a running service."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._held = Held()

    async def queue(self, request: Request) -> dict[str, Any]:
        """Give the rows that a reviewer reads next, how many wait, and which labels there are."""
        reviewer = _reviewer_of(request)
        desk, contract = self._desk(), self._contract()

        def found() -> dict[str, Any]:
            with self._held.turn:
                rows = desk.waiting(reviewer, AT_ONCE, passing=self._held.by_others(reviewer))
                self._held.hold(reviewer, [row.decision.id for row in rows if row.selection.readers == 1])
            last = desk.last_of(reviewer)
            return {
                "labels": contract.labels,
                "blind": self._blind,
                "counts": desk.counts(reviewer)._asdict(),
                "rows": [row_view(row, is_blind=self._blind) for row in rows],
                "last": last.id if last else None,
            }

        return await _asked(found)

    async def contested(self, request: Request) -> dict[str, Any]:
        """Give what reviewers differ about, with what each has said."""
        reviewer, desk = _reviewer_of(request), self._desk()

        def found() -> dict[str, Any]:
            rows = desk.contested(MOST_CONTESTED)
            shown = [row_view(row, is_blind=self._blind) | reviews_view(row.reviews) for row in rows]
            return {"counts": desk.counts(reviewer)._asdict(), "rows": shown}

        return await _asked(found)

    async def row(self, request: Request) -> dict[str, Any]:
        """Give one row that was drawn, with what was said of it."""
        desk, number = self._desk(), request.query_params.get("decision", "")
        is_one = number.isdecimal() and len(number) <= MOST_DIGITS
        found = await _asked(partial(desk.found, int(number))) if is_one else None
        if found is None:
            raise ProblemError("not_found", "no such decision was drawn for review")
        return row_view(found, is_blind=self._blind) | reviews_view(found.reviews)

    async def say(self, request: Request) -> dict[str, Any]:
        """Write down what somebody says."""
        desk, contract = self._desk(), self._contract()
        said = await _form(request, SayForm)
        from polarity.store import CANNOT_TELL

        if said.verdict not in (*contract.labels, CANNOT_TELL):
            known = ", ".join((*contract.labels, CANNOT_TELL))
            raise ProblemError("validation", f"verdict: must be one of {known}")
        reviewer = named(said.reviewer)

        def written() -> dict[str, Any]:
            review = desk.say(
                said.decision,
                reviewer=reviewer,
                verdict=said.verdict,
                mapping_wrong=said.mapping_wrong,
                note=said.note,
                blind=self._blind,
                kind=said.kind,
            )
            return {"review": review.id, "counts": desk.counts(reviewer)._asdict()}

        return await _asked(written)

    async def undo(self, request: Request) -> dict[str, Any]:
        """Take back what somebody said."""
        desk, form = self._desk(), await _form(request, UndoForm)
        undone = await _asked(partial(desk.undo, form.review, named(form.reviewer)))
        return {"undone": undone}

    async def draw(self, _: Request) -> dict[str, Any]:
        """Draw a round of what was decided since the last one."""
        from polarity.review.queueing import draw_round

        desk, contract = self._desk(), self._contract()
        made = await _asked(partial(draw_round, desk, contract.labels, self._runtime.settings.review))
        return {"seen": made.seen if made else 0, "is_drawn": made is not None}

    async def results(self, _: Request) -> dict[str, Any]:
        """Give what has come of it so far."""
        from polarity.replay.stored_answers import reviewed_answers
        from polarity.replay.suggestions import suggest
        from polarity.review.results import results

        desk, contract = self._desk(), self._contract()

        def found() -> dict[str, Any]:
            read = list(desk.read())
            misread = [one for one in reviewed_answers(read) if one.says is not None]
            lines = suggest(misread, contract, MOST_FORMS)
            summed = asdict(results(read, desk.thresholds(), contract.labels))
            summed |= {"blind": self._blind, "suggestions": [suggestion_view(one) for one in lines.found]}
            return summed | ({"doubts": []} if self._blind else {})

        return await _asked(found)

    @property
    def _blind(self) -> bool:
        return self._runtime.settings.review.blind

    def _contract(self) -> Contract:
        return self._runtime.serving().classifier.contract

    def _desk(self) -> "Desk":
        recorder = self._runtime.storing.recorder
        if recorder is None:
            raise ProblemError("not_found", "there is nothing to review: store.enabled is false")
        if self._runtime.settings.store.texts != "keep":
            raise ProblemError("not_found", "there is nothing to read: store.texts is not 'keep'")
        if recorder.store is None:
            raise _unreadable()
        from polarity.store import Desk

        return Desk(recorder.store)


def _reviewer_of(request: Request) -> str:
    name = named(request.query_params.get("reviewer", ""))
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ProblemError("validation", f"reviewer: say who reads, in 1 to {LONGEST_NAME} characters")
    if "\0" in name:
        raise ProblemError("validation", "reviewer: should hold no NUL")
    return name


async def _form(request: Request, form: type[Form]) -> Form:
    """Read a body, which must say that it is JSON: no other site's form can."""
    if not request.headers.get("content-type"):
        raise ProblemError("unsupported_media_type", "send the header 'Content-Type: application/json'")
    check_media_type(request.headers["content-type"], request.headers.get("content-encoding"))
    document = parsed(await read_body(request, MOST_BYTES))
    try:
        return form.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise ProblemError("validation", f"{place}: {said_of(first)}") from None


async def _asked(what: Callable[[], Found]) -> Found:
    """Ask the store, on another thread.

    Raises:
        ProblemError: it cannot be read or written now, or does not take what is said.
    """
    try:
        return await asyncio.to_thread(what)
    except StoreError as error:
        if str(error).startswith("decision "):
            raise ProblemError("validation", str(error)) from None
        raise _unreadable() from None


def _unreadable() -> ProblemError:
    return ProblemError("unavailable", "the store cannot be read or written now", retry_after=RETRY_S)


def add_review(app: FastAPI, runtime: Runtime) -> None:
    """Add the page and what it asks for."""
    guard, review = KeyGuard(runtime.settings.service.api_keys), Review(runtime)
    router = APIRouter(prefix="/review", include_in_schema=False)

    @app.get("/review", include_in_schema=False)
    async def page(request: Request) -> Response:
        """Give the frame of the page; without a key it is a 401, which asks for one."""
        try:
            await guard.demand(request)
        except ProblemError as error:
            if error.code != "unauthorized":
                raise
            return review_page(status=error.status)
        return review_page()

    def route(method: str, path: str, answer: Callable[[Request], Any]) -> None:
        async def answered(request: Request) -> Response:
            await guard.demand(request)
            return JSONResponse(await answer(request))

        router.add_api_route(path, answered, methods=[method])

    route("GET", "/queue", review.queue)
    route("GET", "/contested", review.contested)
    route("GET", "/row", review.row)
    route("GET", "/results", review.results)
    route("POST", "/say", review.say)
    route("POST", "/undo", review.undo)
    route("POST", "/draw", review.draw)
    app.include_router(router)
