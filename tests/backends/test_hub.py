"""A checkpoint by its hub id: asked for once, and taken from the cache where nobody answers."""

import shutil
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from transformers import AutoConfig

from polarity.backends.facts import Wanted
from polarity.backends.hub import folder_of
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.network import load_pretrained
from polarity.backends.plain.network import PlainBert
from polarity.backends.runtimes.torch import TorchRuntime
from polarity.errors import CheckpointError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, empty, and a hub that nobody reaches."""

    def model_info(_: str, **__: Any) -> None:
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "model_info", model_info)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def _cached(checkpoint: Path, cache: Path) -> Path:
    """Lay a checkpoint down as the hub's client does."""
    root = cache / "models--someone--some-model"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(COMMIT, "utf-8")
    return shutil.copytree(checkpoint, root / "snapshots" / COMMIT)


def test_a_folder_is_itself(tmp_path: Path) -> None:
    """And nobody is asked."""
    assert tmp_path == folder_of(str(tmp_path))


def test_what_lies_in_the_cache_is_loaded_as_a_folder_is(tiny_checkpoint: Path, cache: Path) -> None:
    """A BERT is one by its hub id, too."""
    folder = _cached(tiny_checkpoint, cache)
    assert folder == folder_of("someone/some-model")
    by_id, here = (LoadedClassifier.load(Wanted(one)) for one in ("someone/some-model", str(folder)))
    assert here.facts == by_id.facts
    assert isinstance(by_id.runtime, TorchRuntime)
    assert isinstance(by_id.runtime.network.logits, PlainBert)


@pytest.mark.parametrize("wanted", ["someone/other", "runs/mien"])
def test_what_is_nowhere_is_named(cache: Path, wanted: str) -> None:
    """A folder's mistyped name looks like a hub id: where was looked for it, and not in a library's words."""
    assert not [*cache.iterdir()]
    expected = f"{wanted!r}: no such folder; the hub cannot be reached, and its cache has no such model"
    with pytest.raises(CheckpointError) as caught:
        folder_of(wanted)
    assert expected == str(caught.value)
    with pytest.raises(CheckpointError) as caught:
        load_pretrained(AutoConfig, wanted)
    assert expected == str(caught.value)


def test_what_lies_in_the_cache_in_part_is_said_in_one_line(cache: Path, tiny_checkpoint: Path) -> None:
    """What cannot be loaded of it is the library's to say."""
    folder = _cached(tiny_checkpoint, cache)
    (folder / "config.json").write_text("{}", "utf-8")
    with pytest.raises(
        CheckpointError, match=r"^'someone/some-model' is no folder here and cannot"
    ) as caught:
        load_pretrained(AutoConfig, "someone/some-model")
    assert "\n" not in str(caught.value)
