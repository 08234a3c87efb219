"""Texts in, labels out, in one line."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

import polarity
from polarity import Decision, Settings, Undecided
from polarity.asking import classify as module
from polarity.errors import RecordError
from tests.misbehaving import always, completed, error, misbehaving


@pytest.fixture(autouse=True)
def _loaded_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test begins without a model, and lets go of its own."""
    loaded = module._Loaded()
    monkeypatch.setattr(module, "_loaded", loaded)
    yield
    if loaded._classifier and loaded._waiting:
        loaded._waiting.run(loaded._classifier.aclose())
        loaded._waiting.close()


@pytest.fixture
def settings(tiny_checkpoint: Path) -> Settings:
    """A tiny BERT, on one thread."""
    return polarity.load_settings({"bert": {"checkpoint": str(tiny_checkpoint), "threads": 1}})


def test_one_text_or_several(settings: Settings) -> None:
    """A text gives a result, a list gives a list, in order."""
    alone, several = polarity.classify("Love it!", settings), polarity.classify(["No.", "Love it!"], settings)

    assert isinstance(alone, Decision)
    assert isinstance(several[1], Decision)
    assert (2, alone.label) == (len(several), several[1].label)
    assert [] == polarity.classify([], settings)


def test_inside_a_running_loop_and_from_threads(settings: Settings) -> None:
    """A notebook's cell and three threads at once get what a script gets."""
    expected = polarity.classify("Love it!", settings)

    async def cell() -> object:
        return polarity.classify("Love it!", settings)

    found: list[object] = [asyncio.run(cell())]
    threads = [Thread(target=lambda: found.append(polarity.classify("Love it!", settings))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [expected] * 4 == found


def test_the_model_is_loaded_once(settings: Settings) -> None:
    """Until other settings are given."""
    polarity.classify("Love it!", settings)
    first = module._loaded._classifier
    polarity.classify("No.", settings)
    assert first is module._loaded._classifier
    polarity.classify("No.", settings.model_copy(update={"on_unmapped": "bert"}))
    assert first is not module._loaded._classifier


@pytest.mark.parametrize("text", ["  ", 5, b"abc", None])
def test_what_is_no_text_is_an_error(settings: Settings, text: object) -> None:
    """Its place and the value are named, and nothing is loaded."""
    with pytest.raises(RecordError) as refused:
        polarity.classify(["Fine.", text], settings)  # type: ignore[list-item]
    assert str(refused.value).startswith("text 2 is ")
    assert repr(text) in str(refused.value)


@pytest.mark.anyio
async def test_the_other_backend_decides(settings: Settings) -> None:
    """Where the LLM refuses the key, BERT decides, as at the endpoint: whoever waits gets an answer."""
    async with misbehaving(always(error(401))) as server:
        llm = {"server": "remote", "base_url": server.base_url, "retries": 0}
        both = polarity.load_settings({"backend": "both", "bert": settings.bert.model_dump(), "llm": llm})
        result = await asyncio.to_thread(polarity.classify, "Love it!", both)

    assert isinstance(result, Decision)
    assert result.decided_by in {"bert:confident", "bert:unavailable", "tie"}


@pytest.mark.anyio
async def test_a_text_without_a_label_says_why() -> None:
    """It is no exception."""
    async with misbehaving(always(completed("not positive"))) as server:
        llm = {"server": "remote", "base_url": server.base_url, "strategy": "free"}
        settings = polarity.load_settings({"backend": "llm", "llm": llm})
        result = await asyncio.to_thread(polarity.classify, "Love it!", settings)

    assert isinstance(result, Undecided)
    assert "unmapped" == result.reason


FORKING = """
import os, signal, sys
import polarity
settings = polarity.load_settings({"bert": {"checkpoint": sys.argv[1], "threads": 1}})
expected = polarity.classify("Love it!", settings)
child = os.fork()
if not child:
    signal.alarm(180)  # one that waits for what stayed in the parent ends, and nobody waits for it
    os._exit(0 if polarity.classify("Love it!", settings) == expected else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
def test_a_forked_process_begins_anew(tiny_checkpoint: Path) -> None:
    """The thread that answers stays in the parent; the child waits for nothing of it, and says the same."""
    line = [sys.executable, "-c", FORKING, str(tiny_checkpoint)]
    assert 0 == subprocess.run(line, check=False, timeout=200).returncode
