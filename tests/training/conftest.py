"""One fine-tuned tiny BERT, made once."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import torch

from polarity.training.dataset import DataSet
from polarity.training.finetune import FineTuned, fine_tune
from polarity.training.options import TrainingOptions

from .sentences import NAMES, examples

OPTIONS = TrainingOptions(epochs=12, batch_size=8, learning_rate=2e-3, precision="fp32")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """A tiny model is fastest on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny_base(make_checkpoint: Callable[..., Path]) -> Path:
    """A tiny BERT with random weights to train from."""
    return make_checkpoint(*NAMES)


@pytest.fixture(scope="session")
def _tuned(tiny_base: Path) -> FineTuned:
    options = TrainingOptions(epochs=1, batch_size=16, learning_rate=1e-3, precision="fp32")
    return fine_tune([DataSet(examples=examples())], {"same": examples()}, NAMES, str(tiny_base), options)


@pytest.fixture
def tuned(_tuned: FineTuned) -> FineTuned:
    """A model trained on the sixty sentences for one epoch; each test has a copy of its own."""
    return deepcopy(_tuned)
