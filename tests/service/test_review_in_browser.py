"""The page where people label, in a real browser, over a real store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, Route, expect

from polarity.store import Desk, open_store
from tests.browsing import PHONE, pushed_aside

from .reviews import HOSTILE, reviewed_service

ADDRESS = "http://polarity.test"
Open = Callable[[str], Page]


@pytest.fixture
def wrong() -> Iterator[list[str]]:
    """What went wrong on any page: nothing may."""
    found: list[str] = []
    yield found
    assert [] == found


@pytest.fixture
def serve(browser: Browser, tmp_path: Path, wrong: list[str]) -> Iterator[Callable[..., Open]]:
    """Give a service with these settings of `[review]`, and what opens its page for a reviewer."""
    running: list[object] = []

    def start(**review: object) -> Open:
        context = reviewed_service(tmp_path, **review)  # type: ignore[arg-type]  # settings by their names
        client = context.__enter__()
        running.append(context)
        return lambda name: _opened(browser, client, name, wrong)

    yield start
    for context in running:
        context.__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager


def _opened(browser: Browser, client: TestClient, name: str, wrong: list[str]) -> Page:
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]  # a dictionary of that shape

    def answer(route: Route) -> None:
        asked = route.request
        if not asked.url.startswith(ADDRESS):
            wrong.append(f"fetched {asked.url}")
        path = asked.url.removeprefix(ADDRESS)
        given = client.request(asked.method, path, headers=asked.headers, content=asked.post_data)
        route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.content)

    page.route("**/*", answer)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.goto(f"{ADDRESS}/review")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Bearer key").fill("k")
    page.get_by_role("button", name="Begin").click()
    return page


def _said(folder: Path) -> list[tuple[str, str, str, bool, str]]:
    """What the store holds: text, reviewer, verdict, whether the mapping is wrong, and the note."""
    with open_store(f"sqlite:///{folder / 'store.sqlite3'}") as store:
        return [
            (str(row.decision.text), one.reviewer, one.verdict, one.mapping_wrong, one.note)
            for row in Desk(store).read()
            for one in row.reviews
        ]


def _text(page: Page) -> str:
    return page.locator(".text").inner_text()


def test_a_key_stroke_is_a_label(serve: Callable[..., Open], tmp_path: Path) -> None:
    """1, 2 and 3 are the labels in their order, 0 is "cannot tell"; the next text comes at once."""
    page = serve()("Ana")
    expected = []
    for key, verdict in (("1", "NEGATIVE"), ("2", "NEUTRAL"), ("3", "POSITIVE"), ("0", "cannot_tell")):
        text = _text(page)
        page.keyboard.press(key)
        expect(page.locator(".text")).not_to_have_text(text)
        expected.append((text, "ana", verdict, False, ""))
    assert sorted(expected) == sorted(_said(tmp_path))
    expect(page.locator("#progress")).to_contain_text("4 read of 8 drawn")


def test_the_mapping_a_note_and_undo(serve: Callable[..., Open], tmp_path: Path) -> None:
    """M marks the mapping, N opens a note, in which digits are digits; U takes the whole back."""
    page = serve()("Ana")
    text = _text(page)
    page.keyboard.press("m")
    page.keyboard.press("n")
    page.keyboard.type("3 stars of 5")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator(".text")).not_to_have_text(text)
    assert [(text, "ana", "NEGATIVE", True, "3 stars of 5")] == _said(tmp_path)
    page.keyboard.press("u")
    expect(page.locator(".text")).to_have_text(text)
    assert [] == _said(tmp_path)


def test_a_double_click_labels_one_row(serve: Callable[..., Open], tmp_path: Path) -> None:
    """The second click does not fall on the next text."""
    page = serve()("Ana")
    text = _text(page)
    page.locator("#labels").get_by_role("button", name="POSITIVE").dblclick()
    expect(page.locator(".text")).not_to_have_text(text)
    expect(page.locator("#progress")).to_contain_text("1 read")
    assert [text] == [said[0] for said in _said(tmp_path)]


def test_markup_is_text(serve: Callable[..., Open], tmp_path: Path) -> None:
    """Of what a customer wrote, a model answered, or a reviewer noted, nothing runs and all is seen."""
    opened = serve(read_twice=1.0)
    ana, ben = opened("Ana"), opened("Ben <b>")
    for page, key in ((ana, "1"), (ben, "3")):
        while True:
            hostile = HOSTILE in _text(page)
            if hostile:
                page.keyboard.press("n")
                page.keyboard.type(HOSTILE)
                page.keyboard.press("Escape")
            before = page.locator("#progress").inner_text()
            page.keyboard.press(key if hostile else "2")
            expect(page.locator("#progress")).not_to_have_text(before)
            if hostile:
                break
    ana.get_by_role("button", name="Settle").click()
    expect(ana.locator(".sides").first).to_contain_text(HOSTILE)
    expect(ana.locator(".sides").first).to_contain_text("ben <b>")
    expect(ana.locator(".sides").last).to_contain_text(HOSTILE)
    ana.keyboard.press("1")
    expect(ana.locator("#nothing")).to_contain_text("nobody differs")
    assert 0 == ana.locator("main img").count()
    assert 3 == sum(said[0] == HOSTILE for said in _said(tmp_path))


def test_who_is_blind_sees_the_text_alone(serve: Callable[..., Open]) -> None:
    """No reason, no side, no probability."""
    page = serve(blind=True)("Ana")
    expect(page.locator(".text")).to_be_visible()
    assert 0 == page.locator(".tag, .sides, .why").count()


def test_two_at_once_read_different_texts(serve: Callable[..., Open]) -> None:
    """Where one reader is enough."""
    opened = serve()
    assert _text(opened("Ana")) != _text(opened("Ben"))


def test_what_has_come_of_it_is_shown(serve: Callable[..., Open]) -> None:
    """Once all is read: how often each side is right, and how well people agree; more can be drawn."""
    page = serve()("Ana")
    expect(page.locator(".text")).to_be_visible()
    for left in range(7, -1, -1):
        page.keyboard.press("3")
        expect(page.locator("#progress")).to_contain_text(f"{left} to read")
    expect(page.locator("#nothing")).to_contain_text("Nothing waits for you")
    page.get_by_role("button", name="Draw").click()
    expect(page.locator("#problem")).to_contain_text("Nothing has come since")
    page.get_by_role("button", name="Results").click()
    expect(page.locator("#results")).to_contain_text("decision")
    expect(page.locator("#results")).to_contain_text("No two people have read the same yet.")
    assert [] == pushed_aside(page)


def test_a_wrong_key_is_told(serve: Callable[..., Open]) -> None:
    """Nothing is shown, and the form stands there as it was."""
    page = serve()("Ana")
    page.reload()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("Bearer key").fill("wrong")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#problem")).to_contain_text("valid key")
    expect(page.get_by_label("Bearer key")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE["width"], 1280])
def test_nothing_is_pushed_aside(serve: Callable[..., Open], width: int) -> None:
    """Neither on a phone nor on a desk; all labels can be reached."""
    page = serve()("Ana")
    page.set_viewport_size({"width": width, "height": 844})
    assert [] == (pushed_aside(page) if width == PHONE["width"] else [])
    for button in page.locator("#labels button").all():
        expect(button).to_be_in_viewport()
