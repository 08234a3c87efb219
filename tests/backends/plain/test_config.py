"""What is a plain BERT by its configuration, and what is left to transformers."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from polarity.backends.plain.config import BertConfig, read_config, read_json


def test_a_trained_bert_is_read(tiny_checkpoint: Path) -> None:
    """Its labels in their order, and its shape."""
    assert BertConfig(("negative", "neutral", "positive"), 2, 2, 1e-12) == read_config(tiny_checkpoint)


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": "roberta"},
        {"hidden_act": "relu"},
        {"is_decoder": True},
        {"position_embedding_type": "relative_key"},
        {"representation": "mean"},
        {"problem_type": "multi_label_classification"},
        {"id2label": {"1": "a", "2": "b"}},
        {"id2label": None},
        {"num_hidden_layers": None},
        {"layer_norm_eps": "tiny"},
    ],
)
def test_what_is_no_such_bert_is_left_alone(
    changes: dict[str, Any], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Another network, or a configuration that does not say all: no guess, and no error."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "other")
    found = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(found | changes), "utf-8")
    assert read_config(folder) is None


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_nothing(content: bytes, tmp_path: Path) -> None:
    """Broken, or something else, or not there."""
    (tmp_path / "a.json").write_bytes(content)
    assert read_json(tmp_path / "a.json") is None
    assert read_json(tmp_path / "none.json") is None
