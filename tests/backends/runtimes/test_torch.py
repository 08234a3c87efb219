"""Torch as a runtime: padding, what it changes, and who loads which network."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from polarity.backends.by_transformers import network_of, tokens_of
from polarity.backends.facts import Wanted
from polarity.backends.plain.network import PlainBert
from polarity.backends.runtimes.torch import TorchRuntime

ROWS = [[2, 7, 3], [2, 8, 9, 10, 11, 3], [2, 3]]


def _tokenizer(checkpoint: Path, side: str = "right") -> Any:
    return AutoTokenizer.from_pretrained(checkpoint, padding_side=side)


def _by_transformers(checkpoint: Path, side: str) -> TorchRuntime:
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint).eval()
    return TorchRuntime(network_of(model), tokens_of(_tokenizer(checkpoint, side)))


def _loaded(checkpoint: Path) -> TorchRuntime:
    return TorchRuntime.load(Wanted(str(checkpoint)), tokens_of(_tokenizer(checkpoint)))


@pytest.mark.parametrize("side", ["right", "left"])
def test_rows_are_padded_as_the_tokenizer_pads_them(side: str, tiny_checkpoint: Path) -> None:
    """On its side, with its token, and a mask that hides it."""
    expected = _tokenizer(tiny_checkpoint, side).pad({"input_ids": ROWS}, return_tensors="pt")
    ids, mask = _by_transformers(tiny_checkpoint, side)._padded(ROWS, 6)
    assert expected["input_ids"].tolist() == ids.tolist()
    assert expected["attention_mask"].tolist() == mask.tolist()


def test_a_row_has_the_same_logits_alone(tiny_checkpoint: Path) -> None:
    """Whoever else is in the batch, and whoever loaded the network."""
    plain, usual = _loaded(tiny_checkpoint), _by_transformers(tiny_checkpoint, "right")
    assert isinstance(plain.network.logits, PlainBert)
    assert usual.shape == plain.shape
    for row, one, other in zip(ROWS, plain.logits(ROWS), usual.logits(ROWS), strict=True):
        alone = pytest.approx(plain.logits([row])[0], abs=1e-5)
        assert [alone, alone] == [one, other]


def test_threads_that_ask_at_once_have_a_processor_each(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lone row has all. transformers' networks are asked by one thread, which has all, too."""
    seen: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", seen.append)
    wanted = Wanted(str(tiny_checkpoint), threads=3)
    plain = TorchRuntime.load(wanted, tokens_of(_tokenizer(tiny_checkpoint)))
    plain.logits(ROWS)
    plain.logits(ROWS[:1], is_lone=True)
    usual = TorchRuntime(plain.network, plain._tokens, 3)
    monkeypatch.setattr(usual, "at_once", 1)
    usual.logits(ROWS)
    assert (3, [1, 3, 3]) == (plain.at_once, seen)
    assert 1 == _by_transformers(tiny_checkpoint, "right").at_once


def test_what_is_not_plain_is_loaded_all_the_same(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Another activation: transformers knows it."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "other")
    found = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(found | {"hidden_act": "relu"}), "utf-8")
    other = _loaded(folder)
    assert not isinstance(other.network.logits, PlainBert)
    assert _by_transformers(folder, "right").logits(ROWS) == other.logits(ROWS)
    assert _loaded(tiny_checkpoint).logits(ROWS) != other.logits(ROWS)
