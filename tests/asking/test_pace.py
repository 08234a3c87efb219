"""Records through both backends, a chunk at a time."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polarity.asking.pace import Pace, Unanswered, ask, paces
from polarity.asking.questions import Question, Said
from polarity.classifier import Classifier
from polarity.comparison import Pair, kind
from polarity.contract import Contract
from polarity.errors import BackendUnavailable, RecordError, SettingsError
from polarity.records import Record
from polarity.report import compare_file
from polarity.settings import load_settings
from polarity.types import Completion, RawOutput
from tests.report.helpers import softmax


class Backend:
    """Says the same of every text, and remembers how many it was asked about at once."""

    def __init__(self, name: str, raw: RawOutput | None) -> None:
        self.name, self.raw = name, raw
        self.asked: list[int] = []

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Answer each text, or be unusable where there is nothing to say."""
        self.asked.append(len(texts))
        if self.raw is None:
            raise BackendUnavailable("connection refused")
        return [self.raw] * len(texts)

    async def aclose(self) -> None:
        """Hold nothing, so close nothing."""


def record(at: int, label: str | None = None) -> Record:
    """The record of line `at`."""
    return Record(text=f"text {at}", id=f"r{at}", line=at, label=label)


SURE = softmax(0.001, 0.001, 0.998)
TOGETHER = {"bert": Pace(32, 1), "llm": Pace(32, 1)}


async def compared(classifier: Classifier, records: Iterable[Record], **options: Any) -> list[Pair]:
    """Compare, each backend being given a chunk in one call."""
    return await compare_file(classifier, records, paces=TOGETHER, **options)


def test_every_record_becomes_a_pair_in_order(contract: Contract) -> None:
    """Pairs keep id, text, gold and both answers; BERT is left, and being sure spares no LLM call."""
    llm = Backend("llm", Completion(text="negative"))
    classifier = Classifier(contract, [Backend("bert", SURE), llm])
    pairs = asyncio.run(compared(classifier, [record(1, "POSITIVE"), record(2)]))

    assert [("r1", "text 1", "POSITIVE"), ("r2", "text 2", None)] == [(p.id, p.text, p.gold) for p in pairs]
    assert ["model", "model"] == [kind(p) for p in pairs]
    assert (SURE, llm.raw) == (pairs[0].left.raw, pairs[0].right.raw)
    assert [2] == llm.asked


def test_no_more_than_a_chunk_is_read_ahead(contract: Contract) -> None:
    """When a chunk is reported, no record of the next one has been read."""
    read: list[int] = []
    seen: list[tuple[int, int]] = []

    def records() -> Iterator[Record]:
        for at in range(1, 8):
            read.append(at)
            yield record(at)

    llm = Backend("llm", Completion(text="positive"))
    classifier = Classifier(contract, [Backend("bert", SURE), llm])
    pairs = asyncio.run(
        compared(classifier, records(), chunk=3, on_chunk=lambda found: seen.append((len(found), len(read))))
    )

    assert 7 == len(pairs)
    assert [3, 3, 1] == llm.asked
    assert [(3, 3), (3, 6), (1, 7)] == seen


def test_no_records_give_no_pairs(contract: Contract) -> None:
    """Nothing in, nothing out, nobody asked."""
    llm = Backend("llm", Completion(text="positive"))

    assert [] == asyncio.run(compared(Classifier(contract, [Backend("bert", SURE), llm]), []))
    assert [] == llm.asked


@pytest.mark.parametrize("unusable", ["bert", "llm"])
def test_an_unusable_backend_is_an_error(contract: Contract, unusable: str) -> None:
    """Where one side cannot answer anything, there is nothing to compare."""
    said: dict[str, RawOutput | None] = {"bert": SURE, "llm": Completion(text="positive")}
    said[unusable] = None
    classifier = Classifier(contract, [Backend(name, raw) for name, raw in said.items()])

    with pytest.raises(BackendUnavailable, match="connection refused"):
        asyncio.run(compared(classifier, [record(1)]))


def test_one_backend_cannot_be_compared(contract: Contract) -> None:
    """A classifier with one backend is refused before anything is read."""
    with pytest.raises(SettingsError, match="needs two backends, found bert"):
        asyncio.run(compared(Classifier(contract, [Backend("bert", SURE)]), [record(1)]))


def test_a_foreign_gold_label_stops(contract: Contract) -> None:
    """A label that the contract does not know would make both sides look wrong, so it is an error."""
    classifier = Classifier(contract, [Backend("bert", SURE), Backend("llm", Completion(text="positive"))])

    with pytest.raises(RecordError, match=r"a\.csv:7: gold label '5 stars' is not one of NEGATIVE"):
        asyncio.run(compared(classifier, [replace(record(7, "5 stars"), path=Path("a.csv"))]))
    with pytest.raises(RecordError, match="line 7: gold label '5 stars' is not one of NEGATIVE"):
        asyncio.run(compared(classifier, [record(7, "5 stars")]))


class Kept:
    """Takes what was said, and remembers it by row and the calls it came from."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.said: dict[tuple[int, Question], RawOutput] = {}

    def __call__(self, answers: Sequence[tuple[int, Said]]) -> None:
        """Take the answers of one call."""
        self.calls.append([row for row, _ in answers])
        self.said |= {(row, question): raw for row, own in answers for question, raw in own.items()}


FIRST, AGAIN = Question("llm"), Question("llm", 1)


def test_each_text_is_asked_what_is_wanted_of_it(contract: Contract) -> None:
    """A backend hears only of the texts that it is wanted for, and again for each further attempt."""
    bert, llm, kept = Backend("bert", SURE), Backend("llm", Completion(text="positive")), Kept()
    wanted = [[Question("bert"), FIRST], [FIRST, AGAIN], [AGAIN]]
    rows = [Unanswered(at, record(at), own) for at, own in enumerate(wanted, start=1)]
    asyncio.run(ask(Classifier(contract, [bert, llm]), rows, TOGETHER, kept))

    assert {(at, question) for at, own in enumerate(wanted, start=1) for question in own} == set(kept.said)
    assert ([1], [2, 2]) == (bert.asked, llm.asked)
    assert (SURE, llm.raw) == (kept.said[1, Question("bert")], kept.said[3, AGAIN])


def test_what_came_is_kept_after_each_call(contract: Contract) -> None:
    """BERT's batch of three is one call; the LLM answers text by text, and each is kept by itself."""
    kept = Kept()
    rows = [Unanswered(at, record(at), [Question("bert"), FIRST]) for at in (1, 2, 3)]
    backends = [Backend("bert", SURE), Backend("llm", Completion(text="positive"))]
    pace = {"bert": Pace(32, 1), "llm": Pace(1, 2)}
    asyncio.run(ask(Classifier(contract, backends), rows, pace, kept))

    assert [[1], [1, 2, 3], [2], [3]] == sorted(kept.calls)


def test_no_more_calls_than_are_answered_at_once(contract: Contract) -> None:
    """As many as the pace says are under way, and as many there are: no place stays empty."""
    under_way, most = 0, 0

    class Slow(Backend):
        async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return await super().predict(texts)

    slow = Slow("llm", Completion(text="positive"))
    rows = [Unanswered(at, record(at), [FIRST]) for at in range(9)]
    asyncio.run(ask(Classifier(contract, [slow]), rows, {"llm": Pace(1, 3)}, Kept()))

    assert (3, [1] * 9) == (most, slow.asked)


def test_a_backend_that_breaks_off_loses_nothing(contract: Contract) -> None:
    """What came before is kept; the error comes through as it is, and no call is left under way."""

    class Failing(Backend):
        async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
            if len(self.asked) == 2:
                raise BackendUnavailable("gone")
            return await super().predict(texts)

    kept = Kept()
    rows = [Unanswered(at, record(at), [FIRST]) for at in range(9)]
    classifier = Classifier(contract, [Failing("llm", Completion(text="positive"))])
    with pytest.raises(BackendUnavailable, match=r"^gone$"):
        asyncio.run(ask(classifier, rows, {"llm": Pace(1, 1)}, kept))
    assert [[0], [1]] == kept.calls


def test_the_embedded_server_is_asked_one_text_at_a_time() -> None:
    """It answers one by one; a remote one as many as it is set to; each call has its own deadline."""
    remote = {"server": "remote", "base_url": "http://127.0.0.1:9/v1", "concurrency": 7}
    assert {"bert": Pace(32, 1), "llm": Pace(1, 1)} == paces(load_settings())
    assert Pace(1, 7) == paces(load_settings({"llm": remote}))["llm"]
