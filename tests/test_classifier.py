"""The classifier: who is asked about what, and what one broken backend does to the other."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from polarity.backends.admission import Limits
from polarity.classifier import Classifier, build_classifier, replay
from polarity.contract import Contract
from polarity.errors import BackendError, BackendRejected, BackendUnavailable, CheckpointError, ContractError
from polarity.settings import Settings, load_settings
from polarity.types import Completion, Decision, Failure, RawOutput, Result, Scores, Undecided
from tests.cautious import cautious_contract

CONTRACT = cautious_contract()
POLICY = CONTRACT.policy

pytestmark = pytest.mark.anyio


class Scripted:
    """A backend that answers each text as its script says, and remembers what it was asked."""

    def __init__(self, name: str, answer: Callable[[str], RawOutput], error: Exception | None = None) -> None:
        self.name = name
        self.asked: list[str] = []
        self.closed = 0
        self._answer, self._error = answer, error

    async def predict(self, texts: Sequence[str]) -> list[RawOutput]:
        """Answer from the script, or be unusable."""
        self.asked += texts
        await asyncio.sleep(0)
        if self._error:
            raise self._error
        return [self._answer(text) for text in texts]

    async def aclose(self) -> None:
        """Count how often."""
        self.closed += 1


def bert_says(text: str) -> Scores:
    """Read "label p ..." and share the rest: "positive 0.9 | negative"."""
    name, p = text.split()[:2]
    names = CONTRACT.file.binding
    rest = (1 - float(p)) / (len(names) - 1)
    return Scores(
        probabilities={other: float(p) if other == name else rest for other in names}, source="softmax"
    )


def llm_says(text: str) -> RawOutput:
    """Answer with what stands behind the bar; "late" is a timeout."""
    word = text.split("| ")[1]
    return Failure(reason="timeout", detail="200 ms") if word == "late" else Completion(text=word)


def both(
    bert_error: Exception | None = None, llm_error: Exception | None = None, **options: Any
) -> tuple[Classifier, Scripted, Scripted]:
    """Build a classifier over two scripted backends."""
    bert = Scripted("bert", bert_says, bert_error)
    llm = Scripted("llm", llm_says, llm_error)
    return Classifier(CONTRACT, [bert, llm], **options), bert, llm


def told(results: Sequence[Result]) -> list[tuple[str | None, str]]:
    """Reduce results to label and decided_by, or None and the reason."""
    return [
        (result.label, result.decided_by) if isinstance(result, Decision) else (None, result.reason)
        for result in results
    ]


TEXTS = [
    "positive 0.99 | negative",
    "positive 0.60 | Positive.",
    "negative 0.60 | neutral",
    "negative 0.80 | neutral",
    "neutral 0.60 | not positive",
    "negative 0.60 | mixed",
    "negative 0.45 | late",
    "negative 0.95 | late",
]
EXPECTED = [
    ("POSITIVE", "bert:confident"),
    ("POSITIVE", "agreement"),
    ("NEUTRAL", "llm:trusted"),
    ("NEGATIVE", "bert:trusted"),
    ("NEUTRAL", "bert:negated"),
    ("NEGATIVE", "bert:abstained"),
    ("NEUTRAL", "tie"),
    ("NEGATIVE", "bert:confident"),
]


async def test_both_in_order_and_llm_spared() -> None:
    """Each text gets its decision in its place, and the LLM is asked only where BERT is not confident."""
    classifier, bert, llm = both()
    results = await classifier.classify(TEXTS)
    assert EXPECTED == told(results)
    assert TEXTS == bert.asked
    assert TEXTS[1:-1] == llm.asked
    assert [{"bert"}, {"bert", "llm"}] == [set(result.answers) for result in results[:2]]


async def test_ask_all_never_changes_a_label() -> None:
    """Asking everybody about everything shows more answers and decides the same."""
    classifier, _, llm = both()
    results = await classifier.classify(TEXTS, ask_all=True)
    assert EXPECTED == told(results)
    assert TEXTS == llm.asked
    assert all({"bert", "llm"} == set(result.answers) for result in results)


@pytest.mark.parametrize("ask_all", [False, True])
@pytest.mark.parametrize("error", [BackendUnavailable("closed"), BackendRejected("no such model")])
async def test_llm_unusable(error: BackendError, ask_all: bool) -> None:
    """Without an LLM, BERT decides where it is sure enough, and the reason is named."""
    classifier, _, _ = both(llm_error=error)
    results = await classifier.classify(TEXTS[:2] + TEXTS[6:7], ask_all=ask_all)
    expected = [("POSITIVE", "bert:confident"), ("POSITIVE", "bert:unavailable"), ("NEUTRAL", "tie")]
    assert expected == told(results)
    assert Failure(reason="unavailable", detail=str(error)) == results[1].answers["llm"].outcome


async def test_why_an_llm_is_unusable_is_named() -> None:
    """A decision tells a key that is refused, or money that is used up, from a server that is down."""
    classifier, _, _ = both(llm_error=BackendRejected("402", reason="quota_used_up"))
    assert [("POSITIVE", "bert:quota_used_up")] == told(await classifier.classify(TEXTS[1:2]))


@pytest.mark.parametrize("ask_all", [False, True])
async def test_bert_unusable(ask_all: bool) -> None:
    """Without BERT, the LLM is asked about every text and decides; its missing answers stay explicit."""
    classifier, _, llm = both(bert_error=BackendUnavailable("closed"))
    results = await classifier.classify([TEXTS[0], TEXTS[4]], ask_all=ask_all)
    assert [("NEGATIVE", "llm:unavailable"), (None, "unavailable")] == told(results)
    assert [TEXTS[0], TEXTS[4]] == llm.asked


@pytest.mark.parametrize("options", [{}, {"llm_first": True}])
@pytest.mark.parametrize("ask_all", [False, True])
async def test_both_unusable(options: dict[str, Any], ask_all: bool) -> None:
    """Where no backend is usable, that is one BackendError that names both reasons."""
    errors = BackendUnavailable("closed"), BackendRejected("bad key")
    classifier, _, _ = both(*errors, **options)
    with pytest.raises(BackendError, match=r"bert: closed; llm: bad key"):
        await classifier.classify(TEXTS, ask_all=ask_all)


@pytest.mark.parametrize("ask_all", [False, True])
async def test_llm_unusable_but_not_needed(ask_all: bool) -> None:
    """A broken LLM costs nothing where BERT is confident of every text."""
    classifier, _, _ = both(llm_error=BackendUnavailable("down"))
    assert EXPECTED[:1] == told(await classifier.classify(TEXTS[:1], ask_all=ask_all))


async def test_other_errors_come_through() -> None:
    """A mistake in a backend's code is not taken for its being unusable."""
    classifier, _, _ = both(bert_error=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await classifier.classify(TEXTS)


async def test_llm_first() -> None:
    """The LLM's verdict decides however sure BERT is; BERT stands in for a missing one, with its reason."""
    classifier, bert, llm = both(llm_first=True)
    results = await classifier.classify(TEXTS)
    expected = [
        ("NEGATIVE", "llm"),
        ("POSITIVE", "llm"),
        ("NEUTRAL", "llm"),
        ("NEUTRAL", "llm"),
        ("NEUTRAL", "bert:negated"),
        ("NEGATIVE", "bert:abstained"),
        ("NEGATIVE", "bert:timeout"),
        ("NEGATIVE", "bert:timeout"),
    ]
    assert expected == told(results)
    assert TEXTS == bert.asked == llm.asked


async def test_llm_first_without_llm() -> None:
    """An unusable LLM is stood in for too."""
    classifier, _, _ = both(llm_error=BackendUnavailable("down"), llm_first=True)
    assert [("POSITIVE", "bert:unavailable")] == told(await classifier.classify(TEXTS[:1]))


async def test_bert_alone() -> None:
    """Alone, BERT gives every text its label and probability; the thresholds are not for it."""
    classifier = Classifier(CONTRACT, [Scripted("bert", bert_says)])
    (result,) = await classifier.classify(["negative 0.4 |"])
    assert isinstance(result, Decision)
    assert ("NEGATIVE", "bert", 0.4) == (result.label, result.decided_by, result.confidence)


async def test_llm_alone() -> None:
    """Alone, the LLM gives a label without a made-up probability, or an explicit Undecided."""
    classifier = Classifier(CONTRACT, [Scripted("llm", llm_says)])
    results = await classifier.classify(["| positive", "| not positive", "| mixed", "| late"])
    assert [("POSITIVE", "llm"), (None, "unmapped"), (None, "abstained"), (None, "timeout")] == told(results)
    assert isinstance(results[0], Decision)
    assert None is results[0].confidence
    assert isinstance(results[1], Undecided)


async def test_only_backend_unusable() -> None:
    """The only backend's error is the caller's."""
    classifier = Classifier(CONTRACT, [Scripted("bert", bert_says, BackendUnavailable("closed"))])
    with pytest.raises(BackendUnavailable, match="closed"):
        await classifier.classify(["positive 0.9 |"])


@pytest.mark.parametrize("ask_all", [False, True])
@pytest.mark.parametrize("llm_first", [False, True])
async def test_no_texts(llm_first: bool, ask_all: bool) -> None:
    """No texts, no results, and nobody is asked."""
    classifier, bert, llm = both(llm_first=llm_first)
    assert [] == await classifier.classify([], ask_all=ask_all)
    assert [] == bert.asked + llm.asked


async def test_both_are_asked_at_once() -> None:
    """With ask_all, the backends work side by side: neither waits for the other."""
    classifier, bert, llm = both()
    meeting = asyncio.Barrier(2)

    async def meet(texts: Sequence[str]) -> list[RawOutput]:
        await asyncio.wait_for(meeting.wait(), timeout=5)
        return [Failure(reason="internal")] * len(texts)

    bert.predict = llm.predict = meet  # type: ignore[method-assign]
    assert [(None, "unavailable")] == told(await classifier.classify(TEXTS[:1], ask_all=True))


@pytest.mark.parametrize("ask_all", [False, True])
@pytest.mark.parametrize(
    ("backend", "names", "options"),
    [
        ("bert", ["bert"], {}),
        ("llm", ["llm"], {}),
        ("llm", ["bert", "llm"], {"llm_first": True}),
        ("both", ["bert", "llm"], {}),
    ],
)
async def test_a_replay_decides_as_it_was_decided(
    backend: str, names: list[str], options: dict[str, Any], ask_all: bool
) -> None:
    """The setting, the contract and what was said are all that a decision depends on."""
    scripted = {"bert": Scripted("bert", bert_says), "llm": Scripted("llm", llm_says)}
    classifier = Classifier(CONTRACT, [scripted[name] for name in names], **options)
    results = await classifier.classify(TEXTS, ask_all=ask_all)
    said = [{name: answer.raw for name, answer in result.answers.items()} for result in results]
    assert results == [replay(backend, raws, CONTRACT) for raws in said]


async def test_context_manager_closes_every_backend() -> None:
    """Leaving the block closes each backend once, also where closing one of them fails."""
    classifier, bert, llm = both()

    async def fail() -> None:
        raise RuntimeError("will not close")

    llm.aclose = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="will not close"):
        async with classifier:
            pass
    assert 1 == bert.closed


class Factories:
    """Stand-ins for the backends' modules, so that neither torch nor a server is needed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started: list[str] = []
        self.bert = Scripted("bert", bert_says)
        self.bert_error: Exception | None = None
        self.llm_error: Exception | None = None
        self.limits: Limits | None = None
        self.apart: object = None
        self.process = SimpleNamespace(close=lambda: self.started.append("closed"))
        bert = SimpleNamespace(
            BertBackend=SimpleNamespace(load=self._load), begun_apart=lambda _: self.process
        )
        llm = SimpleNamespace(LlmBackend=SimpleNamespace(start=self._start))
        monkeypatch.setitem(sys.modules, "polarity.backends.bert", bert)
        monkeypatch.setitem(sys.modules, "polarity.backends.llm", llm)

    def _load(self, _settings: object, contract: Contract, *, limits: Limits, apart: object) -> Scripted:
        self.limits, self.apart = limits, apart
        self.started.append(f"bert for {contract.ref.id}")
        if self.bert_error:
            raise self.bert_error
        return self.bert

    def _start(
        self, _settings: object, contract: Contract, *, deadline_s: float | None, **_: object
    ) -> Scripted:
        self.started.append(f"llm for {contract.ref.id} in {deadline_s} s")
        if self.llm_error:
            raise self.llm_error
        return Scripted("llm", llm_says)


@pytest.fixture
def factories(monkeypatch: pytest.MonkeyPatch) -> Factories:
    """Replace both backends."""
    return Factories(monkeypatch)


def settings(**flags: Any) -> Settings:
    """Gather settings from flags."""
    return load_settings(flags)


@pytest.mark.parametrize(
    ("flags", "patient", "started"),
    [
        ({"backend": "bert"}, False, ["bert for polarity"]),
        ({"backend": "llm"}, False, ["llm for polarity in 10.0 s"]),
        ({"backend": "both"}, False, ["bert for polarity", "llm for polarity in None s"]),
        ({"backend": "both"}, True, ["bert for polarity", "llm for polarity in 120.0 s"]),
        (
            {"backend": "both", "llm": {"deadline_ms": 50}},
            True,
            ["bert for polarity", "llm for polarity in 0.05 s"],
        ),
        (
            {"backend": "llm", "on_unmapped": "bert"},
            False,
            ["bert for polarity", "llm for polarity in None s"],
        ),
        ({"backend": "bert", "on_unmapped": "bert"}, False, ["bert for polarity"]),
    ],
)
def test_build_starts_what_is_needed(
    factories: Factories,
    flags: dict[str, Any],
    patient: bool,
    started: list[str],
) -> None:
    """The settings name the backends; nothing else is loaded or started."""
    classifier = build_classifier(settings(**flags), patient=patient)
    assert started == factories.started
    assert [name.split()[0] for name in started] == list(classifier.backends)


@pytest.mark.parametrize(
    ("flags", "patient", "expected"),
    [
        ({}, False, Limits(16_384, None, 10.0)),
        ({}, True, Limits(is_alone=True)),
        ({"service": {"max_tokens": 7, "queue_tokens": 8}}, False, Limits(7, 8, 10.0)),
        ({"bert": {"deadline_ms": 200}}, False, Limits(16_384, None, 0.2)),
        ({"bert": {"deadline_ms": 200}}, True, Limits(deadline_s=0.2, is_alone=True)),
    ],
)
def test_callers_at_the_endpoint_have_limits_and_files_have_none(
    factories: Factories, flags: dict[str, Any], patient: bool, expected: Limits
) -> None:
    """Tokens of a request, of all that wait, and a deadline; where nobody waits, only what is set."""
    build_classifier(settings(**flags), patient=patient)
    assert expected == factories.limits
    assert (None if patient else factories.process) == factories.apart


async def test_build_llm_first(factories: Factories) -> None:
    """Under llm with on_unmapped = "bert" the LLM decides first."""
    classifier = build_classifier(settings(backend="llm", on_unmapped="bert"))
    assert ["bert for polarity", "llm for polarity in None s"] == factories.started
    assert [("NEGATIVE", "llm")] == told(await classifier.classify(TEXTS[:1]))


def test_second_backend_fails_to_start(factories: Factories) -> None:
    """If the LLM does not start, BERT's threads are let go of and the error comes through."""
    factories.llm_error = BackendUnavailable("port taken")
    with pytest.raises(BackendUnavailable, match="port taken"):
        build_classifier(settings(backend="both"))
    assert 1 == factories.bert.closed


async def test_second_backend_fails_to_start_inside_a_loop(factories: Factories) -> None:
    """The same where an event loop is running already."""
    factories.llm_error = BackendUnavailable("port taken")
    with pytest.raises(BackendUnavailable, match="port taken"):
        build_classifier(settings(backend="both"))
    assert 1 == factories.bert.closed


def test_first_backend_fails_to_start(factories: Factories) -> None:
    """If BERT cannot be loaded, the LLM is not started, and BERT's process is closed."""
    factories.bert_error = CheckpointError("corrupt")
    with pytest.raises(CheckpointError, match="corrupt"):
        build_classifier(settings(backend="both"))
    assert ["bert for polarity", "closed"] == factories.started


def test_bad_contract_starts_nothing(factories: Factories) -> None:
    """It is read before anything is waited for; the process that had begun to load is closed."""
    for patient, expected in ((True, []), (False, ["closed"])):
        with pytest.raises(ContractError, match=r"absent\.toml"):
            build_classifier(settings(contract="absent.toml"), patient=patient)
        assert expected == factories.started
