"""The parts of any checkpoint that transformers can load, and what it loads and yet would answer nonsense."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoTokenizer

from polarity.backends.network import load_classifier, load_pretrained, position_limit
from polarity.backends.overflow import frame_of
from polarity.backends.runtimes.base import Shape
from polarity.backends.runtimes.torch_network import Network
from polarity.backends.tokens import Tokens
from polarity.errors import CheckpointError


def load_network(source: str, dtype: torch.dtype) -> Network:
    """Load the classifier of a folder or hub id.

    Raises:
        CheckpointError: it is missing, corrupt, not safetensors, or no classifier that can be used.
    """
    model, missing = load_classifier(source)
    check_network(model, missing, source)
    return network_of(model.to(dtype).eval())


def network_of(model: Any) -> Network:
    """Make a part of what transformers has loaded."""

    def logits(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = model(input_ids=ids, attention_mask=mask).logits
        return found

    names = tuple(model.config.id2label[index] for index in range(model.config.num_labels))
    return Network(logits, Shape(names, position_limit(model), model.get_input_embeddings().num_embeddings))


def load_tokens(source: str) -> Tokens:
    """Load the tokenizer of a folder or hub id.

    Raises:
        CheckpointError: it is missing or broken, or cannot be used.
    """
    tokenizer = load_pretrained(AutoTokenizer, source)
    check_tokenizer(tokenizer, source)
    return tokens_of(tokenizer)


def tokens_of(tokenizer: Any) -> Tokens:
    """Make a part of what transformers has loaded."""

    def encode(texts: Sequence[str]) -> list[list[int]]:
        ids: list[list[int]] = tokenizer(list(texts))["input_ids"]
        return ids

    return Tokens(
        encode=encode,
        frame=frame_of(tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]),
        max_length=tokenizer.model_max_length,
        pad_id=tokenizer.pad_token_id,
        pads_left=tokenizer.padding_side == "left",
        unknown_id=tokenizer.unk_token_id,
        size=len(tokenizer),
    )


def check_network(model: Any, missing: Sequence[str], source: str) -> None:
    """Refuse what would answer nonsense, or nothing.

    Raises:
        CheckpointError: naming what is wrong with it.
    """
    if missing:
        names = ", ".join(sorted(missing)[:3])
        raise CheckpointError(f"{source!r} is no trained classifier: it has no weights for {names}")
    if model.config.problem_type == "multi_label_classification":
        raise CheckpointError(f"{source!r} is a multi-label classifier: its scores are no distribution")
    if sorted(model.config.id2label) != list(range(model.config.num_labels)):
        raise CheckpointError(f"{source!r} does not number its labels from 0: {dict(model.config.id2label)}")


def check_tokenizer(tokenizer: Any, source: str) -> None:
    """Refuse a tokenizer that cannot fill a row, or knows no word.

    Raises:
        CheckpointError: naming what is wrong with it.
    """
    if tokenizer.pad_token_id is None:
        raise CheckpointError(f"{source!r} has a tokenizer without a padding token")
    if len(tokenizer) <= len(tokenizer.all_special_ids):  # made up where its files are missing
        raise CheckpointError(f"{source!r} has a tokenizer without any word: are its files missing?")
