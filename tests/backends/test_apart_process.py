"""The process that answers for a checkpoint, by itself."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("work", "status"),
    [("1 / 0", 0), ("sys.exit(7)", 0), ("lambda: None", 1)],  # told; told; an answer that cannot be sent
)
def test_what_cannot_be_told_ends_the_process(work: str, status: int) -> None:
    """A thread that ended by itself would leave a caller waiting. When the service goes, it ends with 0."""
    code = (
        "import sys; from multiprocessing import Pipe; from threading import Thread\n"
        "from polarity.backends.apart_process import _answer\n"
        "ours, theirs = Pipe(); ours.send(((), {}))\n"
        f"Thread(target=_answer, args=(theirs, lambda: {work})).start()\n"
        "assert ours.recv()[0] is False; ours.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, timeout=60)
    assert status == done.returncode, done.stderr
