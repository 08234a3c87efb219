"""The two pages, and the document behind one of them."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from polarity.service.pages import docs_page, kind_of
from polarity.service.problems import PROBLEMS

from .helpers import bert, service


class _Page(HTMLParser):
    """Collects what a page would fetch, and what it holds inline."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.inline: list[str] = []
        self.handlers: list[str] = []
        self.ids: set[str] = set()
        self.labelled: set[str] = set()
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        self._within = tag
        for name, value in attrs:
            if name in ("src", "srcset", "action", "data") or (tag == "link" and name == "href"):
                self.fetched.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(name)
            if name == "id":
                self.ids.add(value or "")
            if tag == "label" and name == "for":
                self.labelled.add(value or "")

    def handle_data(self, data: str) -> None:
        """Keep scripts and styles."""
        if self._within in ("script", "style"):
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's interface
        """Leave an element."""
        self._within = ""


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_are_self_contained(path: str) -> None:
    """Nothing is fetched from elsewhere, and the policy names exactly the style and script that are there."""
    with service(bert(), api_keys=["k"]) as client:
        answer = client.get(path)
    page = _Page(answer.text)
    assert ["data:,"] == page.fetched
    assert [] == page.handlers
    assert "//" not in "".join(re.findall(r"(?:url|import|fetch)\(([^)]*)", answer.text))
    digests = {
        "'sha256-" + base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() + "'"
        for part in page.inline
    }
    policy = answer.headers["content-security-policy"]
    assert digests == set(re.findall(r"'sha256-[^']+'", policy))
    assert "unsafe" not in policy


def test_the_page_never_makes_markup_of_data() -> None:
    """No way of writing markup is used in the script."""
    with service(bert()) as client:
        script = client.get("/").text + client.get("/docs").text
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"):
        assert way not in script


@pytest.mark.parametrize("keys", [[], ["k"]])
def test_the_page_asks_for_a_key_only_where_one_is_needed(keys: list[str]) -> None:
    """Every field has a label; the key's field is there exactly if there are keys."""
    with service(bert(), api_keys=keys) as client:
        page = _Page(client.get("/").text)
    assert ("key" in page.ids) == bool(keys)
    assert {"text", "key"} & page.ids == page.labelled


@pytest.mark.parametrize("keys", [[], ["k"]])
def test_the_documentation_tries_with_a_key_where_one_is_needed(keys: list[str]) -> None:
    """Its field is there exactly if there are keys; every field has a label."""
    with service(bert(), api_keys=keys) as client:
        page = _Page(client.get("/docs").text)
    assert ("key" in page.ids) == bool(keys)
    fields = {name for name in page.ids if name == "key" or name.startswith("body-")}
    assert fields == page.labelled


def test_the_documentation_names_every_operation_model_and_problem() -> None:
    """What is in the document is on the page."""
    with service(bert(), api_keys=["k"]) as client:
        page, document = client.get("/docs").text, client.get("/openapi.json").json()
    names = [*document["paths"], *document["components"]["schemas"], *PROBLEMS]
    assert [] == [name for name in names if name not in page]


def test_the_documentation_escapes() -> None:
    """Markup in a description stays text."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "<script>alert(1)</script>", "version": "1", "summary": ""},
        "paths": {},
        "components": {"schemas": {}},
    }
    body = bytes(docs_page(document, needs_key=False).body)
    assert b"<script>" not in body.replace(b'<script>"use strict"', b"")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"$ref": "#/components/schemas/Problem"}, "Problem"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "object of number"),
        (
            {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "string or list of string",
        ),
        ({"enum": ["bert", "llm"]}, '"bert" or "llm"'),
        ({"const": "verdict", "type": "string"}, '"verdict"'),
        ({"type": "object"}, "object"),
        ({}, "any"),
    ],
)
def test_schemas_are_said_in_words(schema: dict[str, object], expected: str) -> None:
    """A person can read a type without knowing JSON Schema."""
    assert expected == kind_of(schema)
