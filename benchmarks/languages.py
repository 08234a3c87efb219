"""How often the guesser of languages names another one: python benchmarks/languages.py CODE FILE [CODE FILE]...

Each file holds texts in the language of the code before it. Printed are the shares of its texts that are guessed to
be in that language, in another, and in none; and of those in another one where that language is expected, as a
checkpoint expects its own. Scots counts as English.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from polarity.backends.input_form import ALIKE
from polarity.records import DEFAULT_COLUMNS, read
from polarity.texts import Guess, guessed


def main(arguments: list[str]) -> None:
    """Print a line for each file."""
    print(f"{'file':40} {'n':>6} {'right':>7} {'other':>7} {'open':>7} {'other if expected':>18}")
    for code, path in zip(arguments[::2], arguments[1::2], strict=True):
        texts = [row.text for row in read(Path(path), DEFAULT_COLUMNS)]
        right, other, silent = _shares([guessed(text) for text in texts], code)
        _, expected, _ = _shares([guessed(text, code) for text in texts], code)
        print(f"{path[-40:]:40} {len(texts):6} {right:7.4f} {other:7.4f} {silent:7.4f} {expected:18.4f}")


def _shares(guesses: Sequence[Guess | None], code: str) -> tuple[float, float, float]:
    own = (code, *ALIKE) if code == "en" else (code,)
    right = sum(guess is not None and guess.code in own for guess in guesses)
    silent = guesses.count(None)
    n = len(guesses)
    return right / n, (n - right - silent) / n, silent / n


if __name__ == "__main__":
    main(sys.argv[1:])
