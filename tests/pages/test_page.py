"""A page of tables and pictures: inert, escaped, and with the same content in each format."""

import json
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from polarity.pages.page import WRITERS, Page
from polarity.pages.tables import Sheet
from polarity.pages.writing import write_outputs

from ..report.helpers import Page as Reader

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)> [a](http://x) `x|y` @team \u202etxet"
PICTURE = "<svg><text>a</text></svg>"


def page(**changed: Any) -> Page:
    """A page on which everything that can be hostile is."""
    sheet = Sheet(
        HOSTILE, ("id", HOSTILE), [(HOSTILE, HOSTILE), ("two\nlines", "")], foreign=("id",), note=HOSTILE
    )
    given: dict[str, Any] = {
        "kind": "Test",
        "about": HOSTILE,
        "headline": HOSTILE,
        "origin": HOSTILE,
        "version": HOSTILE,
        "judgement": HOSTILE,
        "lead": HOSTILE,
        "data": {"text": HOSTILE},
        "sheets": [sheet],
        "draw": lambda: {HOSTILE: PICTURE},
    }
    return Page(**given | changed)


def written(tmp_path: Path, suffix: str, **changed: Any) -> str:
    """Write the page and read what was written."""
    path = tmp_path / f"page{suffix}"
    write_outputs([path], WRITERS, page(**changed))
    return path.read_text("utf-8")


def test_html_is_inert_and_self_contained(tmp_path: Path) -> None:
    """Well formed; no script, nothing to load, no handler; a policy that would refuse all of it."""
    source = written(tmp_path, ".html")
    found = Reader(source)

    assert not {"img", "link", "iframe", "object", "script", "form"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "href")]
    policies = [
        value for name, value in found.attributes if name == "content" and "default-src" in str(value)
    ]
    assert ["default-src 'none'; style-src 'unsafe-inline'"] == policies
    assert all(word not in source for word in ("url(", "@import"))


def test_html_shows_everything_as_it_is(tmp_path: Path) -> None:
    """Texts are read, not run; what turns a line around is spelled out; the picture is ours and stays one."""
    source = written(tmp_path, ".html")
    shown = Reader(source).text

    assert 6 + 5 == shown.count(HOSTILE.replace("\u202e", "⟨U+202E⟩"))  # the head, and the table
    assert "\u202e" not in shown
    assert PICTURE in source
    assert "two\nlines" in shown


def test_every_cell_of_a_header_has_a_scope(tmp_path: Path) -> None:
    """A table is told with its row and its column."""
    found = Reader(written(tmp_path, ".html"))

    assert found.tags.count("th") == sum(name == "scope" for name, _ in found.attributes)


def test_markdown_holds_no_markup_of_others(tmp_path: Path) -> None:
    """Rendered, there is no link, no picture, no HTML; a foreign cell is code, and nobody is called."""
    tokens = MarkdownIt("commonmark").enable("table").parse(written(tmp_path, ".md"))
    inline = [child for token in tokens for child in token.children or ()]

    assert not {"link_open", "image", "html_inline"} & {child.type for child in inline}
    assert "html_block" not in {token.type for token in tokens}
    code = [child.content for child in inline if child.type == "code_inline"]
    assert {HOSTILE.replace("\u202e", r"\u202e"), "two lines"} <= set(code)
    text = [child.content for child in inline if child.type == "text"]
    assert [] == [said for said in text if "@team" in said or "://" in said]
    assert 2 + 2 * 2 == sum(token.type in ("th_open", "td_open") for token in tokens)


@pytest.mark.parametrize("name", ["@team.csv", "fixes #1.csv", "GH-7", "hub@v2", "www.example.org.jsonl"])
def test_a_file_name_calls_nobody(tmp_path: Path, name: str) -> None:
    """Names of files stand in our own sentences, where a code host would link a mention or an issue."""
    tokens = MarkdownIt("commonmark").parse(written(tmp_path, ".md", origin=f"{name} by bert", sheets=[]))
    inline = [child for token in tokens for child in token.children or ()]

    linked = name.rsplit(maxsplit=1)[-1]
    assert linked in [child.content for child in inline if child.type == "code_inline"]
    assert linked not in "".join(child.content for child in inline if child.type == "text")


def test_json_is_exact(tmp_path: Path) -> None:
    """The data as they were given."""
    assert {"text": HOSTILE} == json.loads(written(tmp_path, ".json"))


@pytest.mark.parametrize("suffix", [".json", ".md"])
def test_a_picture_is_drawn_only_where_it_is_shown(tmp_path: Path, suffix: str) -> None:
    """Nobody who asks for figures waits for drawings."""
    written(tmp_path, suffix, draw=lambda: pytest.fail("drawn"))


def test_what_is_not_there_leaves_no_trace(tmp_path: Path) -> None:
    """No judgement, no lead, no picture, a table without rows: a title alone."""
    nothing: dict[str, Any] = {
        "judgement": None,
        "lead": "",
        "draw": dict,
        "sheets": [Sheet("Nothing", ("a",), [])],
    }
    html, markdown = (written(tmp_path, suffix, **nothing) for suffix in (".html", ".md"))

    assert not {"table", "figure", "b"} & set(Reader(html).tags)
    assert "Nothing" in Reader(html).text
    assert markdown.rstrip().endswith("## Nothing")
    assert "**" not in markdown
