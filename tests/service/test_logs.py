"""The log: a line a record, with its request, and never a text."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from polarity.backends.stages import listening
from polarity.service.logs import logged
from polarity.service.seen import Seen
from polarity.settings import ServiceSettings

from .helpers import Scripted, bert, fails, service

log = logging.getLogger("polarity.service.tests")
SEEN = Seen("POST")
SEEN.id, SEEN.route, SEEN.status, SEEN.code, SEEN.texts = "pol-1", "/polarity", 504, "deadline", 2
SEEN.began_s, SEEN.ended_s = 1.0, 1.25
SEEN.stages = [("llm", 1.0, 1.125), ("llm", 1.125, 1.25)]


@contextmanager
def _written(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with logged(ServiceSettings(**settings)):
        yield stream


def _raised() -> Exception:
    with pytest.raises(ZeroDivisionError) as error:
        _ = 1 / 0
    return error.value


def _objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_has_an_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time, level, logger, message and request; line breaks of every kind stay within their line."""
    with _written(monkeypatch, log_format="json") as stream, listening(SEEN):
        log.warning("two\nlines \u2028 of %s", "it")
    (found,) = _objects(stream)
    at = found.pop("time")
    assert at.endswith("Z")
    assert len("2026-01-01T00:00:00.000Z") == len(at)
    assert {
        "level": "warning",
        "logger": "polarity.service.tests",
        "message": "two\nlines \u2028 of it",
        "request_id": "pol-1",
    } == found


def test_an_ended_request_is_told_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that came twice is one sum; all is numbers and names from closed sets."""
    with _written(monkeypatch, log_format="json", log_level="info") as stream:
        log.info("it ended", extra={"seen": SEEN})
    (found,) = _objects(stream)
    kept = ("request_id", "method", "route", "status", "code", "ms", "texts", "stages_ms")
    assert ["pol-1", "POST", "/polarity", 504, "deadline", 250.0, 2, {"llm": 250.0}] == [
        found[name] for name in kept
    ]


def test_text_is_a_sentence_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is logged begins a line of its own: it could be taken for another record."""
    with _written(monkeypatch, log_level="info") as stream:
        log.info("POST /polarity 504", extra={"seen": SEEN})
        log.warning("a\r\nb\u2028c")
    first, second = stream.getvalue().split("\n")[:-1]
    assert first.endswith("Z info pol-1 POST /polarity 504 deadline 250.0 ms")
    assert second.endswith("Z warning a  b c")


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_is_kept(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """In JSON as a member; for people below its sentence."""
    with _written(monkeypatch, log_format=form) as stream:
        log.error("it failed", exc_info=_raised())
    assert "Traceback" in (_objects(stream)[0]["exception"] if form == "json" else stream.getvalue())


def test_requests_are_logged_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the default level only what goes wrong is; who logs otherwise is left as it was."""
    before = logging.getLogger("polarity").level, logging.getLogger().handlers[:]
    for level, expected in (("warning", []), ("info", ["GET /livez 200"])):
        with _written(monkeypatch, log_format="json", log_level=level) as stream, service(bert()) as client:
            client.get("/livez")
            assert expected == [found["message"] for found in _objects(stream) if "status" in found]
    assert before == (logging.getLogger("polarity").level, logging.getLogger().handlers)


def test_what_fails_is_logged_under_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning and the line of the request have the id that the caller was told; no line has the text."""
    llm = Scripted("llm", fails("connection"))
    with _written(monkeypatch, log_format="json", log_level="info") as stream, service(llm) as client:
        answer = client.post("/polarity", json={"input": "my-secret-text"})
    own = [found for found in _objects(stream) if found.get("request_id") == answer.headers["x-request-id"]]
    assert ["warning", "info"] == [found["level"] for found in own]
    assert "answers that failed: 1" in own[0]["message"]
    assert (503, "unavailable", 1) == (own[1]["status"], own[1]["code"], own[1]["texts"])
    assert "my-secret-text" not in stream.getvalue()


def test_the_guide_shows_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of a request on the page has the members of a real one, in their order."""
    page = (Path(__file__).parents[2] / "docs" / "guides" / "operate.md").read_text("utf-8")
    shown = json.loads(re.findall(r"```json\n(.*)\n```", page)[0])
    with _written(monkeypatch, log_format="json", log_level="info") as stream, service(bert()) as client:
        client.post("/polarity", json={"input": "a"})
    (found,) = (one for one in _objects(stream) if "status" in one)
    assert ([*found], [*found["stages_ms"]]) == ([*shown], [*shown["stages_ms"]])
