"""Ways of asking, tried on a server that leans as we script it, and on the real model."""

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polarity.backends.identity import llm_model
from polarity.contract import load_contract
from polarity.contract.review.amending import with_calibration
from polarity.errors import BackendRejected, ContractError, RecordError, RunError, SettingsError
from polarity.settings import Settings, load_settings
from polarity.tuning import PromptTrial, try_prompts
from tests.calibrations import calibration
from tests.misbehaving import (
    Misbehaving,
    Reply,
    Request,
    completed,
    content,
    error,
    keeping,
    misbehaving,
    said,
)
from tests.synthetic import SOURCE, golds

ROWS, SAMPLE, CALIBRATE = 30, 12, 9
GOLD = golds(ROWS)
LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
LEAN = {"NEGATIVE": 0.1, "NEUTRAL": 0.1, "POSITIVE": 0.8}
EXAMPLES = """
examples = [
    { text = "Lovely.", label = "POSITIVE" },
    { text = "Awful.", label = "NEGATIVE" },
]
"""
NUMBER = re.compile(r"text (\d+)")


def _number(request: Request) -> int | None:
    """The number of the text that is asked about; a text without content has none."""
    found = NUMBER.findall(request.prompt)
    return int(found[-1]) if found else None


def _leaning(request: Request) -> Reply:
    """Lean to POSITIVE, whatever the text says; a text's own label has twice the mass of each other."""
    number = _number(request)
    truth = dict.fromkeys(LABELS, 0.25)
    if number is not None:
        truth[GOLD[number]] = 0.5
    masses = {label: truth[label] * LEAN[label] for label in LABELS}
    likeliest_first = sorted(masses, key=masses.__getitem__, reverse=True)
    shown = content(*((f" {label.lower()}", math.log(masses[label])) for label in likeliest_first))
    free = not request.body.get("logprobs")
    if request.path.endswith("/chat/completions"):
        return said("positive") if free else said("positive", logprobs=shown)
    return completed("positive", logprobs=None if free else shown)


def _by_order(request: Request) -> Reply:
    """Say the label of the last example."""
    last = "positive" if request.prompt.rindex("Lovely") > request.prompt.rindex("Awful") else "negative"
    return completed(last, logprobs=content((f" {last}", -0.1)))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Labelled texts that are told apart by a number."""
    path = tmp_path / "data.jsonl"
    rows = (json.dumps({"text": f"text {at}", "label": gold}) for at, gold in enumerate(GOLD))
    path.write_text("\n".join(rows), "utf-8")
    return path


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """The small contract with two examples."""
    path = tmp_path / "small.toml"
    path.write_text(SOURCE.replace('cue = "Sentiment:"\n', f'cue = "Sentiment:"{EXAMPLES}'), "utf-8")
    return path


def _remote(server: Misbehaving, contract: Path) -> Settings:
    llm = {"server": "remote", "base_url": server.base_url, "retries": 0}
    return load_settings({"contract": str(contract), "llm": llm})


async def _tried(data: Path, settings: Settings, **options: Any) -> PromptTrial:
    chosen = {"sample": SAMPLE, "calibrate": CALIBRATE, **options}
    return await asyncio.to_thread(try_prompts, data, settings, **chosen)


def _asked(server: Misbehaving) -> Counter[int | None]:
    return Counter(map(_number, server.requests))


@pytest.mark.slow
@pytest.mark.anyio
async def test_every_way_is_measured_on_the_same_rows(data: Path, contract: Path) -> None:
    """Each endpoint by each strategy; only scores are calibrated, and only they ask about other texts.

    The lean is known, and no label but POSITIVE is ever said: without it, every label is right.
    """
    async with misbehaving(_leaning) as server:
        settings = _remote(server, contract)
        found = await _tried(data, settings, apis=("completions", "chat"), strategies=("score", "free"))
        asked = _asked(server)
    ways = [(row.asked.api, row.asked.strategy) for row in found.measured]
    assert [(api, way) for api in ("completions", "chat") for way in ("score", "free")] == ways
    assert 2 * 3 == asked.pop(None)
    assert {4: SAMPLE, 2: CALIBRATE} == Counter(asked.values())
    tested = [number for number, times in asked.items() if times == 4 and number is not None]
    positive = sum(GOLD[number] == "POSITIVE" for number in tested)
    for row in found.measured:
        assert (SAMPLE, 0, 1.0, 9.0) == (row.n, row.failures, row.verdict_rate, row.prompt_tokens)
        assert positive / SAMPLE == row.accuracy.value
        assert ("POSITIVE", 1 - positive / SAMPLE) == pytest.approx(row.label_bias)
        after = {one.form: (one.n, one.accuracy, one.macro_f1) for one in row.calibrated}
        if row.asked.strategy == "score":
            assert (3, 1.0, 1.0) == after["content-free"]
            assert CALIBRATE == after["batch"][0]
        else:
            assert ({}, None) == (after, row.coverage)
    assert [] == found.flips
    assert 0.0 == found.spreads[0].difference
    assert "passed" == found.judgement.status


@pytest.mark.anyio
async def test_held_text_is_tried_too(data: Path, contract: Path) -> None:
    """A held answer has no scores, and nothing to calibrate; `auto` is called by what it turns out to be."""
    hold = keeping("grammar")

    def script(request: Request) -> Reply:
        return hold(request) if "grammar" in request.body else _leaning(request)

    async with misbehaving(script) as server:
        found = await _tried(
            data, _remote(server, contract), strategies=("constrained", "auto"), apis=("chat",)
        )
    held, proved = found.measured
    assert ("constrained", 1.0, None, ()) == (
        held.asked.strategy,
        held.verdict_rate,
        held.coverage,
        held.calibrated,
    )
    assert held.asked == proved.asked


@pytest.mark.slow
@pytest.mark.anyio
async def test_the_contracts_own_calibration_is_one_more(data: Path, contract: Path) -> None:
    """Its labels are measured beside those of the scores as they are; where it is for another model, not."""
    async with misbehaving(_leaning) as server:
        settings = _remote(server, contract)
        held = load_contract(contract)
        own = calibration(
            {label: -math.log(p) for label, p in LEAN.items()},
            name="default",
            prompt=str(llm_model(settings.llm, held).prompt),
        )
        own_path = contract.with_name("own.toml")
        own_path.write_text(with_calibration(held, own, "9.0.0"), "utf-8")
        found = await _tried(data, settings, contracts=[contract, own_path], reverse=True, calibrate=0)
    after = [(row.asked.name, row.asked.is_reversed, row.after("contract")) for row in found.measured]
    one = after.pop(2)[-1]
    assert one is not None
    assert (190, 1.0) == (one.n, one.accuracy)
    assert [None] * 3 == [row[-1] for row in after]
    assert 1 == len({row.accuracy.value for row in found.measured})
    assert [0.0, 0.0] == [row.share.value for row in found.flips]


@pytest.mark.slow
@pytest.mark.anyio
async def test_examples_in_the_reverse_order(data: Path, contract: Path) -> None:
    """The turned way follows its own; where the last example is what is said, every label flips."""
    async with misbehaving(_by_order) as server:
        found = await _tried(data, _remote(server, contract), reverse=True, calibrate=0)
    one, other = found.measured
    assert (False, True) == (one.asked.is_reversed, other.asked.is_reversed)
    assert one.asked.contract.ref.sha256 != other.asked.contract.ref.sha256
    assert [(SAMPLE, 1.0)] == [(row.n, row.share.value) for row in found.flips]
    assert "NEGATIVE" == one.label_bias.label
    assert "POSITIVE" == other.label_bias.label


@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.parametrize("out", ["page.md", None])
async def test_what_broke_off_is_taken_up(
    tmp_path: Path, data: Path, contract: Path, out: str | None
) -> None:
    """In the second of two ways: what was answered is not asked again, and then no run is left."""
    each = SAMPLE + CALIBRATE + 3
    is_open = False

    def script(request: Request) -> Reply:
        return _leaning(request) if is_open or len(server.requests) <= each + 5 else error(401)

    async with misbehaving(script) as server:
        options = {"apis": ("completions", "chat"), "out": out or ()}
        settings = _remote(server, contract)
        with pytest.raises(BackendRejected):
            await _tried(data, settings, **options)
        assert 2 == len(list(tmp_path.glob(".*.run")))
        before = len(server.requests)
        with pytest.raises(RunError, match="an unfinished run lies there"):
            await _tried(data, settings, **options)
        assert before == len(server.requests)

        server.requests.clear()
        is_open = True
        found = await _tried(data, settings, resume=True, **options)
        assert each - 5 == len(server.requests)
    assert 2 == len(found.measured)
    assert [] == list(tmp_path.glob(".*.run"))
    assert bool(out) == (tmp_path / "page.md").exists()


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_failed_is_asked_again(tmp_path: Path, data: Path, contract: Path) -> None:
    """All runs stay while one lacks answers; with most of them lacking, nothing can be said."""
    is_down = True

    def script(request: Request) -> Reply:
        fails = is_down and request.path.endswith("/chat/completions") and len(server.requests) % 3
        return error(500) if fails else _leaning(request)

    async with misbehaving(script) as server:
        options = {"apis": ("completions", "chat"), "out": "page.json"}
        settings = _remote(server, contract)
        seen: list[Any] = []
        found = await _tried(data, settings, on_progress=seen.append, **options)
        assert " of 12 texts of " in str(found.judgement.too_little)
        assert 0 == found.measured[0].failures < found.measured[1].failures
        failed = sum(seen[-1].failures.values())

        server.requests.clear()
        is_down = False
        found = await _tried(data, settings, retry_failures=True, **options)
        assert failed == len(server.requests)
    assert "passed" == found.judgement.status
    assert ["page.json"] == [path.name for path in tmp_path.iterdir() if "page" in path.name]
    written = json.loads((tmp_path / "page.json").read_text("utf-8"))
    assert found.page.data == written


def _other_labels(path: Path) -> Path:
    source = SOURCE.replace('"NEGATIVE", "NEUTRAL"', '"NEUTRAL", "NEGATIVE"')
    path.write_text(source, "utf-8")
    return path


def _elsewhere(path: Path) -> Path:
    folder = path.parent / "else"
    folder.mkdir()
    other = folder / path.name
    other.write_bytes(path.read_bytes())
    return other


WRONG: dict[str, tuple[Callable[[Path], dict[str, Any]], type[Exception], str]] = {
    "a contract of other labels": (
        lambda path: {"contracts": [path, _other_labels(path.with_name("b.toml"))]},
        SettingsError,
        r"contract 'b\.toml' has other labels than 'small\.toml'",
    ),
    "two contracts of one name": (
        lambda path: {"contracts": [path, _elsewhere(path)]},
        SettingsError,
        r"two contracts are named 'small\.toml'",
    ),
    "no contract": (lambda path: {"contracts": [path.with_name("no.toml")]}, ContractError, "No such file"),
    "an endpoint that there is not": (
        lambda _: {"apis": ["responses"]},
        SettingsError,
        r"llm\.api: .*got 'responses'",
    ),
    "weights for a remote server": (lambda _: {"ggufs": ["a.gguf"]}, SettingsError, "has weights of its own"),
    "too few others": (
        lambda _: {"sample": ROWS - 4, "calibrate": 5},
        RecordError,
        "beside the 26 tested rows there are 4 others, not 5",
    ),
    "the data as output": (lambda path: {"out": path.with_name("data.jsonl")}, RecordError, "unknown suffix"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_tried(data: Path, contract: Path, case: str) -> None:
    """Said before anybody is asked."""
    made, kind, problem = WRONG[case]
    llm = {"server": "remote", "base_url": "http://127.0.0.1:9/v1"}
    with pytest.raises(kind, match=problem):
        try_prompts(data, load_settings({"contract": str(contract), "llm": llm}), **made(contract))


def test_there_is_something_to_reverse(tmp_path: Path, data: Path) -> None:
    """A prompt without examples has no order."""
    bare = tmp_path / "bare.toml"
    bare.write_text(SOURCE, "utf-8")
    with pytest.raises(SettingsError, match="no prompt that is tried has two examples"):
        try_prompts(data, contracts=[bare], reverse=True)


@pytest.mark.llm
@pytest.mark.slow
def test_the_real_model(tmp_path: Path, data: Path, contract: Path) -> None:
    """Two texts by both endpoints of the embedded server: everything is measured, and written."""
    settings = load_settings({"contract": str(contract), "llm": {"threads": 1}})
    out = tmp_path / "page.html"
    found = try_prompts(data, settings, apis=["completions", "chat"], sample=2, calibrate=2, out=out)
    assert ["completions", "chat"] == [row.asked.api for row in found.measured]
    for row in found.measured:
        assert "smollm2" == row.asked.model
        assert row.coverage
        assert row.coverage > 0.05
        assert {"batch", "content-free"} <= {one.form for one in row.calibrated}
        assert row.texts_per_s
    assert "Ways of asking" in out.read_text("utf-8")
