"""The service's documentation in a real browser, whose requests a service in this process answers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browsing import pushed_aside

from .helpers import bert, service

ADDRESS = "http://polarity.test"


@pytest.fixture
def docs(browser: Browser) -> Iterator[Page]:
    """The page, open; nothing but the service may be asked, and nothing may go wrong."""
    wrong: list[str] = []
    with service(bert(), api_keys=["k"]) as client:

        def answer(route: Route) -> None:
            asked = route.request
            path = asked.url.removeprefix(ADDRESS)
            given = client.request(asked.method, path, headers=asked.headers, content=asked.post_data)
            route.fulfill(status=given.status_code, headers=dict(given.headers), body=given.content)

        page = browser.new_page()
        page.route("**/*", answer)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{ADDRESS}/docs")
        yield page
        page.close()
    assert [] == wrong


def test_a_request_can_be_tried(docs: Page) -> None:
    """The body that stands there works once the key is given; without it the service says what is missing."""
    form = docs.locator("form[data-path=polarity]")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("pre")).to_contain_text("unauthorized")
    docs.get_by_label("Bearer key").fill("k")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("pre")).to_contain_text('"decided_by": "bert"')


def test_an_example_takes_the_place_of_the_body(docs: Page) -> None:
    """And is sent as it is; what answers is shown."""
    docs.get_by_label("Bearer key").fill("k")
    form = docs.locator("form[data-path=polarity]")
    form.get_by_role("button", name="a batch, explained").click()
    assert '"explain": true' in form.get_by_label("Try it").input_value()
    form.get_by_role("button", name="Send").click()
    expect(form.locator("pre")).to_contain_text('"index": 1')


def test_on_a_phone_nothing_is_pushed_aside(docs: Page) -> None:
    """But wide tables of the models, each in its frame."""
    assert [] == [part for part in pushed_aside(docs) if "scroll" not in part]
