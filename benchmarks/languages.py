"""How often the guesser of languages names another one: python benchmarks/languages.py CODE FILE [CODE FILE]...

Each file holds texts in the language of the code before it. Printed are the shares of its texts that are guessed to
be in that language, in another, and in none.
"""

import sys
from pathlib import Path

from polarity.records import DEFAULT_COLUMNS, read
from polarity.texts import guessed


def main(arguments: list[str]) -> None:
    """Print a line for each file."""
    print(f"{'file':40} {'n':>6} {'right':>6} {'other':>6} {'open':>6}")
    for code, path in zip(arguments[::2], arguments[1::2], strict=True):
        guesses = [guessed(row.text) for row in read(Path(path), DEFAULT_COLUMNS)]
        right = sum(guess is not None and guess.code == code for guess in guesses)
        silent = guesses.count(None)
        shares = (count / len(guesses) for count in (right, len(guesses) - right - silent, silent))
        print(f"{path[-40:]:40} {len(guesses):6} {' '.join(f'{share:6.3f}' for share in shares)}")


if __name__ == "__main__":
    main(sys.argv[1:])
