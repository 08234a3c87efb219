"""Classifiers of either kind are made, saved and loaded again."""

import json
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoModelForMaskedLM, BertConfig, BertGenerationConfig

from polarity.backends.network import Representation, load_classifier, load_pretrained, new_classifier, pooled
from polarity.errors import CheckpointError

NAMES = ["negative", "neutral", "positive"]
SIZES: dict[str, Any] = {
    "vocab_size": 30,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 16,
}
IDS = torch.tensor([[2, 5, 6, 3], [2, 7, 3, 0]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])


@pytest.fixture
def encoder(tmp_path: Path) -> str:
    """A tiny BERT without a head, as `AutoModel` saves it."""
    torch.manual_seed(0)
    AutoModel.from_config(BertConfig(**SIZES)).save_pretrained(tmp_path / "encoder")
    return str(tmp_path / "encoder")


@pytest.mark.parametrize("representation", ["cls", "mean", "max"])
def test_saved_and_loaded_it_answers_the_same(
    encoder: str, tmp_path: Path, representation: Representation
) -> None:
    """A classifier of any representation is the same function after a round through its folder."""
    model = new_classifier(encoder, NAMES, representation).eval()
    model.save_pretrained(tmp_path / "classifier")

    loaded, missing = load_classifier(str(tmp_path / "classifier"))

    assert missing == []
    assert list(loaded.config.id2label.values()) == NAMES
    expected = model(input_ids=IDS, attention_mask=MASK).logits
    torch.testing.assert_close(loaded.eval()(input_ids=IDS, attention_mask=MASK).logits, expected)


def test_the_encoder_is_the_bases(encoder: str) -> None:
    """A new classifier starts from the weights of its base, and only its head is new."""
    base = load_pretrained(AutoModel, encoder)
    model = new_classifier(encoder, NAMES, "mean")

    for name, weights in base.state_dict().items():
        torch.testing.assert_close(model.encoder.state_dict()[name], weights)


@pytest.mark.parametrize("representation", ["cls", "mean"])
def test_a_base_with_a_head_of_another_task_is_no_noise(
    tmp_path: Path, representation: Representation
) -> None:
    """Most encoders come with a masked-word head, and their weights under a prefix: all of them are taken."""
    torch.manual_seed(0)
    whole = AutoModelForMaskedLM.from_config(BertConfig(**SIZES))
    whole.save_pretrained(tmp_path / "base")
    model = new_classifier(str(tmp_path / "base"), NAMES, representation)

    found = dict(model.base_model.state_dict())
    for name, weights in whole.bert.state_dict().items():
        torch.testing.assert_close(found[name], weights)


@pytest.mark.parametrize("representation", ["cls", "mean"])
def test_a_classifier_of_other_labels_may_be_the_base(
    encoder: str, tmp_path: Path, representation: Representation
) -> None:
    """Its encoder is taken, and its head is not: two labels may begin with what three were learned by."""
    three = new_classifier(encoder, NAMES, representation)
    three.save_pretrained(tmp_path / "three")

    two = new_classifier(str(tmp_path / "three"), ["ham", "spam"], representation)

    assert {0: "ham", 1: "spam"} == two.config.id2label
    for name, weights in three.base_model.state_dict().items():
        torch.testing.assert_close(two.base_model.state_dict()[name], weights)


def test_an_encoder_of_another_size_is_refused(encoder: str) -> None:
    """Only a head may have another shape: of an encoder it would mean that a layer begins as noise."""
    place = Path(encoder) / "config.json"
    place.write_text(json.dumps({**json.loads(place.read_text("utf-8")), "intermediate_size": 8}), "utf-8")

    with pytest.raises(CheckpointError, match="has no weights for"):
        new_classifier(encoder, NAMES, "cls")


@pytest.mark.parametrize("representation", ["cls", "mean"])
def test_a_base_without_a_layer_is_refused(encoder: str, representation: Representation) -> None:
    """A layer that begins as noise would be noticed by its bad figures only, hours later."""
    place = Path(encoder) / "model.safetensors"
    weights = load_file(place)
    kept = {name: tensor for name, tensor in weights.items() if "layer.1." not in name}
    save_file(kept, place, {"format": "pt"})

    with pytest.raises(CheckpointError, match=r"has no weights for \w+\.encoder\.layer\.1\."):
        new_classifier(encoder, NAMES, representation)


@pytest.mark.parametrize("representation", ["cls", "max"])
def test_a_checkpoint_of_another_representation_may_be_the_base(
    encoder: str, tmp_path: Path, representation: Representation
) -> None:
    """Its encoder is taken, and its representation is not."""
    old = new_classifier(encoder, NAMES, "mean")
    old.save_pretrained(tmp_path / "old")

    model = new_classifier(str(tmp_path / "old"), NAMES, representation)

    assert representation == model.config.representation
    for name, weights in old.encoder.state_dict().items():
        torch.testing.assert_close(model.encoder.state_dict()[name], weights)


def test_the_mean_representation_is_the_mean_of_the_tokens(encoder: str) -> None:
    """The logits are the head's of the mean over a text's own tokens, without its padding."""
    model = new_classifier(encoder, NAMES, "mean").eval()
    alone = model.encoder(input_ids=IDS[1:, :3], attention_mask=MASK[1:, :3]).last_hidden_state

    expected = model.classifier(alone.mean(1))

    torch.testing.assert_close(model(input_ids=IDS, attention_mask=MASK).logits[1:], expected)


def test_an_encoder_without_a_classifier_of_its_own_gets_one(tmp_path: Path) -> None:
    """Whatever `AutoModel` loads can be trained: where transformers has no classifier, ours stands in."""
    AutoModel.from_config(BertGenerationConfig(**SIZES)).save_pretrained(tmp_path / "encoder")
    model = new_classifier(str(tmp_path / "encoder"), NAMES, "cls")

    assert model(input_ids=IDS, attention_mask=MASK).logits.shape == (2, 3)


@pytest.mark.parametrize("representation", ["mean", "max"])
def test_padding_changes_nothing(representation: Representation) -> None:
    """What stands at a padded place is not read."""
    tokens = torch.tensor([[[1.0, -2.0], [3.0, -4.0], [50.0, 50.0]]])

    cut = pooled(tokens[:, :2], torch.ones(1, 2), representation)

    assert pooled(tokens, torch.tensor([[1, 1, 0]]), representation).tolist() == cut.tolist()


def test_an_unknown_representation_is_refused(encoder: str, tmp_path: Path) -> None:
    """A config that names a representation that does not exist is not guessed at."""
    new_classifier(encoder, NAMES, "mean").save_pretrained(tmp_path / "classifier")
    config = json.loads((tmp_path / "classifier/config.json").read_text())
    (tmp_path / "classifier/config.json").write_text(json.dumps({**config, "representation": "last"}))

    with pytest.raises(CheckpointError, match="representation is none of cls, mean, max: 'last'"):
        load_classifier(str(tmp_path / "classifier"))


class _Loader:
    """Stands for a class of transformers, and keeps what it is asked."""

    options: dict[str, Any]

    def from_pretrained(self, _: str, **options: Any) -> str:
        """Load nothing."""
        self.options = options
        return "loaded"


@pytest.mark.parametrize(("answers", "cached_only"), [(True, False), (False, True)])
def test_the_hub_is_asked_once(*, answers: bool, cached_only: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it does not answer, the loaders are kept from asking it again for every file."""

    def model_info(_: str, *, timeout: float) -> None:
        assert timeout <= 10
        if not answers:
            raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "model_info", model_info)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: "a path in the cache")
    loader = _Loader()
    assert "loaded" == load_pretrained(loader, "someone/some-model")
    assert {
        "use_safetensors": True,
        "trust_remote_code": False,
        "local_files_only": cached_only,
    } == loader.options
