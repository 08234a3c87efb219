"""A network that torch runs, in fp32 or bf16: BERT's own module here, or whatever transformers loads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from polarity.backends.facts import Wanted
from polarity.backends.plain.config import read_config
from polarity.backends.plain.network import PlainBert
from polarity.backends.runtimes.base import Shape
from polarity.backends.runtimes.processors import usable_processors
from polarity.backends.runtimes.tables import in_tables
from polarity.backends.runtimes.torch_network import Network
from polarity.backends.tokens import Tokens

DTYPES: Final = {"fp32": torch.float32, "bf16": torch.bfloat16}


class TorchRuntime:
    """A network, and how the tokenizer that it was trained with fills a row. See `Runtime`."""

    def __init__(
        self, network: Network, tokens: Tokens, threads: int = 1, *, name: str = "torch fp32"
    ) -> None:
        self.name, self.network = name, network
        self._tokens, self._threads = tokens, threads
        # Nobody promises that transformers' networks may be asked by two threads at once.
        self.at_once = threads if isinstance(network.logits, PlainBert) else 1

    @classmethod
    def load(cls, wanted: Wanted, tokens: Tokens) -> "TorchRuntime":
        """Load a folder or hub id, without transformers where it is a BERT.

        Raises:
            CheckpointError: it is missing, corrupt, not safetensors, or no classifier that can be used.
        """
        threads = wanted.threads or min(torch.get_num_threads(), usable_processors())
        return cls(_network(wanted), tokens, threads, name=f"torch {wanted.precision}")

    @property
    def shape(self) -> Shape:
        """What is known of the network."""
        return self.network.shape

    def logits(self, rows: Sequence[Sequence[int]], *, is_lone: bool = False) -> list[list[float]]:
        """Give a logit for each label, for each row of ids."""
        is_shared = self.at_once > 1 and not is_lone
        # A thread that asks for the first time takes what any has set last, and would forget its own number.
        torch.get_num_threads()
        torch.set_num_threads(1 if is_shared else self._threads)
        return in_tables(rows, self._logits)

    @torch.inference_mode()
    def _logits(self, rows: Sequence[Sequence[int]], columns: int) -> list[list[float]]:
        found: list[list[float]] = self.network.logits(*self._padded(rows, columns)).double().tolist()
        return found

    def _padded(self, rows: Sequence[Sequence[int]], columns: int) -> tuple[Tensor, Tensor]:
        """Make of rows a table of ids, (rows, columns), and one that marks with 1 what is no padding."""
        ids = torch.full((len(rows), columns), self._tokens.pad_id)
        mask = torch.zeros_like(ids)
        for at, row in enumerate(rows):
            own = slice(columns - len(row), columns) if self._tokens.pads_left else slice(0, len(row))
            ids[at, own] = torch.tensor(row)
            mask[at, own] = 1
        return ids, mask


def _network(wanted: Wanted) -> Network:
    folder, dtype = Path(wanted.source), DTYPES[wanted.precision]
    config = read_config(folder)
    bert = PlainBert.load(folder, config, dtype) if config else None
    if bert:
        return Network(bert, bert.shape)
    from polarity.backends.by_transformers import load_network

    return load_network(wanted.source, dtype)
