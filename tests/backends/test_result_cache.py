"""Answers in memory by the exact text: what is kept, what is asked all the same, and what goes."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.backends.afresh import asked_afresh, asked_again
from polarity.backends.bert import BertBackend
from polarity.backends.result_cache import FROM_CACHE, CacheNumbers, ResultCache
from polarity.contract import Contract
from polarity.settings import BertSettings
from polarity.types import Failure, RawOutput, Scores

LONG = "the " * 100


def _scores(share: float) -> Scores:
    return Scores(probabilities={"good": share}, source="softmax")


@pytest.fixture
def bert(tiny_checkpoint: Path, contract: Contract) -> Iterator[BertBackend]:
    """The tiny BERT, with room for three answers; a long text is a failure."""
    settings = BertSettings(checkpoint=str(tiny_checkpoint), result_cache=3, overflow="error")
    backend = BertBackend.load(settings, contract)
    yield backend
    anyio.run(backend.aclose)


def _numbers(bert: BertBackend) -> CacheNumbers:
    assert bert.results
    return bert.results.numbers


def _probabilities(raw: RawOutput) -> dict[str, float]:
    assert isinstance(raw, Scores), raw
    return dict(raw.probabilities)


@pytest.mark.anyio
async def test_the_very_same_text_is_answered_from_memory(bert: BertBackend) -> None:
    """With the same scores, for no tokens; whatever differs in one sign is scored."""
    (first,) = await bert.predict(["Good"])
    again, other = await bert.predict(["Good", "Good "])
    assert isinstance(again, Scores)
    assert isinstance(other, Scores)
    assert _probabilities(first) == _probabilities(again)
    assert (FROM_CACHE, 0) == (again.usage, other.usage.cached)
    assert (2, CacheNumbers(hits=1, misses=2, entries=2)) == (bert.numbers.rows, _numbers(bert))


@pytest.mark.anyio
async def test_answers_are_in_their_places(bert: BertBackend) -> None:
    """What is kept, what is new, and the same text twice in one call, which is scored once."""
    (good,) = await bert.predict(["good"])
    raws = await bert.predict(["app", "good", "app", "love"])
    alone = [(await bert.predict([text]))[0] for text in ("app", "good", "app", "love")]
    assert [*map(_probabilities, alone)] == [*map(_probabilities, raws)]
    assert _probabilities(good) == _probabilities(raws[1])
    assert 3 == bert.numbers.rows


@pytest.mark.anyio
async def test_who_wants_a_real_answer_gets_one(bert: BertBackend) -> None:
    """The probe of /readyz, and each repeat of a run."""
    await bert.predict(["good"])
    with asked_afresh():
        await bert.predict(["good"])
    with asked_again(1):
        await bert.predict(["good"])
    assert 3 == bert.numbers.rows


@pytest.mark.anyio
async def test_failures_are_not_kept(bert: BertBackend) -> None:
    """A text that cannot be answered is asked about again."""
    for _ in range(2):
        (raw,) = await bert.predict([LONG])
        assert isinstance(raw, Failure)
    assert CacheNumbers(hits=0, misses=2, entries=0) == _numbers(bert)


@pytest.mark.anyio
async def test_what_is_kept_is_answered_while_the_process_is_away(
    bert: BertBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody need score it."""
    await bert.predict(["good"])
    monkeypatch.setattr(bert._classifier, "is_up", False)
    (raw,) = await bert.predict(["good"])
    assert isinstance(raw, Scores)


@pytest.mark.anyio
async def test_it_is_off_unless_asked_for(tiny_checkpoint: Path, contract: Contract) -> None:
    """Every text is scored then, also one that comes twice in a call."""
    backend = BertBackend.load(BertSettings(checkpoint=str(tiny_checkpoint)), contract)
    await backend.predict(["good", "good"])
    await backend.aclose()
    assert backend.results is None
    assert 2 == backend.numbers.rows


@given(st.lists(st.sampled_from("abcdef")), st.integers(1, 4))
def test_the_texts_that_were_used_last_are_kept(texts: list[str], most: int) -> None:
    """As many as there is room for, whatever the order; each has its own answer."""
    cache, recent = ResultCache(most, "owner"), list[str]()
    for text in texts:
        found = cache.found([text])
        assert (text in recent) == (text in found)
        if not found:
            cache.put(text, _scores(ord(text) / 1000))
        recent = [*(one for one in recent if one != text), text][-most:]
        assert ord(text) / 1000 == cache.found([text])[text].probabilities["good"]
    assert len(recent) == cache.numbers.entries


def test_another_owner_has_other_keys() -> None:
    """Another checkpoint or contract never takes an answer of this one."""
    one, other = ResultCache(1, "one"), ResultCache(1, "other")
    assert one._key("good") != other._key("good")
