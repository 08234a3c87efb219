"""A checkpoint in memory: padding, and nothing that it changes."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from polarity.backends.loaded import LoadedClassifier
from polarity.settings import BertSettings

ROWS = [[2, 7, 3], [2, 8, 9, 10, 11, 3], [2, 3]]


def _loaded(checkpoint: Path, side: str) -> LoadedClassifier:
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, padding_side=side)
    return LoadedClassifier(model, tokenizer, BertSettings())


@pytest.mark.parametrize("side", ["right", "left"])
def test_rows_are_padded_as_the_tokenizer_pads_them(side: str, tiny_checkpoint: Path) -> None:
    """On its side, with its token, and a mask that hides it."""
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_checkpoint, padding_side=side)
    expected = tokenizer.pad({"input_ids": ROWS}, return_tensors="pt")
    ids, mask = _loaded(tiny_checkpoint, side)._padded(ROWS)
    assert expected["input_ids"].tolist() == ids.tolist()
    assert expected["attention_mask"].tolist() == mask.tolist()


def test_a_row_has_the_same_logits_alone(tiny_checkpoint: Path) -> None:
    """Whoever else is in the batch."""
    loaded = _loaded(tiny_checkpoint, "right")
    for row, logits in zip(ROWS, loaded.score(ROWS), strict=True):
        assert pytest.approx(logits, abs=1e-5) == loaded.score([row])[0]
    assert ["negative", "neutral", "positive"] == sorted(loaded.facts.names)
    assert 64 == loaded.facts.max_length
