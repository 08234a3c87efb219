"""The network behind a checkpoint: loaded by transformers, safetensors only, no remote code.

A checkpoint is either one of transformers' own sequence classifiers, which read the vector of the
first token, or a `PooledClassifier`: any encoder that `AutoModel` loads, one vector for the text out
of the vectors of its tokens, and a linear head. Which of both it is stands in its `config.json`.
"""

import sys
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
)
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.utils import logging as transformers_logging

from polarity.backends.folders import plainly_wrong
from polarity.backends.hub import NOWHERE, is_on_hub, one_line
from polarity.errors import CheckpointError

Representation = Literal["cls", "mean", "max"]

KEY = "representation"  # in config.json
DROPOUT = 0.1  # as BERT's, where an encoder names none


class PooledClassifier(PreTrainedModel):  # type: ignore[misc] # transformers is not looked into
    """An encoder, one vector a text as `config.representation` says, dropout, and a linear layer."""

    base_model_prefix = "encoder"

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.encoder = AutoModel.from_config(config)
        dropout = getattr(config, "hidden_dropout_prob", None)
        self.dropout = torch.nn.Dropout(DROPOUT if dropout is None else dropout)
        self.classifier = torch.nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **others: Any
    ) -> SequenceClassifierOutput:
        """Give `logits` of shape (texts, labels) for ids and mask of shape (texts, tokens)."""
        tokens = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **others).last_hidden_state
        vectors = pooled(tokens, attention_mask, getattr(self.config, KEY))
        return SequenceClassifierOutput(logits=self.classifier(self.dropout(vectors)))


def pooled(tokens: torch.Tensor, mask: torch.Tensor, representation: Representation) -> torch.Tensor:
    """Make one vector a text, (texts, size), of those of its tokens, (texts, tokens, size).

    "cls" is the first token's; "mean" and "max" are taken over the tokens that `mask` marks with 1.

    >>> tokens, mask = torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[1, 1, 0]])
    >>> [pooled(tokens, mask, kind).item() for kind in ("cls", "mean", "max")]
    [1.0, 2.0, 3.0]
    """
    if representation == "cls":
        return tokens[:, 0]
    marked = mask.unsqueeze(-1).bool()
    if representation == "max":
        return tokens.masked_fill(~marked, -torch.inf).amax(1)
    return tokens.masked_fill(~marked, 0.0).sum(1) / marked.sum(1)


def load_classifier(source: str) -> tuple[Any, list[str]]:
    """Load the classifier of a checkpoint in fp32, and name the weights that it has not.

    Raises:
        CheckpointError: it cannot be loaded, or its weights have another shape than its configuration says.
    """
    config = load_pretrained(AutoConfig, source)
    return _load(source, config)


def new_classifier(base: str, label_names: list[str], representation: Representation) -> Any:
    """Put an untrained head upon the encoder `base`, in fp32; a classifier of as many labels keeps its own.

    Raises:
        CheckpointError: the encoder cannot be loaded, or lacks weights of its own: it would begin as noise.
    """
    names = dict(enumerate(label_names))
    config = load_pretrained(
        AutoConfig,
        base,
        num_labels=len(names),
        id2label=names,
        label2id={name: index for index, name in names.items()},
    )
    is_pooled = hasattr(config, KEY)  # the base is a checkpoint of ours, of some representation
    if representation != "cls" or is_pooled or not _has_own_classifier(config):
        setattr(config, KEY, representation)
    model, missing = _load(base, config, is_head_new=True)  # a head for another number of labels
    if isinstance(model, PooledClassifier) and _lost(model, missing):
        model.encoder, missing = _load_with(AutoModel, base, config)  # its keys have another prefix
        missing = [f"{model.base_model_prefix}.{key}" for key in missing]
    if lost := _lost(model, missing):
        raise CheckpointError(f"{base!r} has no weights for {', '.join(lost[:3])}")
    return model


def _lost(model: Any, missing: list[str]) -> list[str]:
    """List the encoder's own among the missing weights; a head and what leads to it may well be new."""
    return [key for key in missing if key.startswith(f"{model.base_model_prefix}.") and "pooler" not in key]


def _factory(config: Any) -> Any:
    representation = getattr(config, KEY, None)
    if representation is None:
        return AutoModelForSequenceClassification
    if representation not in ("cls", "mean", "max"):
        raise CheckpointError(f"config.json: {KEY} is none of cls, mean, max: {representation!r}")
    return PooledClassifier


def _has_own_classifier(config: Any) -> bool:
    return type(config) in AutoModelForSequenceClassification._model_mapping  # noqa: SLF001 - no public way to ask


def _load(source: str, config: Any, *, is_head_new: bool = False) -> tuple[Any, list[str]]:
    return _load_with(_factory(config), source, config, is_head_new=is_head_new)


def _load_with(factory: Any, source: str, config: Any, *, is_head_new: bool = False) -> tuple[Any, list[str]]:
    """Load a model, and name the weights that it has not, or, where its head is new, not in its shape."""
    model, loading = load_pretrained(
        factory,
        source,
        config=config,
        dtype=torch.float32,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # refused here, with the shapes
    )
    if loading["mismatched_keys"] and not is_head_new:
        key, found, wanted = min(loading["mismatched_keys"])
        raise CheckpointError(
            f"{source!r} cannot be loaded: its {key} is of shape {tuple(found)}, where config.json, with "
            f"{config.num_labels} labels, wants {tuple(wanted)}"
        )
    other = {key for key, *_ in loading["mismatched_keys"]}
    return model, sorted(other.union(loading["missing_keys"]))


def position_limit(model: Any) -> int:
    """Find how many tokens the network has positions for.

    RoBERTa and its kin count positions from behind the padding id, and declare that many too many.
    """
    limit: int = getattr(model.config, "max_position_embeddings", None) or sys.maxsize
    for name, part in model.named_modules():
        if name.endswith("position_embeddings") and getattr(part, "padding_idx", None) is not None:
            limit -= part.padding_idx + 1
    return limit if limit > 0 else sys.maxsize  # XLNet says -1


def load_pretrained(factory: Any, source: str, **options: Any) -> Any:
    """Load with transformers from a folder or a hub id: safetensors only, no remote code.

    Raises:
        CheckpointError: with what is wrong, where transformers has many errors for it.
    """
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    if factory not in (AutoTokenizer, AutoConfig):
        options["use_safetensors"] = True
    is_folder = Path(source).is_dir()
    if not is_folder:
        options["local_files_only"] = not is_on_hub(source)
    try:
        return factory.from_pretrained(source, trust_remote_code=False, **options)
    except Exception as error:  # transformers, safetensors, tokenizers and json each raise their own
        what = "cannot be loaded" if is_folder else NOWHERE
        why = plainly_wrong(Path(source)) or one_line(error)
        raise CheckpointError(f"{source!r} {what}: {why}") from error
