"""What was found, on a page, in Markdown and as JSON."""

import io
import json
from datetime import timedelta

import pytest

from polarity.pages.page import write_html, write_json, write_markdown
from polarity.store import Store
from polarity.texts.moments import Window
from polarity.watch import Question, page_of, watch

from .stores import REVIEWS, START, entries, fill, switched

DAY = timedelta(days=1)
QUESTION = Question(
    since=START + 7 * DAY,
    until=START + 14 * DAY,
    reference=Window(START, START + 6 * DAY),
    every=DAY,
)


@pytest.mark.slow
def test_a_page_says_what_drifted_and_draws_it(store: Store) -> None:
    """The headline names the surest and when, the pictures have a line for each label."""
    switched(store)
    store.note_event("promoted", {"candidate": "<b>"})
    page = page_of(watch(store, QUESTION))
    assert page.headline.endswith("drifted, likely since 2026-11-09 00:00, and 5 more")
    html, markdown, plain = io.StringIO(), io.StringIO(), io.StringIO()
    write_html(html, page)
    write_markdown(markdown, page)
    write_json(plain, page)
    assert 3 == html.getvalue().split("Share of labels</text>")[1].split("</svg>")[0].count("<polyline")
    assert "&lt;b&gt;" in html.getvalue()
    assert "<b>&" not in html.getvalue()
    assert "## What changed since 2026-11-09 00:00" in markdown.getvalue()
    data = json.loads(plain.getvalue())
    assert ("failed", 14) == (data["judgement"]["status"], len(data["periods"]))
    moved = next(drift for drift in data["drifts"] if drift["name"] == "POSITIVE")
    assert (True, "2026-11-09T00:00:00+00:00") == (moved["found"], moved["likely_since"])
    assert data["expected_accuracy"]["reference"]["share"] > data["expected_accuracy"]["since"]["share"]


def test_nothing_is_said_of_nothing(store: Store) -> None:
    """An empty store has a page without pictures."""
    page = page_of(watch(store, QUESTION._replace(reference=None)))
    assert "Too little is known to say whether anything drifted" == page.headline
    assert {} == page.draw()
    assert [] == page.data["series"]


@pytest.mark.slow
def test_no_drift_is_no_proof(store: Store) -> None:
    """The headline says what is shown, and no more."""
    fill(store, entries(REVIEWS, 700, START, START + 14 * DAY))
    assert "Nothing is shown to have drifted" == page_of(watch(store, QUESTION)).headline
