"""Easy labelled sentences of our own, made of words that the tiny BERT of conftest.py knows."""

import json
from pathlib import Path

from polarity.training.dataset import Example

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
NAMES = ("negative", "neutral", "positive")
ALL = frozenset(range(len(LABELS)))
CUES = {
    "NEGATIVE": ("terrible", "broken", "awful", "miserable"),
    "NEUTRAL": ("average", "ordinary", "annual", "monthly"),
    "POSITIVE": ("delicious", "excellent", "superb", "lovely"),
}
FRAMES = (
    "the {} plan",
    "my {} phone and the {} app",
    "this is {}",
    "the service was {}",
    "a {} room for the family",
)
SENTENCES = [
    (frame.replace("{}", cue), label) for label, cues in CUES.items() for cue in cues for frame in FRAMES
]


def examples() -> list[Example]:
    """Sixty examples that one word each gives away, twenty a label."""
    return [Example(text, LABELS.index(label), ALL) for text, label in SENTENCES]


def write_rows(path: Path, rows: list[dict[str, object]]) -> Path:
    """Write rows as JSON Lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def write_sentences(path: Path) -> Path:
    """Write the sixty sentences."""
    return write_rows(path, [{"text": text, "label": label} for text, label in SENTENCES])
