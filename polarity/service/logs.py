"""The service's log: one line a record on standard error, for people or as JSON. No text is ever in one.

Nothing here imports the framework.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from polarity.pages.terminal import harmless
from polarity.service.seen import Seen, seen_now
from polarity.settings import ServiceSettings


@contextmanager
def logged(settings: ServiceSettings) -> Iterator[None]:
    """Write what is logged in this process, by whomever, as the settings say; as it was before in the end.

    At the level "warning" that is what goes wrong; at "info" a line for each request, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if settings.log_format == "json" else TextLine())
    root, own = logging.getLogger(), logging.getLogger("polarity")
    before = own.level
    root.addHandler(handler)
    own.setLevel(settings.log_level.upper())
    try:
        yield
    finally:
        own.setLevel(before)
        root.removeHandler(handler)


class JsonLine(logging.Formatter):
    """Writes a record as one JSON object: ASCII, so that no line break of any kind is in it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record down."""
        return json.dumps(fields_of(record, self.formatException))


class TextLine(logging.Formatter):
    """Writes a record as a sentence, behind its time, level and request."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record down; a traceback follows in lines of its own."""
        found = fields_of(record, self.formatException)
        head = " ".join(filter(None, (found["time"], found["level"], found.get("request_id"))))
        took = f" {found['ms']} ms" if "ms" in found else ""
        code = f" {found['code']}" if found.get("code") else ""
        trace = f"\n{found['exception']}" if "exception" in found else ""
        return f"{head} {harmless(found['message'])}{code}{took}{trace}"


def fields_of(record: logging.LogRecord, traced: Any = None) -> dict[str, Any]:
    """Give what is known of a record: when, how bad, by whom, for which request; of an ended request, all.

    >>> record = logging.LogRecord("polarity", logging.INFO, "", 0, "%d texts", (3,), None)
    >>> record.created = 0.5
    >>> fields_of(record)
    {'time': '1970-01-01T00:00:00.500Z', 'level': 'info', 'logger': 'polarity', 'message': '3 texts'}
    """
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    found: dict[str, Any] = {
        "time": at.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
    }
    ended: Seen | None = getattr(record, "seen", None)
    if seen := ended or seen_now():
        found["request_id"] = seen.id
    if ended:
        found |= _of_ended(ended)
    if record.exc_info and traced:
        found["exception"] = traced(record.exc_info)
    return found


def _of_ended(seen: Seen) -> dict[str, Any]:
    stages: dict[str, float] = {}
    for name, began_s, ended_s in seen.stages:
        stages[name] = round(stages.get(name, 0.0) + 1000 * (ended_s - began_s), 3)
    return {
        "method": seen.method,
        "route": seen.route,
        "status": seen.status,
        "code": seen.code,
        "ms": round(1000 * seen.took_s, 3),
        "texts": seen.texts,
        "stages_ms": stages,
    }
