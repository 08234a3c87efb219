"""Rows through the network: padding, and nothing that it changes."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from polarity.backends.forward import TorchNetwork

ROWS = [[2, 7, 3], [2, 8, 9, 10, 11, 3], [2, 3]]


def _network(checkpoint: Path, side: str, dtype: torch.dtype = torch.float32) -> TorchNetwork:
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint)
    return TorchNetwork(model, dtype=dtype, pad_id=0, padding_side=side)


@pytest.mark.parametrize("side", ["right", "left"])
def test_rows_are_padded_as_the_tokenizer_pads_them(side: str, tiny_checkpoint: Path) -> None:
    """On its side, with its token, and a mask that hides it."""
    tokenizer: Any = AutoTokenizer.from_pretrained(tiny_checkpoint, padding_side=side)
    expected = tokenizer.pad({"input_ids": ROWS}, return_tensors="pt")
    ids, mask = _network(tiny_checkpoint, side)._padded(ROWS)
    assert 0 == tokenizer.pad_token_id
    assert expected["input_ids"].tolist() == ids.tolist()
    assert expected["attention_mask"].tolist() == mask.tolist()


def test_a_row_has_the_same_logits_alone(tiny_checkpoint: Path) -> None:
    """Whoever else is in the batch."""
    network = _network(tiny_checkpoint, "right")
    for row, logits in zip(ROWS, network.score(ROWS), strict=True):
        assert pytest.approx(logits, abs=1e-5) == network.score([row])[0]
    assert ["negative", "neutral", "positive"] == sorted(network.names)
    assert 64 == network.most_tokens
