"""Real parts, made once: a tiny BERT with random weights, the default contract, a llama.cpp server."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polarity.contract import Contract, load_contract

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may reach a hub

FIXTURES = Path(__file__).parent.parent / "fixtures"
CONTRACTS = Path(__file__).parent.parent / "contracts"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start every test in an empty folder, without POLARITY_* variables."""
    for name in [name for name in os.environ if name.startswith("POLARITY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The default contract."""
    return load_contract()


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the service does."""
    return "asyncio"


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a real, tiny checkpoint with random weights and the given label names."""

    def make(*names: str) -> Path:
        import torch
        from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

        folder = tmp_path_factory.mktemp("checkpoint")
        words = {
            word for line in _texts() for word in line.lower().replace(".", " ").split() if word.isalpha()
        }
        vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(words)]
        (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
        torch.manual_seed(0)
        sizes = json.loads((FIXTURES / "tiny_bert.json").read_text("utf-8"))
        sizes |= {"vocab_size": len(vocabulary), "num_labels": len(names)}
        config = BertConfig(
            **sizes,
            id2label=dict(enumerate(names)),
            label2id={name: index for index, name in enumerate(names)},
        )
        BertForSequenceClassification(config).save_pretrained(folder)
        BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
        return folder

    return make


def _texts() -> Iterator[str]:
    for line in (FIXTURES / "reviews.jsonl").read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)["text"]


@pytest.fixture(scope="session")
def tiny_checkpoint(make_checkpoint: Callable[..., Path]) -> Path:
    """A tiny checkpoint for the default contract's labels."""
    return make_checkpoint("negative", "neutral", "positive")
