"""How much is let in."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from polarity.backends.admission import PLANNED, UNMEASURED, Admission, Limits, most_tokens
from polarity.errors import Overloaded, TooManyTokens
from polarity.settings import BertSettings


def test_without_limits_everything_is_let_in() -> None:
    """Files have no limits."""
    admission = Admission(Limits())
    for _ in range(3):
        admission.admit(10**9)
    admission.check(10**9)
    assert 3 * 10**9 == admission.waiting


def test_what_is_over_the_queue_comes_back_when_there_is_room() -> None:
    """The wait is how long the tokens that are too many take, by the speed of late."""
    admission = Admission(Limits(queue_tokens=1000))
    admission.admit(900)
    admission.worked(tokens=100, seconds=1.0)
    with pytest.raises(Overloaded, match="900 tokens are waiting: there is no room for 300") as refused:
        admission.admit(300)
    assert 5.0 == refused.value.retry_after_s
    admission.change(-500)
    admission.admit(300)
    assert 700 == admission.waiting


def test_a_queue_by_its_deadline_is_as_long_as_the_speed_allows() -> None:
    """Tenfold speed, tenfold tokens; before any is known as many as `UNMEASURED`."""
    admission = Admission(Limits(deadline_s=10.0))
    admission.admit(1)
    with pytest.raises(Overloaded):
        admission.admit(UNMEASURED, before=lambda: 1)
    for speed in (1000, 10_000):
        admission = Admission(Limits(deadline_s=10.0))
        admission.worked(tokens=speed, seconds=1.0)
        room = int(PLANNED * 10.0 * speed)
        admission.admit(room)
        admission.admit(1, before=partial(int, room - 1))
        with pytest.raises(Overloaded):
            admission.admit(1, before=partial(int, room))


def test_before_anything_is_measured_the_wait_is_a_second() -> None:
    """No speed is made up."""
    admission = Admission(Limits(queue_tokens=10))
    admission.admit(10)
    with pytest.raises(Overloaded) as refused:
        admission.admit(1)
    assert 1.0 == refused.value.retry_after_s


def test_long_lists_leave_room_for_short_texts() -> None:
    """However many callers send the largest lists there may be: a text is let in beside them."""
    admission = Admission(Limits(queue_tokens=1000, call_tokens=500))
    admission.admit(500)
    with pytest.raises(Overloaded):
        admission.admit(500)
    for _ in range(50):
        admission.admit(9)
    assert 950 == admission.waiting


def test_who_would_be_late_is_told_at_once() -> None:
    """By what goes before: a short text passes a list that takes longer than a deadline."""
    admission = Admission(Limits(deadline_s=2.0 / PLANNED))
    admission.admit(5000)
    admission.worked(tokens=100, seconds=0.2)
    with pytest.raises(Overloaded, match="5000 tokens are waiting: there is no room for 400") as refused:
        admission.admit(400, before=lambda: 1600)
    assert 2.0 == refused.value.retry_after_s
    admission.admit(400, before=lambda: 600)


def test_estimates_follow_what_was_read() -> None:
    """The first that is read is believed; four letters a token, as in most texts, are soon expected.

    Before that, and at most, a token has a letter.
    """
    admission = Admission(Limits())
    assert 400 == admission.estimate(400)
    admission.learn(0, 0)
    assert 400 == admission.estimate(400)
    admission.learn(400, 200)
    assert 200 == admission.estimate(400)
    for _ in range(40):
        admission.learn(400, 100)
    assert pytest.approx(100, abs=1) == admission.estimate(400)
    for _ in range(40):
        admission.learn(400, 4000)
    assert 400 == admission.estimate(400)


def test_one_call_is_let_in_whenever_nothing_waits() -> None:
    """However large its estimate: nobody else is kept waiting, and `check` counts what it really has."""
    admission = Admission(Limits(queue_tokens=10, call_tokens=10))
    admission.admit(50)
    admission.check(10)
    with pytest.raises(TooManyTokens, match="at least 11 tokens; at most 10"):
        admission.check(11)


def test_speed_follows_what_is_measured() -> None:
    """Slowly, so that one odd batch changes little; what took no time tells nothing by itself."""
    admission = Admission(Limits())
    admission.worked(tokens=0, seconds=0.0)
    assert admission.tokens_per_s is None
    for _ in range(40):
        admission.worked(tokens=100, seconds=1.0)
    admission.worked(tokens=100, seconds=0.1)
    assert pytest.approx(280.0) == admission.tokens_per_s


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """The shipped checkpoint's."""
    return AutoTokenizer.from_pretrained(BertSettings().source)


@given(st.text(max_size=60))
def test_a_text_has_hardly_more_tokens_than_bytes(tokenizer: Any, text: str) -> None:
    """The estimate is cheap and from above."""
    assert len(tokenizer(text)["input_ids"]) <= most_tokens(text, frame=2)
