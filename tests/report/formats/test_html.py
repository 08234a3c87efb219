"""The HTML report: inert, readable, accessible."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.report import write_reports
from polarity.types import Completion, Failure

from ..helpers import Page, pair_of, report_of, softmax, write_report


def test_html_is_inert_and_self_contained(written: Callable[[str], str]) -> None:
    """Well formed, one script which the page allows by its hash, nothing to load, no event handler."""
    source = written(".html")
    page = Page(source)

    assert not {"img", "link", "iframe", "object"} & set(page.tags)
    assert (1, 1) == (page.tags.count("script"), page.tags.count("form"))
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "action")]
    assert {"#disagreements"} == {value for name, value in page.attributes if name == "href"}
    script = source[source.index("<script>") + len("<script>") : source.rindex("</script>")]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    allowed = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert allowed in [value for name, value in page.attributes if name == "content"]
    assert "url(" not in written(".html")


def test_html_shows_texts_as_they_are(written: Callable[[str], str]) -> None:
    """Hostile texts are read, not run; invisible characters are spelled out."""
    text = Page(written(".html")).text

    assert "<script>alert(1)</script>" in text
    assert "<img src=x onerror=alert(1)>" in text
    assert "=1+1|`x`\nnext" in text
    assert "posi⟨U+200B⟩tive ⟨U+D83D⟩" in text
    assert "reviews<script>.jsonl" in text
    assert "<b>tiny</b>" in text


def test_html_spells_out_what_turns_a_message_around(tmp_path: Path, contract: Contract) -> None:
    """A bidirectional control in a message, its id, or a server's words is shown, not obeyed."""
    failure = Failure(reason="server_error", detail="so \u202eti")
    pair = pair_of(contract, "\u2066id", "Fine \u202e\u2764\ufe0f", softmax(0.1, 0.1, 0.8), failure)
    write_report(tmp_path / "out.html", report_of(contract, [pair]))
    text = Page((tmp_path / "out.html").read_text("utf-8")).text

    assert "Fine ⟨U+202E⟩\u2764\ufe0f" in text
    assert "⟨U+2066⟩id" in text
    assert "so ⟨U+202E⟩ti" in text
    assert not {"\u202e", "\u2066"} & set(text)


def test_html_outlines_what_counts_as_agreement(written: Callable[[str], str]) -> None:
    """Equal labels and two abstentions are outlined; two unmapped answers and two failures are not."""
    assert 4 == written(".html").count('<td class="agreement')


def test_html_lists_disagreements_surest_first(written: Callable[[str], str]) -> None:
    """Opposite labels, then mapping disagreements, then failures, each by joint confidence; no agreements."""
    source = written(".html")
    places = [source.index(f"</span> r{at} <span") for at in (4, 3, 7, 6, 5, 8)]

    assert sorted(places) == places
    assert "</span> r1</h3>" not in source


def test_html_highlights_the_span(written: Callable[[str], str]) -> None:
    """The matched words stand out inside the canonical text."""
    assert "label: <mark>positive</mark>" in written(".html")


def test_html_shows_a_span_alone_where_reading_has_changed(
    tmp_path: Path, contract: Contract, pairs: list[Pair]
) -> None:
    """If the raw text is no longer read as it was, the span is shown without a wrong context."""
    changed = replace(pairs[3], right=pairs[3].right._replace(raw=Completion(text="something else")))
    write_report(tmp_path / "out.html", report_of(contract, [changed]))

    assert 'dir="auto"><mark>positive</mark></p>' in (tmp_path / "out.html").read_text("utf-8")


def test_html_says_what_kappa_is_and_when_it_is_not_defined(
    tmp_path: Path, contract: Contract, pairs: list[Pair]
) -> None:
    """Where kappa is undefined the page says why instead of showing a number."""
    write_report(tmp_path / "out.html", report_of(contract, pairs[:1]))
    text = Page((tmp_path / "out.html").read_text("utf-8")).text

    assert "Not defined here: only one answer occurs" in text
    assert "There is no disagreement to show." in text


def test_html_tables_are_accessible(written: Callable[[str], str]) -> None:
    """Every table has a caption and every header cell a scope."""
    page = Page(written(".html"))

    assert page.tags.count("table") == page.tags.count("caption") > 0
    assert page.tags.count("th") == sum(name == "scope" for name, _ in page.attributes)


def test_html_highlights_who_is_right_more_often(tmp_path: Path, contract: Contract) -> None:
    """Not whoever stands last; nobody where all are right alike."""
    one = pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), Completion(text="negative"), "POSITIVE")
    decided = pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), Completion(text="positive"), "POSITIVE")
    found = {}
    for name, pair in (("differ", replace(one, result=None)), ("alike", replace(decided, result=None))):
        write_report(tmp_path / "out.html", report_of(contract, [pair]))
        source = (tmp_path / "out.html").read_text("utf-8")
        figures = source[source.index("Right, by the gold label") : source.index("with a known label")]
        found[name] = re.findall(r'<div class="chosen"><dt>(.*?)</dt>', figures)
    assert {"differ": ["BERT"], "alike": []} == found


def test_html_grades_each_side_whatever_it_is_called(tmp_path: Path, contract: Contract) -> None:
    """A stored report may call a side as the page calls the decision: all three stand there."""
    pair = pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), Completion(text="negative"), "POSITIVE")
    draft = report_of(contract, [pair])
    named = replace(draft.subject, left=replace(draft.subject.left, name="Decision"))
    write_reports([tmp_path / "out.html"], draft.pairs, named)
    source = (tmp_path / "out.html").read_text("utf-8")
    figures = source[source.index("Right, by the gold label") : source.index("with a known label")]
    assert ["Decision", "LLM", "Decision"] == re.findall(r"<dt>(.*?)</dt>", figures)


def test_html_groups_what_was_not_mapped(tmp_path: Path, contract: Contract) -> None:
    """The most frequent answer first, with its reason, its count and the line that leads on from there."""
    said = ["hm?", "dunno <b>", "hm?", " hm?"]
    pairs = [
        pair_of(contract, str(at), "Fine.", softmax(0.1, 0.1, 0.8), Completion(text=text))
        for at, text in enumerate(said)
    ]
    draft = report_of(contract, pairs)
    write_reports([tmp_path / "out.html", tmp_path / "my out.json"], draft.pairs, draft.subject)
    text = " ".join(Page((tmp_path / "out.html").read_text("utf-8")).text.split())

    assert "Messages hm?LLMundeclared3 dunno <b>LLMundeclared1" in text
    assert f"polarity contract suggest '{tmp_path / 'my out.json'}'" in text
    stored = json.loads((tmp_path / "my out.json").read_text("utf-8"))["summary"]["unmapped_answers"]
    assert {"text": "hm?", "reason": "undeclared", "messages": 3} == stored["right"][0]


def test_html_counts_why_answers_did_not_come(tmp_path: Path, contract: Contract) -> None:
    """By side and reason, in words that need no explanation."""
    pairs = [
        pair_of(contract, str(at), "Fine.", softmax(0.1, 0.1, 0.8), Failure(reason="timeout"))
        for at in range(3)
    ]
    write_report(tmp_path / "out.html", report_of(contract, pairs))
    text = " ".join(Page((tmp_path / "out.html").read_text("utf-8")).text.split())
    assert "LLMtimeoutNo answer came in time.3" in text


def test_html_names_a_failure(tmp_path: Path, contract: Contract) -> None:
    """A failure's detail, which a server may have written, is escaped like any text."""
    failure = Failure(reason="server_error", detail="<h1>502</h1>")
    pair = pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), failure)
    write_report(tmp_path / "out.html", report_of(contract, [pair]))

    assert "The server had an error. <h1>502</h1>" in Page((tmp_path / "out.html").read_text("utf-8")).text
