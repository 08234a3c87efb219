"""A checkpoint in a process of its own: what the network does, and what the callers do, share no Python lock.

The process is started anew when it dies, whatever of: a crash in native code, no memory left, a signal. What
it had in hand is done again, a part at a time (`isolation`), so that a text that kills it is found and fails.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain, repeat
from multiprocessing.connection import Connection
from pathlib import Path
from queue import LifoQueue
from typing import Any, Final

from polarity.backends.calls import Text
from polarity.backends.facts import Facts, Wanted
from polarity.backends.isolation import Interrupted
from polarity.backends.priority import step_back, wanted_niceness
from polarity.backends.runtimes.processors import usable_processors
from polarity.errors import BackendUnavailable, CheckpointError, PolarityError

log = logging.getLogger(__name__)

PROGRAM: Final = "polarity.backends.apart_process"
END_S: Final = 10.0
PAUSES_S: Final = (0.0, 1.0, 5.0, 15.0, 60.0)  # before each further start; the last one from then on


class ProcessDied(Interrupted):
    """The process ended while it had this in hand."""


class NetworkFailed(Exception):
    """The process could not do it. The message is its traceback."""


class ClassifierApart:
    """Starts the process, and starts it again when it ends. See `TextClassifier`.

    `choose` says what to load, while the process is starting. Whoever asks for `facts` first waits until it
    has loaded; it is watched from then on.

    Raises:
        whatever `choose` raises; the process has ended then.
    """

    def __init__(self, choose: Callable[[], Wanted]) -> None:
        self._niceness = wanted_niceness()
        self._is_closed = threading.Event()
        self._changed = threading.Condition()
        process = _Process(self._niceness)
        try:
            self._wanted = choose()
        except BaseException:
            process.end()
            raise
        process.load(self._wanted)
        self._process: _Process | None = process
        self._starting: _Process | None = None  # a further one, until it answers
        self._watching: threading.Thread | None = None

    @cached_property
    def facts(self) -> Facts:
        """What is known of the checkpoint.

        Raises:
            CheckpointError: it cannot be used.
        """
        process = self._process
        if process is None:
            raise BackendUnavailable("the BERT backend is closed")
        facts = process.facts()
        self._watching = threading.Thread(
            target=self._watch, args=(process,), name="polarity-bert-watch", daemon=True
        )
        self._watching.start()
        return facts

    @property
    def is_up(self) -> bool:
        """Whether the process can answer now."""
        return self._process is not None

    def read(self, texts: Sequence[str]) -> list[Text]:
        """Tokenize texts, and cut what is too long into readings."""
        found: list[Text] = self._asked("reading", list(texts))
        return found

    def score(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        found: list[list[float]] = self._asked("scoring", list(rows), is_lone=is_lone)
        return found

    def close(self) -> None:
        """End the process."""
        self._is_closed.set()
        with self._changed:
            process, self._process = self._process, None
            self._changed.notify_all()
            if self._starting:
                self._starting.kill()  # whoever waits for it to load goes on
        if process:
            process.end()
        if self._watching:
            self._watching.join()

    def _asked(self, what: str, *given: Any, **how: Any) -> Any:
        """Ask the process, once it is there.

        Raises:
            ProcessDied, NetworkFailed: it did not answer.
            BackendUnavailable: this was closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._process or self._is_closed.is_set())
            process = self._process
        if process is None:
            raise BackendUnavailable("the BERT backend is closed")
        try:
            return process.ask(what, *given, **how)
        except NetworkFailed:
            raise
        except Exception as error:  # mostly EOFError or OSError
            process.kill()  # dead or out of step: the one that watches starts another
            with self._changed:
                if self._process is process:  # who asks from now on waits for that one
                    self._process = None
            raise ProcessDied(f"while {what}") from error

    def _watch(self, process: "_Process") -> None:
        while not self._is_closed.is_set():
            status = process.wait()
            process.end()
            with self._changed:
                self._process = None
            if not self._is_closed.is_set():
                log.error("the classifier's process ended with %d, and is started again", status)
                process = self._started_again() or process

    def _started_again(self) -> "_Process | None":
        for pause_s in chain(PAUSES_S, repeat(PAUSES_S[-1])):
            self._is_closed.wait(pause_s)
            try:
                with self._changed:  # either it is closed by now, or closing finds what is being started
                    if self._is_closed.is_set():
                        break
                    self._starting = _Process(self._niceness)
                self._starting.load(self._wanted)
                return self._taken(self._starting)
            except Exception as error:  # without this thread nobody would be answered ever again
                if self._starting:
                    self._starting.end()
                if not self._is_closed.is_set():
                    is_foreseen = isinstance(error, PolarityError | OSError)
                    log.error(  # noqa: TRY400 - the traceback of what is foreseen says nothing
                        "the classifier's process cannot be started: %r", error, exc_info=not is_foreseen
                    )
            finally:
                with self._changed:
                    self._starting = None
        return None

    def _taken(self, process: "_Process") -> "_Process":
        """Answer by a process from now on, unless it has been closed meanwhile.

        Raises:
            CheckpointError: another checkpoint lies there now, and what is said of it would be wrong.
        """
        if process.facts()._replace(at_once=self.facts.at_once) != self.facts:  # it may have other processors
            process.end()
            raise CheckpointError(f"{self._wanted.source!r} is another one now: start the service anew")
        with self._changed:
            self._starting = None
            if not self._is_closed.is_set():
                self._process = process
                self._changed.notify_all()
        if self._is_closed.is_set():
            process.end()
        log.warning("the classifier's process is there again")
        return process


class _Process:
    """One process, and connections to it: one to read by, and one for each batch that is scored at once."""

    def __init__(self, niceness: int) -> None:
        ours, theirs = zip(*(socket.socketpair() for _ in range(1 + usable_processors())), strict=True)
        numbers = [one.fileno() for one in theirs]
        root = str(Path(__file__).parents[2])  # where `polarity` lies
        paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", PROGRAM, *map(str, numbers)],
            pass_fds=numbers,
            env=os.environ | {"PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        step_back(self._process.pid, niceness)
        for one in theirs:
            one.close()
        self._sockets = ours
        connections = [Connection(os.dup(one.fileno())) for one in ours]
        self._loading = connections[1]
        self._free: Mapping[str, LifoQueue[Connection]] = {"reading": LifoQueue(), "scoring": LifoQueue()}
        for at, one in enumerate(connections):
            self._free["scoring" if at else "reading"].put(one)

    def load(self, wanted: Wanted) -> None:
        """Tell it what to load. Asked once."""
        self._source = wanted.source
        with suppress(OSError):  # it has ended: that is said where its facts are asked for
            self._loading.send(wanted)

    def facts(self) -> Facts:
        """Wait until it has loaded, and give what it knows of the checkpoint. Asked once.

        Raises:
            CheckpointError, PackageMissing: it cannot be loaded, and the process has ended.
        """
        try:
            found = self._loading.recv()
        except (EOFError, OSError):
            self.end()
            raise CheckpointError(
                f"{self._source!r}: the process that loads it ended with {self.wait()}"
            ) from None
        if isinstance(found, Facts):
            return found
        self.end()
        raise found

    def ask(self, what: str, *given: Any, **how: Any) -> Any:
        """Ask one thing, once a connection for it is free, and wait for the answer."""
        connection = self._free[what].get()
        try:
            connection.send((given, how))
            succeeded, found = connection.recv()
        finally:
            self._free[what].put(connection)
        if not succeeded:
            raise NetworkFailed(found)
        return found

    def wait(self) -> int:
        """Wait for its end, and give its status."""
        return self._process.wait()

    def kill(self) -> None:
        """End it at once; it may have ended already."""
        self._process.kill()

    def end(self) -> None:
        """End it: it leaves by itself when its connections are shut down; if it does not, it is killed.

        A connection is not closed while a thread may read from it: that would not wake the thread.
        """
        for one in self._sockets:
            with suppress(OSError):  # the other end has gone first
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
