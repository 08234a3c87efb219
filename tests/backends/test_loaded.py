"""A checkpoint in memory: what is known of it, and who reads which tokenizer."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import GPT2Config, GPT2ForSequenceClassification

from polarity.backends.facts import WEIGHTS, Facts, Wanted, stamp_of
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.overflow import Frame
from polarity.errors import CheckpointError

TEXTS = ["love the app", "", "the " * 70]


def test_what_is_known_of_it(tiny_checkpoint: Path) -> None:
    """The network's own limit, or a lower one that is wanted."""
    names, frame = ("negative", "neutral", "positive"), Frame(1, 1)
    for wanted, expected in ((512, 64), (20, 20)):
        loaded = LoadedClassifier.load(Wanted(str(tiny_checkpoint), max_length=wanted, threads=1))
        assert Facts(names, frame, expected, stamp_of(str(tiny_checkpoint)), "torch fp32") == loaded.facts
        assert expected == len(loaded.read(["the " * 70])[0].readings[0])


def test_of_a_text_that_has_no_token_nothing_is_known(tiny_checkpoint: Path) -> None:
    """A tokenizer leaves out what stands for a lost character: there is nothing to say how anybody feels."""
    loaded = LoadedClassifier.load(Wanted(str(tiny_checkpoint)))
    shares = [text.known and text.known.tokens for text in loaded.read(["\ufffd" * 3, "love \ufffd"])]
    assert [0.0, 1.0] == shares


def test_another_class_of_tokenizer_reads_alike(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Transformers loads what is not plainly a BERT's."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "other")
    path = folder / "tokenizer_config.json"
    found = json.loads(path.read_text("utf-8")) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    path.write_text(json.dumps(found), "utf-8")
    other, plain = (LoadedClassifier.load(Wanted(str(one))) for one in (folder, tiny_checkpoint))
    assert plain.read(TEXTS) == other.read(TEXTS)


@pytest.mark.slow
def test_a_bert_is_loaded_without_transformers(tiny_checkpoint: Path) -> None:
    """Its import takes longer than all else until the first answer."""
    program = (
        "import sys; from polarity.backends.facts import Wanted;"
        "from polarity.backends.loaded import LoadedClassifier;"
        "loaded = LoadedClassifier.load(Wanted(sys.argv[1]));"
        "loaded.score(loaded.read(['good'])[0].readings);"
        "print(*{'transformers', 'pydantic', 'torch._dynamo'} & set(sys.modules))"
    )
    line = [sys.executable, "-c", program, str(tiny_checkpoint)]
    found = subprocess.run(line, capture_output=True, text=True, check=True)
    assert "" == found.stdout.strip()


def _broken(tiny_checkpoint: Path, folder: Path, name: str, change: Callable[[Tensor], Tensor]) -> str:
    """A copy of the tiny checkpoint with one weight changed."""
    copied = shutil.copytree(tiny_checkpoint, folder / "broken")
    weights = load_file(copied / WEIGHTS)
    save_file(weights | {name: change(weights[name])}, copied / WEIGHTS, {"format": "pt"})
    return str(copied)


def test_weights_that_are_no_numbers_are_found_at_load(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Not by the first customer."""
    source = _broken(tiny_checkpoint, tmp_path, "classifier.bias", lambda bias: bias * torch.nan)
    with pytest.raises(CheckpointError, match="gives logits that are no numbers: are its weights broken"):
        LoadedClassifier.load(Wanted(source))


def test_more_classes_than_names_are_found_at_load(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Whoever loads it says so."""
    source = _broken(tiny_checkpoint, tmp_path, "classifier.bias", lambda bias: bias.repeat(2))
    weights = load_file(Path(source) / WEIGHTS)
    twice = {"classifier.weight": weights["classifier.weight"].repeat(2, 1)}
    save_file(weights | twice, Path(source) / WEIGHTS, {"format": "pt"})
    with pytest.raises(CheckpointError, match="broken"):
        LoadedClassifier.load(Wanted(source))


@pytest.mark.slow
def test_a_network_that_cannot_pad_is_found_at_load(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """GPT-2 with a padding token in its tokenizer only labels one text, and fails on two."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "gpt2")
    names = {0: "negative", 1: "neutral", 2: "positive"}
    sizes = {"vocab_size": 2000, "n_positions": 64, "n_embd": 8, "n_layer": 1, "n_head": 1}
    config = GPT2Config(**sizes, num_labels=3, id2label=names, pad_token_id=None)
    GPT2ForSequenceClassification(config).save_pretrained(folder)
    with pytest.raises(CheckpointError, match="cannot answer two texts at once: ValueError"):
        LoadedClassifier.load(Wanted(str(folder)))
