"""BERT in our own torch: the same logits as transformers', for less; or nothing, where it is not one."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from polarity.backends.plain.config import BertConfig, read_config
from polarity.backends.plain.network import PlainBert


def _plain(folder: Path, dtype: torch.dtype = torch.float32) -> PlainBert | None:
    config = read_config(folder)
    assert config
    return PlainBert.load(folder, config, dtype)


@pytest.mark.parametrize("lengths", [[7], [7, 7], [7, 3, 1]], ids=["alone", "no padding", "padding"])
@pytest.mark.parametrize("side", ["right", "left"])
@torch.inference_mode()
def test_logits_are_transformers(lengths: list[int], side: str, tiny_checkpoint: Path) -> None:
    """With padding and without, on either side."""
    usual = AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint).eval()
    plain = _plain(tiny_checkpoint)
    assert plain
    ids = torch.randint(5, 50, (len(lengths), 7))
    rows = [[1] * length + [0] * (7 - length) for length in lengths]
    mask = torch.tensor(rows if side == "right" else [row[::-1] for row in rows])
    expected = usual(input_ids=ids, attention_mask=mask).logits
    torch.testing.assert_close(plain(ids, mask), expected, atol=1e-6, rtol=1e-5)
    sizes = usual.config.max_position_embeddings, usual.config.vocab_size
    assert (("negative", "neutral", "positive"), *sizes) == plain.shape


@torch.inference_mode()
def test_the_last_layer_is_made_for_the_first_token_only(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each layer before it, all tokens are wanted."""
    plain = _plain(tiny_checkpoint)
    assert plain
    layer, wanted = plain._layer, []

    def watched(*args: Any, **kwargs: Any) -> torch.Tensor:
        wanted.append(kwargs["wanted"])
        return layer(*args, **kwargs)

    monkeypatch.setattr(plain, "_layer", watched)
    ids = torch.tensor([[2, 7, 8, 3]])
    plain(ids, torch.ones_like(ids))
    assert [4] * (plain.config.layers - 1) + [1] == wanted


def _without(name: str) -> Callable[[dict[str, torch.Tensor]], object]:
    return lambda weights: weights.pop(name)


def _cut(weights: dict[str, torch.Tensor]) -> None:
    weights["classifier.weight"] = weights["classifier.weight"][:2].clone()


@pytest.mark.parametrize(
    "spoil",
    [
        _without("classifier.bias"),
        _without("bert.encoder.layer.1.output.dense.weight"),
        lambda weights: weights.update({"bert.extra": torch.zeros(1)}),
        _cut,
    ],
)
def test_other_weights_are_left_alone(
    spoil: Callable[[dict[str, torch.Tensor]], Any], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """One is missing, one is more, or sizes do not go together: no guess, and no error."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "other")
    weights = load_file(folder / "model.safetensors")
    spoil(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert _plain(folder) is None


def test_places_that_older_versions_saved_are_passed_over(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """They are 0, 1, 2 and so on, and no weights."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "older")
    weights = load_file(folder / "model.safetensors")
    save_file(weights | {"bert.embeddings.position_ids": torch.arange(64)}, folder / "model.safetensors")
    assert _plain(folder)


@pytest.mark.parametrize("content", [None, b"not weights"])
def test_a_file_that_is_missing_or_broken_is_left_alone(
    content: bytes | None, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Transformers has the sentence for it."""
    if content:
        (tmp_path / "model.safetensors").write_bytes(content)
    config = read_config(tiny_checkpoint)
    assert isinstance(config, BertConfig)
    assert PlainBert.load(tmp_path, config, torch.float32) is None
