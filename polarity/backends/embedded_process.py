"""The process of `embedded_apart`: serves the weights that its first line names, until its input ends.

On its standard output it says one thing, as JSON: the `address` at which it listens, or why it was `refused`.
"""

import json
import os
import signal
import sys
from typing import Any


def main() -> None:
    """Read what is wanted, serve it, and end when whoever started this has gone."""
    wanted = json.loads(sys.stdin.readline())
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the library prints is no answer
    try:
        server = _started(**wanted)
    except RuntimeError as error:
        found = {"refused": str(error)}
    else:
        found = {"address": server.listening_address}
    with told:
        told.write(json.dumps(found))
    sys.stdin.read()
    os._exit(0)  # at once: the library would wait for requests that nobody waits for


def _started(path: str, port: int, slots: int, context: int, threads: int, api_key: str, folder: str) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.api_keys = [api_key]
    params.n_parallel = slots
    params.n_ctx = context
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    # The default keeps up to 8 GiB of old prompts; each slot keeps its own prefix anyway.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.verbosity = -1
    params.slot_save_path = f"{folder}/"
    return xllamacpp.Server(params)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever stops the service stops its group, too
        signal.signal(number, signal.SIG_IGN)
    main()
