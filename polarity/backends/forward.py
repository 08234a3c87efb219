"""Rows of ids through a network, in one forward pass of torch."""

from collections.abc import Sequence
from typing import Any

import torch

from polarity.backends.network import position_limit


class TorchNetwork:
    """A sequence classifier, its labels' names in order, and the tokens that it reads at once.

    `pad_id` fills a short row up, on the `padding_side` of the tokenizer.
    """

    def __init__(self, model: Any, *, dtype: torch.dtype, pad_id: int, padding_side: str) -> None:
        self.module = model.to(dtype).eval()
        self.names: list[str] = [model.config.id2label[index] for index in range(model.config.num_labels)]
        self.most_tokens = position_limit(model)
        self._pad_id, self._on_left = pad_id, padding_side == "left"

    @torch.inference_mode()
    def score(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        ids, mask = self._padded(rows)
        device = self.module.device
        logits = self.module(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
        found: list[list[float]] = logits.double().tolist()
        return found

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Make of rows a table of ids, (rows, longest), and one that marks with 1 what is no padding."""
        longest = max(map(len, rows))
        ids = torch.full((len(rows), longest), self._pad_id)
        mask = torch.zeros_like(ids)
        for at, row in enumerate(rows):
            own = slice(longest - len(row), longest) if self._on_left else slice(0, len(row))
            ids[at, own] = torch.tensor(row)
            mask[at, own] = 1
        return ids, mask
