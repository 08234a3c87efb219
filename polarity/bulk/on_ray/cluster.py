"""Ray, started for one run on this machine, or the cluster that somebody names.

On this machine nothing of it is reached from elsewhere: it listens on the loopback address, with a token of
its own, has no dashboard, and sends nobody what it is used for. No other cluster is found by accident: an
address that lies in the environment or in a file of Ray's counts only where it is named.
"""

import fcntl
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from polarity.errors import RunError, SettingsError

LOOPBACK: Final = "127.0.0.1"
ONLY_HERE: Final = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"  # where it is 0, Ray listens on the loopback address
OBJECTS: Final = 2**29  # bytes of shared memory for what is dealt out: parts have few megabytes
DRIVER: Final = 1  # processor for reading, which mostly waits
QUIET: Final = "ERROR"
FOLDERS: Final = "polarity-ray-"  # how those begin that hold what Ray writes
OWNER: Final = "owner.lock"
FRESH_S: Final = 60.0  # a folder that is younger may not be locked yet
STARTS: Final = 2  # Ray gives itself 30 s to start, which on a busy machine may be too little


@contextmanager
def started(address: str | None, processors: int) -> Iterator[bool]:
    """Have Ray within the block: on this machine with so many processors, or the one at an address.

    Where the caller has started Ray already it is used as it is, and left running. Gives whether it is one of
    our own.

    Raises:
        RunError: it cannot be started, or there is none at the address.
    """
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0"} | ({ONLY_HERE: "0"} if address is None else {})
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # each step, and what is raised as well
    if ray.is_initialized():
        yield False
        return
    with _folder() as folder:
        try:
            _start(ray, address, _own(folder, processors) if address is None else {})
            if address is None and ray.util.get_node_ip_address() != LOOPBACK:
                problem = "Ray was imported before, and would listen on all addresses of this machine"
                raise RunError(f"{problem}: set {ONLY_HERE}=0 before, or begin one with ray.init()")
            yield address is None
        finally:
            ray.shutdown()


@contextmanager
def _folder() -> Iterator[Path]:
    """Have a folder for what Ray writes, locked meanwhile; those that killed runs left are removed."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=FOLDERS))
    try:
        with (folder / OWNER).open("wb") as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    for owner in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*/{OWNER}"):
        with suppress(OSError), owner.open("rb") as file:
            if time.time() - owner.stat().st_mtime > FRESH_S:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(owner.parent, ignore_errors=True)


def _start(ray: Any, address: str | None, options: dict[str, Any]) -> None:
    where = "on this machine" if address is None else f"at {address!r}"
    for left in reversed(range(STARTS)):
        try:
            ray.init(address=address or "local", log_to_driver=False, logging_level=QUIET, **options)
        except Exception as error:  # what goes wrong has no type of its own
            ray.shutdown()
            if left and address is None:
                continue
            raise RunError(f"there is no Ray {where}: {str(error).strip().splitlines()[0]}") from error
        return


def _own(folder: Path, processors: int) -> dict[str, Any]:
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else one is written into the home folder
    return {
        "include_dashboard": False,
        "num_cpus": processors + DRIVER,
        "object_store_memory": OBJECTS,
        "_temp_dir": f"{folder}/ray",  # Ray lets everybody into its own: nobody is let into ours
    }


def workers_there(threads: int) -> int:
    """Say how many workers with so many threads a cluster has room for, beside what reads.

    Raises:
        SettingsError: it has none.
    """
    import ray

    processors = int(ray.cluster_resources().get("CPU", 0))
    if processors < threads + DRIVER:
        raise SettingsError(f"the cluster has {processors} processors: too few for a worker of {threads}")
    return (processors - DRIVER) // threads
