"""Memory of a process that has loaded what it needs."""

import subprocess
import sys


def test_what_is_loaded_is_never_searched_for_garbage() -> None:
    """What comes after it is, and more seldom. In a process of its own: it holds for all of that."""
    program = (
        "import gc\n"
        "from polarity.backends.memory import YOUNG, settle\n"
        "gc.disable()\n"
        "loaded = [[] for _ in range(1000)]\n"
        "settle()\n"
        "later = []\n"
        "kept = {id(one) for one in gc.get_objects()}\n"
        "print(gc.isenabled(), gc.get_threshold()[0] == YOUNG, id(loaded[0]) in kept, id(later) in kept)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "True True False True\n" == done.stdout
