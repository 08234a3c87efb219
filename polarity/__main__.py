"""`python -m polarity`, and `polarity`: the command line."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command line; who stops it while it is loaded is answered as later on."""
    _open_streams()
    try:
        from polarity.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted before it began\n")
        sys.exit(130)
    run()


def _open_streams() -> None:
    """Have the three streams that whoever started this closed lead nowhere, and no file take their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - to the end


if __name__ == "__main__":
    main()
