"""A checkpoint in a process of its own: the same answers, and what happens when it dies."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import pytest

from polarity.backends import apart as apart_module
from polarity.backends.apart import ClassifierApart, NetworkFailed, _Process
from polarity.backends.bert import BertBackend
from polarity.backends.facts import Wanted
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.priority import LOWER, stepping_back
from polarity.errors import BackendUnavailable, CheckpointError, SettingsError
from polarity.settings import BertSettings
from polarity.types import Failure, Scores

TEXTS = ["good", "the " * 200, "", "love the app"]
LEAST = 19  # of priority: no niceness is above it
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(tiny_checkpoint: Path) -> BertSettings:
    """The tiny BERT."""
    return BertSettings(checkpoint=str(tiny_checkpoint), threads=1)


@pytest.fixture(scope="module")
def wanted(tiny_checkpoint: Path) -> Wanted:
    """The same, as it is loaded."""
    return Wanted(str(tiny_checkpoint), threads=1)


@pytest.fixture(scope="module")
def apart(wanted: Wanted) -> Iterator[ClassifierApart]:
    """One process for all the tests here."""
    classifier = ClassifierApart(lambda: wanted)
    assert ("negative", "neutral", "positive") == classifier.facts.names
    yield classifier
    classifier.close()
    classifier.close()
    with pytest.raises(BackendUnavailable, match="closed"):
        classifier.read(["good"])


def _pid(classifier: ClassifierApart) -> int:
    assert classifier._process
    return classifier._process._process.pid


def _until_down(classifier: ClassifierApart) -> None:
    while classifier.is_up:
        time.sleep(0.01)


def test_it_answers_as_in_this_process(apart: ClassifierApart, wanted: Wanted) -> None:
    """Readings and logits are the same, to the last bit, and so is what is known of it."""
    here = LoadedClassifier.load(wanted)
    read = here.read(TEXTS)
    rows = [ids for text in read for ids in text.readings]
    assert here.facts == apart.facts
    assert read == apart.read(TEXTS)
    assert here.score(rows) == apart.score(rows)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_one_that_nobody_waits_for_steps_back(wanted: Wanted) -> None:
    """Its process has a lower priority, also once it is started again; no thread of this one has."""
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with stepping_back():
        classifier = ClassifierApart(lambda: wanted)
    with closing(classifier):
        assert classifier.facts
        for _ in range(2):
            lower = os.getpriority(os.PRIO_PROCESS, _pid(classifier))
            assert min(LEAST, ours + LOWER) == lower
            os.kill(_pid(classifier), signal.SIGKILL)
            _until_down(classifier)
            classifier.read(["Fine."])
    assert ours == os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_what_fails_there_is_told_here(apart: ClassifierApart) -> None:
    """With its traceback, for the log; the process goes on."""
    before = _pid(apart)
    process: Any = apart._process
    free = process._free["scoring"].qsize()
    with pytest.raises(NetworkFailed, match="IndexError"):
        apart.score([[999_999]])
    assert free == process._free["scoring"].qsize()
    assert 1 == len(apart.score([[2, 3]]))
    assert before == _pid(apart)


@pytest.mark.anyio
async def test_a_process_that_dies_is_there_again(
    apart: ClassifierApart, settings: BertSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """Meanwhile the backend says that it cannot answer; then it does, from another process."""
    backend = BertBackend(apart, settings)
    before = _pid(apart)
    os.kill(before, signal.SIGKILL)
    await asyncio.to_thread(_until_down, apart)
    with pytest.raises(BackendUnavailable, match="is being started again"):
        await backend.predict(["good"])
    assert 1 == len(apart.read(["good"])), "whoever is in already waits for it"
    assert [Scores] == [type(raw) for raw in await backend.predict(["good"])]
    assert before != _pid(apart)
    assert "ended with -9, and is started again" in caplog.text
    backend._engine.close()


@pytest.mark.parametrize("step", ["beginning", "loading"])
def test_whatever_goes_wrong_at_a_start_the_next_is_tried(
    step: str, wanted: Wanted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody expected is logged with its traceback, and what had begun has ended."""
    wrong, begun = [RuntimeError("odd")], list[subprocess.Popen[bytes]]()

    class Odd(_Process):
        def __init__(self, niceness: int) -> None:
            if wrong and step == "beginning":
                raise wrong.pop()
            super().__init__(niceness)
            begun.append(self._process)

        def load(self, wanted: Wanted) -> None:
            if wrong:
                raise wrong.pop()
            super().load(wanted)

    with closing(ClassifierApart(lambda: wanted)) as classifier:
        assert classifier.facts
        monkeypatch.setattr("polarity.backends.apart._Process", Odd)
        os.kill(_pid(classifier), signal.SIGKILL)
        _until_down(classifier)
        assert 1 == len(classifier.read(["good"]))
        assert [True] * (len(begun) - 1) == [process.poll() is not None for process in begun[:-1]]
    assert "cannot be started: RuntimeError('odd')" in caplog.text
    assert "raise wrong.pop()" in caplog.text


@pytest.mark.parametrize("step", ["beginning", "loading"])
def test_closing_ends_what_is_being_started(
    step: str, wanted: Wanted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where it hangs while it loads; that it could not be started then is no news."""
    begun = threading.Event()

    class Hanging(_Process):
        def __init__(self, niceness: int) -> None:
            if step == "beginning":
                begun.set()
                time.sleep(0.2)  # closing comes now, most likely
            super().__init__(niceness)
            os.kill(self._process.pid, signal.SIGSTOP)

        def load(self, wanted: Wanted) -> None:
            super().load(wanted)
            begun.set()

    classifier = ClassifierApart(lambda: wanted)
    assert classifier.facts
    monkeypatch.setattr("polarity.backends.apart._Process", Hanging)
    os.kill(_pid(classifier), signal.SIGKILL)
    assert begun.wait(30)
    closing = threading.Thread(target=classifier.close, daemon=True)
    closing.start()
    closing.join(30)
    assert (False, 0) == (closing.is_alive(), caplog.text.count("cannot be started"))


class Watched:
    """A connection that kills its process as soon as something was sent."""

    def __init__(self, connection: Connection, pid: int) -> None:
        self._connection, self._pid = connection, pid
        self.recv = connection.recv

    def send(self, items: Any) -> None:
        """Send, and kill."""
        os.kill(self._pid, signal.SIGSTOP)  # it does not answer before
        os.waitid(os.P_PID, self._pid, os.WSTOPPED | os.WNOWAIT)  # a signal is taken in a moment later
        self._connection.send(items)
        os.kill(self._pid, signal.SIGKILL)


class Fragile(_Process):
    """A process that long rows kill."""

    def ask(self, what: str, *given: Any, **how: Any) -> Any:
        """Ask it."""
        if what == "scoring" and max(map(len, given[0])) > 3:
            free = self._free[what]
            free.put(cast("Connection", Watched(free.get(), self._process.pid)))
        return super().ask(what, *given, **how)


def test_what_was_in_hand_when_it_died_is_done_again(apart: ClassifierApart, settings: BertSettings) -> None:
    """Something else may have killed it."""
    backend = BertBackend(apart, settings)
    process: Any = apart._process
    free = process._free["scoring"]
    free.put(Watched(free.get(), _pid(apart)))
    (said,) = backend._engine.ask(["good"], 3).result(300)
    assert isinstance(backend._answer(said), Scores)
    backend._engine.close()


def test_a_text_that_kills_it_fails(
    wanted: Wanted, settings: BertSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not tried for ever. Whoever comes then is answered."""
    monkeypatch.setattr("polarity.backends.apart._Process", Fragile)
    with closing(ClassifierApart(lambda: wanted)) as classifier:
        backend = BertBackend(classifier, settings)
        (said,) = backend._engine.ask(["good good"], 4).result(300)
        assert Failure(reason="internal", detail="ProcessDied in the classifier") == backend._answer(said)
        (said,) = backend._engine.ask(["good"], 3).result(300)
        assert isinstance(backend._answer(said), Scores)
        backend._engine.close()


def test_batches_are_scored_at_once(tiny_checkpoint: Path) -> None:
    """By as many connections; the answers are those of this process, and so are those of a lone row."""
    wanted = Wanted(str(tiny_checkpoint), threads=2)
    rows = [[[2, 7, 3], [2, 8, 9, 3]], [[2, 3]]]
    with closing(ClassifierApart(lambda: wanted)) as classifier, ThreadPoolExecutor(2) as pool:
        assert 2 == classifier.facts.at_once
        process: Any = classifier._process
        most = process._free["scoring"].qsize()
        os.kill(_pid(classifier), signal.SIGSTOP)
        found = [pool.submit(classifier.score, batch) for batch in rows]
        while process._free["scoring"].qsize() > max(0, most - 2):
            time.sleep(0.001)
        os.kill(_pid(classifier), signal.SIGCONT)
        expected = LoadedClassifier.load(wanted)
        assert [*map(expected.score, rows)] == [future.result(60) for future in found]
        assert expected.score(rows[1], is_lone=True) == classifier.score(rows[1], is_lone=True)


def test_one_with_fewer_processors_is_the_same_classifier(wanted: Wanted) -> None:
    """It is there again after its end, though the machine gives it less than before."""
    ours = os.sched_getaffinity(0)
    with closing(ClassifierApart(lambda: wanted._replace(threads=None))) as classifier:
        before = classifier.facts
        os.sched_setaffinity(0, {min(ours)})  # of this thread; the one that starts the process has its own
        try:
            for thread in threading.enumerate():
                os.sched_setaffinity(thread.native_id or 0, {min(ours)})
            os.kill(_pid(classifier), signal.SIGKILL)
            _until_down(classifier)
            assert 1 == len(classifier.read(["Fine."]))
        finally:
            for thread in threading.enumerate():
                os.sched_setaffinity(thread.native_id or 0, ours)
        assert before == classifier.facts


def test_a_spoilt_checkpoint_is_named_as_ever(wanted: Wanted, tmp_path: Path) -> None:
    """The process ends, and its error is the one here, where it is asked what it has loaded."""
    folder = tmp_path / "spoilt"
    shutil.copytree(wanted.source, folder)
    (folder / "model.safetensors").write_bytes(b"not weights")
    spoilt = ClassifierApart(lambda: Wanted(str(folder)))
    with pytest.raises(CheckpointError, match="SafetensorError"):
        _ = spoilt.facts
    spoilt.close()


def test_a_process_that_nothing_was_chosen_for_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is started before; the error is the chooser's, and the process leaves without a word."""
    statuses = []
    end = apart_module._Process.end

    def ended(process: apart_module._Process) -> None:
        end(process)
        statuses.append(process.wait())

    monkeypatch.setattr(apart_module._Process, "end", ended)

    def choose() -> Wanted:
        raise SettingsError("bert.precision: no runtime has this")

    with pytest.raises(SettingsError, match="no runtime has this"):
        ClassifierApart(choose)
    assert [0] == statuses


def test_weights_that_were_replaced_are_refused(
    wanted: Wanted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is known, and the calibration, are of those that were there at the start."""
    folder = shutil.copytree(wanted.source, tmp_path / "replaced")
    classifier = ClassifierApart(lambda: wanted._replace(source=str(folder)))
    assert classifier.facts.stamp
    os.utime(folder / "model.safetensors", (0, 0))
    os.kill(_pid(classifier), signal.SIGKILL)
    while "is another one now: start the service anew" not in caplog.text:
        time.sleep(0.05)
    assert not classifier.is_up
    classifier.close()


def test_what_answers_callers_loads_nothing_large() -> None:
    """Not into the process that answers: it is there at once, and small."""
    program = (
        "import sys, polarity.service.server, polarity.backends.bert, polarity.backends.apart;"
        "print(*{'torch', 'transformers', 'tokenizers', 'numpy', 'openai'} & set(sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert "" == found.stdout.strip()
