"""`python -m polarity`: the command line."""

from polarity.cli import main

if __name__ == "__main__":
    main()
