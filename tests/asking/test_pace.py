"""Texts through backends, each at its pace; what is said is handed over as it comes."""

import asyncio
from collections.abc import Sequence

import pytest

from polarity.asking.pace import Pace, Unanswered, ask, paces
from polarity.asking.questions import Question, Said
from polarity.classifier import Classifier
from polarity.contract import Contract
from polarity.errors import BackendUnavailable
from polarity.records import Record
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


class Kept:
    """Takes what was said, and remembers it by row and the calls it came from."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.said: dict[tuple[int, Question], RawOutput | None] = {}

    def __call__(self, answers: Sequence[tuple[int, Said]]) -> None:
        """Take the answers of one call."""
        self.calls.append([row for row, _ in answers])
        self.said |= {(row, question): raw for row, own in answers for question, raw in own.items()}


FIRST, AGAIN = Question("llm"), Question("llm", 1)


def test_each_text_is_asked_what_is_wanted_of_it(contract: Contract) -> None:
    """A backend hears only of the texts that it is wanted for, and again for each further attempt."""
    bert, llm, kept = Backend("bert", SURE), Backend("llm", Completion(text="positive", quoted="")), Kept()
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
    assert {"bert": Pace(256, 1), "llm": Pace(1, 1)} == paces(load_settings())
    assert Pace(1, 7) == paces(load_settings({"llm": remote}))["llm"]


ONE_BY_ONE = {"bert": Pace(32, 1), "llm": Pace(1, 1)}
UNSURE = softmax(0.3, 0.4, 0.3)


class Mixed(Backend):
    """BERT as it is of real texts: sure of those with an even number, and of no other."""

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Answer by the text's number."""
        self.asked.append(len(texts))
        return [SURE if int(text.split()[1]) % 2 == 0 else UNSURE for text in texts]


def test_who_spares_asks_the_llm_where_bert_is_unsure(contract: Contract) -> None:
    """BERT hears of all texts in one call, the LLM of those that the policy does not leave to BERT.

    What was spared is kept as None, so that nobody asks about it again.
    """
    bert, llm, kept = Mixed("bert", None), Backend("llm", Completion(text="negative", quoted="")), Kept()
    rows = [Unanswered(at, record(at), [Question("bert"), FIRST]) for at in range(1, 5)]
    asyncio.run(ask(Classifier(contract, [bert, llm]), rows, ONE_BY_ONE, kept, sparing=True))

    assert ([4], [1, 1]) == (bert.asked, llm.asked)
    assert {1: llm.raw, 2: None, 3: llm.raw, 4: None} == {at: kept.said[at, FIRST] for at in range(1, 5)}


def test_who_spares_goes_by_what_bert_said_before(contract: Contract) -> None:
    """A run that goes on does not ask BERT again: of what is kept, the sure one is left to BERT."""
    bert, llm, kept = Backend("bert", None), Backend("llm", Completion(text="negative", quoted="")), Kept()
    said = {1: UNSURE, 2: SURE}
    rows = [Unanswered(at, record(at), [FIRST], {Question("bert"): raw}) for at, raw in said.items()]
    asyncio.run(ask(Classifier(contract, [bert, llm]), rows, ONE_BY_ONE, kept, sparing=True))

    assert ([], [1]) == (bert.asked, llm.asked)
    assert {(1, FIRST): llm.raw, (2, FIRST): None} == kept.said


@pytest.mark.parametrize("unusable", ["bert", "llm"])
def test_an_unusable_backend_ends_the_asking(contract: Contract, unusable: str) -> None:
    """Where a backend cannot answer anything, whoever asked must know it, whatever the other one says."""
    said: dict[str, RawOutput | None] = {"bert": UNSURE, "llm": Completion(text="positive", quoted="")}
    said[unusable] = None
    classifier = Classifier(contract, [Backend(name, raw) for name, raw in said.items()])
    rows = [Unanswered(1, record(1), [Question("bert"), FIRST])]

    for sparing in (False, True):
        with pytest.raises(BackendUnavailable, match="connection refused"):
            asyncio.run(ask(classifier, rows, ONE_BY_ONE, Kept(), sparing=sparing))
