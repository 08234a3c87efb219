"""Who may write into a run's folder: the workers of the driver that has it, and none that an older one left.

A driver that is killed leaves workers behind, which live on for seconds. Each worker holds a shared lock in
the folder as long as it lives; whoever takes the run up waits until nobody does, and leaves a token of its
own. A worker that comes later with another one is too late. Where a file system has no locks, the token has
to do.
"""

import fcntl
import os
import secrets
import time
import weakref
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from typing import Final

from polarity.errors import RunError

WORKERS: Final = ".workers"
PATIENCE_S: Final = 60.0  # Ray ends what has lost its driver in a few seconds
LOOK_AGAIN_S: Final = 0.2


def taken_over(folder: Path) -> str:
    """Wait until no worker of an older driver writes into a folder; give the token that ours need.

    Raises:
        RunError: there still is one.
    """
    token = secrets.token_hex(8)
    with (folder / WORKERS).open("a+", encoding="utf-8") as file:
        until_s = time.monotonic() + PATIENCE_S
        while not _is_alone(file.fileno()):
            if time.monotonic() > until_s:
                raise RunError(f"{folder}: workers of an earlier run still write into it: end them first")
            time.sleep(LOOK_AGAIN_S)
        file.truncate(0)
        file.write(token)
    return token


def _is_alone(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


class Lease:
    """What a process holds that writes into the folder, as long as it lives.

    Raises:
        RunError: another driver has the folder by now, or it is not there on this machine.
    """

    def __init__(self, folder: Path, token: str) -> None:
        self._folder, self._token = folder, token
        try:
            file = os.open(folder / WORKERS, os.O_RDONLY)
        except OSError as error:
            problem = f"cannot be used from {gethostname()}: {error.strerror}"
            raise RunError(f"{folder}: {problem}; all machines need it at the same place") from None
        weakref.finalize(self, os.close, file)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_SH)
        self.check()

    def check(self) -> None:
        """Make sure that nobody else has taken the run up.

        Raises:
            RunError: somebody has.
        """
        if (self._folder / WORKERS).read_text("utf-8") != self._token:
            raise RunError(f"{self._folder}: another process has taken up this run")
