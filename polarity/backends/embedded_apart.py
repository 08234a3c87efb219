"""The embedded server's process, which is started again at the same address when it dies.

It is one of its own since llama.cpp holds Python's lock while it loads weights and while it closes: in a
service's process no caller would be answered meanwhile.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from polarity.backends.priority import step_back, wanted_niceness
from polarity.errors import BackendRejected

log = logging.getLogger(__name__)

PROGRAM: Final = "polarity.backends.embedded_process"
PAUSES_S: Final = (0.0, 1.0, 5.0, 15.0, 60.0)  # before each further start; the last one from then on


class ServerApart:
    """A server that is up until it is ended. What it has in hand when it dies fails."""

    def __init__(self, wanted: Mapping[str, object]) -> None:
        """Start what is `wanted`, see `embedded_process`, and wait until it has loaded.

        Raises:
            BackendRejected: it does not serve these weights.
        """
        self._niceness = wanted_niceness()
        self._is_ended = threading.Event()
        self._process = _Process({**wanted, "port": 0}, self._niceness)
        self.address = self._process.address()
        self._wanted = {**wanted, "port": urlsplit(self.address).port}
        threading.Thread(target=self._watch, name="polarity-llm-watch", daemon=True).start()

    def end(self) -> None:
        """End it, and what it is doing."""
        self._is_ended.set()
        self._process.end()

    def _watch(self) -> None:
        while True:
            status = self._process.wait()
            self._process.end()  # it has: what leads to it is closed
            if self._is_ended.is_set():
                return
            log.error("the language model's process ended with %d, and is started again", status)
            self._start_again()

    def _start_again(self) -> None:
        for pause_s in chain(PAUSES_S, repeat(PAUSES_S[-1])):
            if self._is_ended.wait(pause_s):
                return
            self._process = process = _Process(self._wanted, self._niceness)
            if self._is_ended.is_set():  # between the two
                process.end()
            try:
                process.address()
            except BackendRejected as error:
                log.error("the language model's process cannot be started: %s", error)  # noqa: TRY400 - again, soon
            else:
                log.warning("the language model's process is there again")
                return


class _Process:
    """One process: it ends when its standard input does, and so with this one."""

    def __init__(self, wanted: Mapping[str, object], niceness: int) -> None:
        root = str(Path(__file__).parents[2])  # where `polarity` lies
        paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", PROGRAM],
            env=os.environ | {"PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        step_back(self._process.pid, niceness)
        with suppress(OSError):  # it has ended: that is said where it is asked for its address
            print(json.dumps(wanted), file=self._process.stdin, flush=True)

    def address(self) -> str:
        """Wait until it has loaded, and give where it listens.

        Raises:
            BackendRejected: it does not serve these weights, and has ended.
        """
        assert self._process.stdout is not None  # noqa: S101
        with self._process.stdout as said:
            told = said.read()
        found = json.loads(told) if told else {}
        if "address" in found:
            return str(found["address"])
        self.end()
        raise BackendRejected(found.get("refused") or f"its process ended with {self._process.returncode}")

    def wait(self) -> int:
        """Wait for its end, and give its status."""
        return self._process.wait()

    def end(self) -> None:
        """End it at once; it may have ended already."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what it has not read
            self._process.stdin.close()
