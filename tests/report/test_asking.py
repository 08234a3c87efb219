"""Records through both backends, a chunk at a time."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from polarity.classifier import Classifier
from polarity.comparison import kind
from polarity.contract import Contract
from polarity.errors import BackendUnavailable, RecordError, SettingsError
from polarity.records import Record
from polarity.report import Question, ask, compare_file
from polarity.types import Completion, RawOutput

from .helpers import softmax


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


def test_every_record_becomes_a_pair_in_order(contract: Contract) -> None:
    """Pairs keep id, text, gold and both answers; BERT is left, and being sure spares no LLM call."""
    llm = Backend("llm", Completion(text="negative"))
    classifier = Classifier(contract, [Backend("bert", SURE), llm])
    pairs = asyncio.run(compare_file(classifier, [record(1, "POSITIVE"), record(2)]))

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
        compare_file(
            classifier, records(), chunk=3, on_chunk=lambda found: seen.append((len(found), len(read)))
        )
    )

    assert 7 == len(pairs)
    assert [3, 3, 1] == llm.asked
    assert [(3, 3), (3, 6), (1, 7)] == seen


def test_no_records_give_no_pairs(contract: Contract) -> None:
    """Nothing in, nothing out, nobody asked."""
    llm = Backend("llm", Completion(text="positive"))

    assert [] == asyncio.run(compare_file(Classifier(contract, [Backend("bert", SURE), llm]), []))
    assert [] == llm.asked


def test_an_unusable_backend_makes_failures(contract: Contract) -> None:
    """If one backend is down, every pair is kept as a failure."""
    classifier = Classifier(contract, [Backend("bert", SURE), Backend("llm", None)])
    pairs = asyncio.run(compare_file(classifier, [record(1), record(2)]))

    assert ["failure", "failure"] == [kind(p) for p in pairs]


def test_two_unusable_backends_are_an_error(contract: Contract) -> None:
    """If neither backend can be used, there is nothing to report."""
    classifier = Classifier(contract, [Backend("bert", None), Backend("llm", None)])

    with pytest.raises(BackendUnavailable, match="no backend is usable"):
        asyncio.run(compare_file(classifier, [record(1)]))


def test_one_backend_cannot_be_compared(contract: Contract) -> None:
    """A classifier with one backend is refused before anything is read."""
    with pytest.raises(SettingsError, match="needs two backends, found bert"):
        asyncio.run(compare_file(Classifier(contract, [Backend("bert", SURE)]), [record(1)]))


def test_a_foreign_gold_label_stops(contract: Contract) -> None:
    """A label that the contract does not know would make both sides look wrong, so it is an error."""
    classifier = Classifier(contract, [Backend("bert", SURE), Backend("llm", Completion(text="positive"))])

    with pytest.raises(RecordError, match=r"a\.csv:7: gold label '5 stars' is not one of NEGATIVE"):
        asyncio.run(compare_file(classifier, [replace(record(7, "5 stars"), path=Path("a.csv"))]))
    with pytest.raises(RecordError, match="line 7: gold label '5 stars' is not one of NEGATIVE"):
        asyncio.run(compare_file(classifier, [record(7, "5 stars")]))


def test_each_text_is_asked_what_is_wanted_of_it(contract: Contract) -> None:
    """A backend hears only of the texts that it is wanted for, and again for each further attempt."""
    bert, llm = Backend("bert", SURE), Backend("llm", Completion(text="positive"))
    first, again = Question("llm"), Question("llm", 1)
    wanted = [[Question("bert"), first], [first, again], [again]]
    said = asyncio.run(ask(Classifier(contract, [bert, llm]), ["a", "b", "c"], wanted))

    assert [set(own) for own in wanted] == [set(own) for own in said]
    assert ([1], [2, 2]) == (bert.asked, llm.asked)
    assert (SURE, llm.raw) == (said[0][Question("bert")], said[2][again])


def test_a_backend_that_is_asked_alone_must_be_usable(contract: Contract) -> None:
    """Where nobody else is asked, an unusable backend is an error and no row of failures."""
    classifier = Classifier(contract, [Backend("bert", SURE), Backend("llm", None)])
    with pytest.raises(BackendUnavailable, match="connection refused"):
        asyncio.run(ask(classifier, ["a"], [[Question("llm")]]))
