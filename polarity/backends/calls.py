"""What one caller asked, and what is known of it so far. No thread and no clock."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from polarity.backends.turns import Call, Row
from polarity.types import Known

SLICE_CHARS: Final = 16_384  # of one call that are read before it is another's turn


class Text(NamedTuple):
    """A tokenized text: how many tokens it has, the ids of each reading of it, and how much is known."""

    tokens: int
    readings: Sequence[Sequence[int]]
    known: Known | None = None


class Part(NamedTuple):
    """What the network said of one reading: how many tokens it has, and a logit for each label."""

    tokens: int
    logits: Sequence[float]


class Said(NamedTuple):
    """What is said of a text of so many tokens: its parts, or exceptions where some could not be had."""

    tokens: int
    parts: Sequence[Part | Exception]
    known: Known | None = None


@dataclass(eq=False, kw_only=True)
class Asked(Call):
    """A call under way.

    `most` is what its texts have at most, before they are read. `held` is what it counts for in admission:
    an estimate until all is read, then the tokens that are not scored. `unscored` and `unscored_tokens` count
    its rows that wait, or are in the network. `has_readings`: each of its texts so far could be tokenized and
    has some. `is_over` once nobody works on it any more: its caller has left, or it fails.
    """

    texts: Sequence[str]
    most: int
    held: int
    came_s: float
    future: Future[list[Said]] = field(default_factory=Future)
    tokens: list[int] = field(default_factory=list)
    known: list[Known | None] = field(default_factory=list)
    parts: list[list[Part | Exception]] = field(default_factory=list)
    unscored: int = 0
    unscored_tokens: int = 0
    has_readings: bool = True
    has_begun: bool = False
    is_over: bool = False

    @property
    def is_read(self) -> bool:
        """Whether all of its texts are tokenized."""
        return len(self.tokens) == len(self.texts)

    @property
    def is_whole(self) -> bool:
        """Whether all is read and scored."""
        return self.is_read and self.unscored == 0

    @property
    def is_one_row(self) -> bool:
        """Whether it is one reading of one text, which is not scored yet."""
        return len(self.texts) == self.unscored == 1 and self.is_read and not self.parts[0]

    @property
    def unread_tokens(self) -> int:
        """What it counts for beside its rows: about as many tokens as are not read yet."""
        return max(0, self.held - self.unscored_tokens)

    def next_texts(self, *, whole: bool = False) -> Sequence[str]:
        """Give the next texts to be read: one, and what else fits a slice, or all that are left."""
        first, size = len(self.tokens), 0
        if whole:
            return self.texts[first:]
        for at in range(first, len(self.texts)):
            size += len(self.texts[at])
            if size > SLICE_CHARS and at > first:
                return self.texts[first:at]
        return self.texts[first:]

    def read(self, found: Sequence[Text | Exception]) -> list[tuple[int, Sequence[int]]]:
        """Note the next texts, and give what is to be scored: places in the call, and ids."""
        rows: list[tuple[int, Sequence[int]]] = []
        for text in found:
            self.has_readings &= not isinstance(text, Exception) and bool(text.readings)
            rows += [] if isinstance(text, Exception) else [(len(self.tokens), ids) for ids in text.readings]
            self.parts.append([text] if isinstance(text, Exception) else [])
            self.tokens.append(0 if isinstance(text, Exception) else text.tokens)
            self.known.append(None if isinstance(text, Exception) else text.known)
        self.unscored += len(rows)
        self.unscored_tokens += sum(len(ids) for _, ids in rows)
        return rows

    def scored(self, row: Row, found: Sequence[float] | Exception) -> None:
        """Note what the network said of a row."""
        self.parts[row.place].append(found if isinstance(found, Exception) else Part(row.length, found))
        self.unscored -= 1
        self.unscored_tokens -= row.length

    def said(self) -> list[Said]:
        """Give what is said of each text."""
        return [Said(*one) for one in zip(self.tokens, self.parts, self.known, strict=True)]
