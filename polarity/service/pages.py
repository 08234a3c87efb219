"""The pages: `/` to try a text on, `/docs` to read and try, `/review`, `/watch`. None fetches anything."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import Response

from polarity.service.problems import PROBLEMS

if TYPE_CHECKING:
    from jinja2 import Environment


def try_page(*, needs_key: bool) -> Response:
    """Give the page to try a text on."""
    style, script = _asset("style.css"), _asset("page.js")
    html = _templates().get_template("index.html").render(style=style, script=script, needs_key=needs_key)
    return _html(html, style=style, script=script)


def docs_page(document: Mapping[str, Any], *, needs_key: bool) -> Response:
    """Give the documentation of an OpenAPI document, each operation with a form to try it."""
    style, script = _asset("style.css"), _asset("docs.js")
    problems = [(code, status.value, title) for code, (status, title) in PROBLEMS.items()]
    html = (
        _templates()
        .get_template("docs.html")
        .render(style=style, script=script, api=document, problems=problems, needs_key=needs_key)
    )
    return _html(html, style=style, script=script)


def review_page(*, status: int = 200) -> Response:
    """Give the frame of the page where people label: nothing is in it until a key is given."""
    style, script = _asset("style.css") + _asset("review.css"), _asset("review.js")
    html = _templates().get_template("review.html").render(style=style, script=script)
    return _html(html, style=style, script=script, status=status)


def watch_page() -> Response:
    """Give the form that asks for a key and shows what `/watch` says to it."""
    shared = files("polarity.pages").joinpath("page.css").read_text("utf-8")
    style, script = shared + _asset("watch.css"), _asset("watch.js")
    html = _templates().get_template("watch.html").render(style=style, script=script)
    return _html(html, style=style, script=script)


def kind_of(schema: Mapping[str, Any]) -> str:
    """Say a JSON Schema in a few words.

    >>> kind_of({"type": "array", "items": {"$ref": "#/components/schemas/Span"}})
    'list of Span'
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(kind_of(part) for part in schema[several])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    return _container(schema)


def _container(schema: Mapping[str, Any]) -> str:
    match schema.get("type"):
        case "array":
            return f"list of {kind_of(schema.get('items', {}))}"
        case "object" if "additionalProperties" in schema:
            return f"object of {kind_of(schema['additionalProperties'])}"
        case None:
            return "any"
        case kind:
            return str(kind)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader  # the service is ready before anybody asks for a page

    loader = PackageLoader("polarity.service", "page")
    templates = Environment(loader=loader, autoescape=True, trim_blocks=True)
    templates.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    templates.filters["kind"] = kind_of
    return templates


@cache
def _asset(name: str) -> str:
    return files("polarity.service").joinpath("page", name).read_text("utf-8")


def _html(html: str, *, style: str, script: str, status: int = 200) -> Response:
    """Send a page that may run our own style and script and nothing else, whatever a text holds."""
    policy = [
        "default-src 'none'",
        f"style-src '{_digest(style)}'",
        f"script-src '{_digest(script)}'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    headers = {"Content-Security-Policy": "; ".join(policy)}
    return Response(html, status, headers=headers, media_type="text/html; charset=utf-8")


def _digest(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
