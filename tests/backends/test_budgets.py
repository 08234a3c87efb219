"""Requests a minute, tokens a minute, money."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.budgets import MINUTE_S, Bucket, Budgets, estimated
from polarity.errors import BudgetSpent
from polarity.settings import LlmSettings
from polarity.types import Usage

from .helpers import Clock


def llm(**settings: Any) -> LlmSettings:
    """Settings of a remote server."""
    return LlmSettings.model_validate({"server": "remote", "base_url": "http://127.0.0.1:9", **settings})


def priced(most: float) -> LlmSettings:
    """A million tokens for one piece of money, so much of which may be spent."""
    return llm(max_spend=most, prompt_price=1.0, completion_price=1.0)


@given(st.integers(1, 600), st.lists(st.floats(0, 5), max_size=200))
def test_no_minute_holds_more_than_its_budget(per_minute: int, waits: list[float]) -> None:
    """However requests come, those that are sent as soon as they may be never exceed it in any minute."""
    clock = Clock()
    bucket = Bucket(per_minute, clock=clock)
    sent = []
    for wait in waits:
        clock.now += wait + bucket.wait_s(1)
        bucket.take(1)
        sent.append(clock.now)
    for at, begun in enumerate(sent):
        within = sum(one < begun + MINUTE_S - 1e-6 for one in sent[at:])
        assert within <= per_minute


@given(st.integers(1, 600))
def test_the_budget_is_used(per_minute: int) -> None:
    """Whoever always wants more sends all that a minute allows, minute by minute."""
    clock = Clock()
    bucket = Bucket(per_minute, clock=clock)
    sent = 0
    while clock.now < 10 * MINUTE_S:
        clock.now += bucket.wait_s(1)
        bucket.take(1)
        sent += 1
    assert 9 * per_minute <= sent


def test_an_amount_above_what_a_minute_allows_waits_for_a_full_bucket() -> None:
    """It is sent, since else it never would be; the next one waits for what it took too much."""
    clock = Clock()
    bucket = Bucket(600, clock=clock)
    assert 0 == bucket.wait_s(1000)
    bucket.take(1000)
    assert 90 < bucket.wait_s(1)
    clock.now = bucket.wait_s(1)
    assert 0 == bucket.wait_s(1)


def test_what_was_estimated_too_much_is_given_back() -> None:
    """Tokens that an answer did not need are there for the next one."""
    budgets = Budgets(llm(tokens_per_minute=1000), clock=Clock())
    estimate = Usage(90, 10)
    budgets.take(estimate)
    assert 0 < budgets.wait_s(estimate)
    budgets.settle(estimate, Usage(0, 0))
    assert 0 == budgets.wait_s(estimate)


def test_further_requests_for_a_text_count() -> None:
    """What finds out how a server is asked leaves less room for what comes after."""
    clock = Clock()
    budgets = Budgets(llm(requests_per_minute=60, tokens_per_minute=60_000), clock=clock)
    for _ in range(6):
        assert 0 == budgets.wait_s(Usage(10))
        budgets.also(Usage(90, 10))
    assert budgets.wait_s(Usage(1)) > 0
    assert Usage(540, 60) == budgets.used


def test_money_is_not_spent_twice() -> None:
    """While two requests are under way a third waits; it may be sent when they cost less than thought."""
    budgets, request = Budgets(priced(100e-6), clock=Clock()), Usage(30, 10)
    for _ in range(2):
        assert 0 == budgets.wait_s(request)
        budgets.take(request)
    budgets.check(request)
    assert 0 < budgets.wait_s(request)
    budgets.settle(request, Usage(20, 0))
    assert 0 == budgets.wait_s(request)
    budgets.settle(request, Usage(40, 10))
    with pytest.raises(BudgetSpent):
        budgets.check(request)
    assert Usage(60, 10) == budgets.used


@given(st.floats(1e-6, 1e-3), st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=30))
def test_no_more_is_spent_than_was_set(most: float, requests: list[tuple[int, int]]) -> None:
    """As long as answers cost at most their estimates."""
    budgets = Budgets(priced(most), clock=Clock())
    for first, second in requests:
        estimate, actual = Usage(max(first, second)), Usage(first)
        try:
            budgets.check(estimate)
        except BudgetSpent:
            continue
        budgets.take(estimate)
        budgets.settle(estimate, actual)
    assert budgets.used.prompt_tokens / 1e6 <= most


def test_what_the_run_used_before_counts() -> None:
    """A run that is taken up goes on with what is left, and says what is spent."""
    with pytest.raises(BudgetSpent) as caught:
        Budgets(priced(0.5), used=Usage(400_000, 99_999)).check(Usage(2))
    spent = "llm.max_spend: 0.50 of 0.50 are spent, and the next answer may cost 0.0000020"
    assert f"{spent}: set a larger one to go on" == str(caught.value)


def test_without_budgets_nothing_waits() -> None:
    """That is the default."""
    budgets = Budgets(llm())
    budgets.check(Usage(10**12))
    budgets.take(Usage(10**12))
    assert 0 == budgets.wait_s(Usage(10**12))


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("good", 2), ("良い", 2), ("\U0001f600", 2)])
def test_tokens_are_estimated_from_bytes(text: str, tokens: int) -> None:
    """Three bytes are one; the answer takes all that it may."""
    assert Usage(tokens, 9) == estimated(len(text.encode()), 9)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"max_spend": 5.0}, "max_spend needs prompt_price and completion_price"),
        ({"max_spend": 5.0, "prompt_price": 1.0}, "max_spend needs prompt_price and completion_price"),
        ({"max_spend": 0, "prompt_price": 1.0, "completion_price": 1.0}, "greater than 0"),
        ({"requests_per_minute": 0}, "greater than or equal to 1"),
        ({"tokens_per_minute": 0}, "greater than or equal to 1"),
        (
            {"server": "embedded", "base_url": None, "requests_per_minute": 9},
            "requests_per_minute is set but server = 'embedded': only a remote server has budgets",
        ),
    ],
)
def test_budgets_that_cannot_be_kept(settings: dict[str, Any], problem: str) -> None:
    """No price, nothing to spend, nobody who is paid: said before anything is asked."""
    with pytest.raises(ValueError, match=problem):
        llm(**settings)
