"""The last layer for the first token only: the same logits, for less."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

from polarity.backends.first_token import FirstTokenLayer, for_first_token


@pytest.mark.parametrize("lengths", [[7], [7, 7], [7, 3, 1]], ids=["alone", "no padding", "padding"])
@torch.inference_mode()
def test_logits_are_the_whole_layers(lengths: list[int], tiny_checkpoint: Path) -> None:
    """With padding and without; one vector a text leaves the layer."""
    whole = AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint).eval()
    less = for_first_token(copy.deepcopy(whole))
    ids = torch.randint(5, 50, (len(lengths), 7))
    mask = torch.tensor([[1] * length + [0] * (7 - length) for length in lengths])
    expected = whole(input_ids=ids, attention_mask=mask).logits
    found = less(input_ids=ids, attention_mask=mask).logits
    assert isinstance(less.bert.encoder.layer[-1], FirstTokenLayer)
    assert torch.allclose(expected, found, atol=1e-6)
    assert (len(lengths), 1, 32) == tuple(less.bert(input_ids=ids).last_hidden_state.shape)


def test_other_networks_are_left_alone() -> None:
    """Whatever reads more than the first token, or is made of other layers, is as it was."""
    sizes: dict[str, Any] = {
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 8,
    }
    network = RobertaForSequenceClassification(RobertaConfig(**sizes))
    before = network.roberta.encoder.layer[-1]
    assert before is for_first_token(network).roberta.encoder.layer[-1]
