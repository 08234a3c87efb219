"""`/watch`: nobody sees it without a key, and it says what the store holds, escaped, also on a phone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, Route, expect

from polarity.service import storing
from polarity.settings import Settings
from polarity.store import open_store
from tests.browsing import pushed_aside
from tests.watch.stores import REVIEWS, START, entries, fill, shadowed, switched

from .helpers import bert, service

ADDRESS = "http://polarity.test"
HOLDER = {"authorization": "Bearer k"}
NAME = "<img src=x onerror=alert(1)>"


def _settings(url: str, *, enabled: bool = True, keys: tuple[str, ...] = ("k",)) -> Settings:
    given = {"store": {"enabled": enabled, "url": url}, "service": {"api_keys": keys}}
    return Settings.model_validate(given)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store whose domain switches, with a candidate and an event whose names are markup."""
    found = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite3'}"
    with open_store(found) as store:
        switched(store, each=1200)
        behind = entries(REVIEWS, 200, START, START + timedelta(days=5))
        fill(store, shadowed(behind, NAME, flipped=0.1))
        store.note_event("promoted", {"candidate": NAME})
    return found


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    """A service over that store."""
    with service(bert(), settings=_settings(url)) as client:
        yield client


@pytest.mark.slow
def test_with_a_key_it_says_what_drifted(client: TestClient) -> None:
    """The page of the store, whole, with every name escaped and nothing to run."""
    found = client.get("/watch?since=2026-11-09", headers=HOLDER)
    assert (200, "no-store") == (found.status_code, found.headers["cache-control"])
    assert "drifted, likely since 2026-11-08 20:00" in found.text
    assert "&lt;img src=x" in found.text
    assert NAME not in found.text
    assert "<script" not in found.text


def test_without_a_key_there_is_only_the_form(client: TestClient) -> None:
    """It asks for the key, and holds nothing of the store."""
    found = client.get("/watch")
    assert 200 == found.status_code
    assert "Bearer key" in found.text
    assert "primary" not in found.text


@pytest.mark.parametrize("key", ["Bearer x", "Basic k", "Bearer"])
def test_a_wrong_key_is_refused(client: TestClient, key: str) -> None:
    """As everywhere."""
    found = client.get("/watch", headers={"authorization": key})
    assert (401, "unauthorized") == (found.status_code, found.json()["code"])


def test_a_time_that_is_none_is_refused(client: TestClient) -> None:
    """The problem says what there is; what was sent is not repeated."""
    found = client.get("/watch?since=<b>", headers=HOLDER)
    assert (422, "validation") == (found.status_code, found.json()["code"])
    assert "<b>" not in found.text


@pytest.mark.parametrize(
    ("enabled", "keys", "sentence"),
    [(True, (), "this address is for holders of a key"), (False, ("k",), "nothing is kept to look at")],
)
def test_without_key_or_store_there_is_no_page(
    url: str, *, enabled: bool, keys: tuple[str, ...], sentence: str
) -> None:
    """No key configured, no page for anybody; no store, nothing to show."""
    with service(bert(), settings=_settings(url, enabled=enabled, keys=keys)) as client:
        found = client.get("/watch", headers=HOLDER)
    assert (404, "not_found") == (found.status_code, found.json()["code"])
    assert sentence in found.json()["detail"]


def test_a_store_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is nobody's business."""
    monkeypatch.setattr(storing, "CLOSING_S", 0.1)  # nothing comes of waiting for it
    with service(bert(), settings=_settings(f"sqlite:///{tmp_path / 'no' / 'folder' / 'store'}")) as client:
        found = client.get("/watch", headers=HOLDER)
    assert (503, "unavailable") == (found.status_code, found.json()["code"])
    assert str(tmp_path) not in found.text


@pytest.fixture
def page(browser: Browser, client: TestClient) -> Iterator[Page]:
    """The page, open; nothing but the service may be asked, and nothing may go wrong."""
    wrong: list[str] = []

    def answer(route: Route) -> None:
        asked = route.request
        if not asked.url.startswith(f"{ADDRESS}/watch"):
            wrong.append(f"fetched {asked.url}")
        given = client.request(asked.method, asked.url.removeprefix(ADDRESS), headers=asked.headers)
        route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.content)

    shown = browser.new_page()
    shown.route("**/*", answer)
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.on("dialog", lambda dialog: wrong.append(dialog.message))
    shown.on("console", lambda said: wrong.extend([said.text] if "violates" in said.text else []))
    shown.goto(f"{ADDRESS}/watch")
    yield shown
    shown.close()
    assert [] == wrong


@pytest.mark.slow
def test_in_a_browser_the_key_opens_it(page: Page) -> None:
    """A wrong key is told; the right one shows what drifted, with pictures, and names as they are."""
    page.get_by_label("Bearer key").fill("wrong")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("status")).to_contain_text("valid key")
    page.get_by_label("Bearer key").fill("k")
    page.get_by_label("What changed since").fill("2026-11-09")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("drifted, likely since 2026-11-08 20:00")
    assert page.locator("figure svg polyline").count() > 3
    expect(page.get_by_role("heading", name="What changed since 2026-11-09 00:00")).to_be_visible()
    assert 0 == page.locator("img").count()
    assert [] == pushed_aside(page)
