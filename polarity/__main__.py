"""`python -m polarity`, and `polarity`: the command line."""

import sys


def main() -> None:
    """Run the command line; who stops it while it is loaded is answered as later on."""
    try:
        from polarity.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted before it began\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
