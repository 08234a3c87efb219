"""The process of `apart`: loads a checkpoint, then answers on its connections until one of them is closed.

It is started before it is known what it is to load, and gets ready meanwhile.
"""

import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from polarity.backends.memory import settle
from polarity.errors import PolarityError, missing_packages_named


def main(reading: Connection, *scoring: Connection) -> None:
    """Load what the first message names, say what it is, and answer."""
    gc.disable()  # until all is loaded
    try:
        with missing_packages_named():
            import numpy as np  # noqa: F401 - any runtime does: it is there by the time that one is chosen

            from polarity.backends.loaded import LoadedClassifier

            classifier = LoadedClassifier.load(scoring[0].recv())
    except PolarityError as error:
        scoring[0].send(error)
        return
    except EOFError:  # nothing was chosen
        return
    settle()
    scoring[0].send(classifier.facts)
    with suppress(BaseException):  # what fails now fails again, with a text that somebody waits for
        # the first pass sets up what others use
        classifier.score(classifier.read(["Fine."])[0].readings, is_lone=True)

    for connection in scoring:
        threading.Thread(target=_answer, args=(connection, classifier.score), daemon=True).start()
    threading.Thread(target=_answer, args=(reading, classifier.read), daemon=True).start()
    threading.Event().wait()


def _answer(connection: Connection, work: Callable[..., Any]) -> None:
    """Answer for ever. Whatever goes wrong ends the process: a thread must not leave a caller waiting."""
    try:
        while True:
            given, how = connection.recv()
            connection.send(_done(work, given, how))
    except (EOFError, OSError):  # the service has gone
        os._exit(0)
    except BaseException:  # noqa: BLE001 - no memory for a message, say
        os._exit(1)


def _done(work: Callable[..., Any], given: Sequence[Any], how: Mapping[str, Any]) -> tuple[bool, Any]:
    try:
        return True, work(*given, **how)
    except BaseException:  # noqa: BLE001 - whatever it is, also a panic in native code, it is told
        return False, traceback.format_exc()


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever stops the service stops its group, too
        signal.signal(number, signal.SIG_IGN)
    main(*(Connection(int(number)) for number in sys.argv[1:]))
