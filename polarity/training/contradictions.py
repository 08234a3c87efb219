"""Texts that training data label in several ways: whatever is learned of one row, another one takes back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from polarity.training.dataset import Example
from polarity.training.sides import folded

SHOWN = 60  # characters of a text


class Contradictions(NamedTuple):
    """How many rows have a text that stands there with another label too, how many texts, and one of them."""

    rows: int = 0
    texts: int = 0
    instance: str = ""

    @property
    def sentence(self) -> str:
        """Say it to a person."""
        texts = f"texts with several labels: {self.texts:,}, as {self.instance}"
        return f"{self.rows:,} rows contradict each other; {texts}"


NONE = Contradictions()


def contradictions(examples: Iterable[Example], labels: Sequence[str]) -> Contradictions:
    """Count the rows whose text has several labels; case and white space make no other text.

    >>> both = frozenset({0, 1})
    >>> rows = [Example("Call me", 0, both), Example("call  me ", 1, both), Example("Hi", 0, both)]
    >>> contradictions(rows, ["HAM", "SPAM"]).sentence
    "2 rows contradict each other; texts with several labels: 1, as 'Call me' (HAM, SPAM)"
    """
    found: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        found[folded(example.text)].append(example)
    several = [rows for rows in found.values() if len({row.label for row in rows}) > 1]
    if not several:
        return NONE
    named = ", ".join(labels[label] for label in sorted({row.label for row in several[0]}))
    text = several[0][0].text
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return Contradictions(sum(map(len, several)), len(several), f"{shown!r} ({named})")
