"""The process of `apart`: loads a checkpoint, then answers on two connections until one of them is closed.

It is started before it is known what it is to load, and gets ready meanwhile.
"""

import ctypes
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from polarity.errors import PolarityError, missing_packages_named


def main(reading: Connection, scoring: Connection) -> None:
    """Load what the first message names, say what it is, and answer."""
    gc.disable()  # what is loaded are a library's million objects, of which nothing is garbage
    try:
        with missing_packages_named():
            import numpy as np  # noqa: F401 - any runtime does: it is there by the time that one is chosen

            from polarity.backends.loaded import LoadedClassifier

            classifier = LoadedClassifier.load(scoring.recv())
    except PolarityError as error:
        scoring.send(error)
        return
    except EOFError:  # nothing was chosen
        return
    gc.freeze()
    gc.enable()
    _give_memory_back()
    scoring.send(classifier.facts)
    with suppress(Exception):  # what fails now fails again, with a text that somebody waits for
        classifier.score(classifier.read(["Fine."])[0].readings)  # the first pass sets up what others use
    for connection, work in ((reading, classifier.read), (scoring, classifier.score)):
        threading.Thread(target=_answer, args=(connection, work), daemon=True).start()
    threading.Event().wait()


def _give_memory_back() -> None:
    """Give the system what loading needed and answering does not: tens of MiB that libc keeps otherwise."""
    with suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)


def _answer(connection: Connection, work: Callable[[Any], Any]) -> None:
    while True:
        try:
            items = connection.recv()
        except (EOFError, OSError):  # the service has gone
            os._exit(0)
        try:
            found = True, work(items)
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            found = False, traceback.format_exc()
        try:
            connection.send(found)
        except OSError:
            os._exit(0)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever stops the service stops its group, too
        signal.signal(number, signal.SIG_IGN)
    main(*(Connection(int(number)) for number in sys.argv[1:]))
