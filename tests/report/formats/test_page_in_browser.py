"""The page in a real browser: headless Chromium, without a network."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from polarity.contract import Contract
from polarity.types import Completion
from tests.browsing import opened, pushed_aside

from ..helpers import pair_of, report_of, softmax, write_report

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> =1+1"


@pytest.fixture(scope="module")
def many(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with 130 disagreements: 100 opposite labels, 20 shifts and 10 that were not mapped."""
    pairs = []
    for at in range(130):
        said = "negative" if at < 100 else "neutral" if at < 120 else "posi\u200btive"
        text = HOSTILE if at == 0 else f"Message number {at} about parcels"
        bert = softmax(0.02, 0.03, 0.95 - at / 1000) if at else softmax(0.0, 0.0, 1.0)
        bert = (
            replace(bert, probabilities={**bert.probabilities, "neutral": 0.03 + at / 1000}) if at else bert
        )
        gold = "POSITIVE" if at % 2 else None
        pairs.append(pair_of(contract, f"m{at}", text, bert, Completion(text=said), gold))
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, report_of(contract, pairs))
    return path


@pytest.fixture
def page(browser: Browser, many: Path) -> Iterator[Page]:
    """The report, open, in which nothing may go wrong."""
    with opened(browser, many) as shown:
        yield shown


def count(page: Page) -> str:
    """What the filter says it found."""
    return page.locator("#count").inner_text()


def test_the_first_fifty_are_shown(page: Page) -> None:
    """Of 130, fifty stand in the page; a button brings the others, fifty at a time, and goes."""
    assert "130 of 130 found, 50 shown" == count(page)
    page.get_by_role("button", name="Show more").click()
    assert "130 of 130 found, 100 shown" == count(page)
    page.get_by_role("button", name="Show more").click()
    assert 130 == page.locator("#cards .card").count()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_filters(page: Page) -> None:
    """Filters narrow together, whatever was shown before; reset brings everything back."""
    page.locator("[name=severity]").select_option("shift")
    assert "20 of 130 found, 20 shown" == count(page)
    page.locator("[name=gold]").select_option("unknown")
    assert "10 of 130 found, 10 shown" == count(page)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#count")).to_have_text("130 of 130 found, 50 shown")
    page.locator("[name=right]").select_option("UNMAPPED")
    assert "10 of 130 found, 10 shown" == count(page)


def test_search(page: Page) -> None:
    """Every word must stand somewhere in the card, in any case; what is not yet shown is found, too."""
    page.get_by_label("Search").fill("PARCELS number 118")
    assert "1 of 130 found, 1 shown" == count(page)
    assert "Message number 118 about parcels" == page.locator("#cards blockquote").text_content()
    page.get_by_label("Search").fill("no such words")
    assert "0 of 130 found, 0 shown" == count(page)


def test_the_legend_filters(page: Page) -> None:
    """A click on a kind above shows that kind."""
    page.locator("a[data-facet=kind][data-value=mapping]").click()
    expect(page.locator("#count")).to_have_text("10 of 130 found, 10 shown")


def test_slices_filter(page: Page) -> None:
    """Cards are found by the slices they are in, whatever else they are in."""
    page.locator("[name=slice]").select_option("confidence of bert: 0.8 to 0.9")
    shown = page.locator("#cards .card h3").all_text_contents()
    assert [f"m{at}" for at in range(50, 100)] == [title.split()[1] for title in shown]
    assert "80 of 130 found, 50 shown" == count(page)


def test_kinds_are_told_in_words(page: Page) -> None:
    """What colour says of a card, a word says too."""
    tags = page.locator("#cards .card .tag")
    assert ["opposite labels"] * 50 == tags.all_text_contents()
    page.locator("[name=severity]").select_option("mapping")
    assert ["mapping disagreement"] * 10 == tags.all_text_contents()


def test_the_legend_of_one_kind(browser: Browser, contract: Contract, tmp_path: Path) -> None:
    """Where all disagreements are of one kind there is no filter of kinds, and the legend still works."""
    pair = pair_of(contract, "1", "Fine.", softmax(0.1, 0.1, 0.8), Completion(text="negative"))
    write_report(tmp_path / "out.html", report_of(contract, [pair]))
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((tmp_path / "out.html").as_uri())
    page.locator("a[data-facet=kind][data-value=model]").click()
    expect(page.locator("#count")).to_have_text("1 of 1 found, 1 shown")
    assert [] == wrong
    page.close()


def test_texts_stay_texts(page: Page) -> None:
    """Markup in a message is shown as it was written, before and after the cards were moved by a search."""
    page.get_by_label("Search").fill("onerror")
    assert HOSTILE == page.locator("#cards blockquote").text_content()
    assert 0 == page.locator("#cards script, #cards img").count()


def test_a_foreign_script_is_not_run(browser: Browser, many: Path) -> None:
    """Even if markup got into the page, its policy keeps it from running, and from calling anywhere."""
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(many.as_uri())
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'owned'";
        const picture = document.createElement("img");
        picture.src = "http://127.0.0.1:9/spy.png";
        document.body.append(script, picture);
    }""")
    page.wait_for_timeout(100)
    assert page.title().startswith("Do BERT and the LLM agree?")
    assert 2 == sum("Content Security Policy" in message for message in refused)
    page.close()


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_it_fits_the_screen(page: Page, width: int) -> None:
    """No more than a table has to be pushed aside, from a phone to a desk."""
    page.set_viewport_size({"width": width, "height": 700})
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert 1 <= page.locator(".interval").count()
    assert width >= page.evaluate("document.documentElement.scrollWidth")


def test_on_a_phone_nothing_is_pushed_aside(page: Page) -> None:
    """Not the matrix either, nor slices, nor answers that were not mapped."""
    assert [] == pushed_aside(page)


def test_reasons_and_answers_filter(page: Page) -> None:
    """A reason shows the cards with it; the number beside an answer shows those with that answer."""
    page.locator("[name=reason]").select_option("invisible")
    assert "10 of 130 found, 10 shown" == count(page)
    page.get_by_label("Search").fill("no such words")
    page.locator("td a[data-search]").first.click()
    expect(page.locator("#count")).to_have_text("10 of 130 found, 10 shown")
    assert "posi⟨U+200B⟩tive" == page.get_by_label("Search").input_value()
    page.locator("a[data-value=invisible]:not([data-search])").first.click()
    expect(page.get_by_label("Search")).to_have_value("")


def test_without_scripts(browser: Browser, many: Path) -> None:
    """The first fifty can be read, there is no filter that does nothing, and the rest is accounted for."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(many.as_uri())
    assert 50 == page.locator("#cards .card").count()
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.get_by_text("The first 50 are shown")).to_be_visible()
    context.close()


def test_dark_and_print(page: Page) -> None:
    """Dark where the reader's system is; on paper light, without the filter, on A4."""
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    assert "rgb(255, 255, 255)" == page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    assert "rgb(20, 23, 28)" == page.evaluate(colour)
    page.emulate_media(media="print")
    assert "rgb(255, 255, 255)" == page.evaluate(colour)
    expect(page.locator("#filter")).to_be_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert {(595, 842)} == {(round(float(width)), round(float(height))) for width, height in boxes}
