"""Which runtime answers, and what is said of it."""

from pathlib import Path
from typing import Any

import pytest

from polarity.backends.runtimes import choice as choosing
from polarity.backends.runtimes.choice import choose
from polarity.backends.runtimes.kept import MODEL
from polarity.errors import PackageMissing, SettingsError
from polarity.settings import BertSettings

from .conftest import KeepOne


def _chosen(checkpoint: Path, **settings: Any) -> tuple[str, bool]:
    found = choose(BertSettings(checkpoint=str(checkpoint), **settings))
    return f"{found.runtime} {found.precision}", found.is_second


def test_where_nothing_is_optimized_torch_answers(checkpoint: Path) -> None:
    """As it does for the packaged checkpoint."""
    assert ("torch fp32", False) == _chosen(checkpoint)
    assert "see polarity optimize" in choose(BertSettings(checkpoint=str(checkpoint))).sentence


def test_for_a_hubs_id_torch_answers_whatever_is_optimized(own_cache: Path) -> None:
    """Its weights lie elsewhere, and nothing was made of them."""
    (own_cache / "optimized").mkdir(parents=True)
    assert "torch" == choose(BertSettings(checkpoint="someone/some-model")).runtime


def test_auto_takes_the_quickest_that_keeps_to_torch(checkpoint: Path, keep_one: KeepOne) -> None:
    """Not a quicker one whose answers depend on the batch; and none that is slower than torch."""
    keep_one("openvino", times=0.9)
    assert ("torch fp32", False) == _chosen(checkpoint)
    folder = keep_one("onnxruntime", times=1.2)
    keep_one("onnxruntime", "int8", times=3.0, company=0.01)
    assert ("onnxruntime fp32", False) == _chosen(checkpoint)
    found = choose(BertSettings(checkpoint=str(checkpoint)))
    assert folder == found.folder
    assert "1.20 times torch's speed, 100.0% of 1,000 labels as torch's" in found.sentence
    keep_one("onnxruntime", "int8", times=3.0, company=1e-4)
    assert ("onnxruntime int8", False) == _chosen(checkpoint)


def test_one_that_is_damaged_is_passed_over(checkpoint: Path, keep_one: KeepOne) -> None:
    """The next quickest is taken; where there is none, torch."""
    keep_one("onnxruntime", times=1.2)
    (keep_one("onnxruntime", "int8", times=3.0) / MODEL).write_bytes(b"another graph")
    assert ("onnxruntime fp32", False) == _chosen(checkpoint)
    (keep_one("onnxruntime", times=1.2) / MODEL).unlink()
    assert ("torch fp32", False) == _chosen(checkpoint)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"runtime": "torch"}, ("torch fp32", False)),
        ({"runtime": "torch", "precision": "bf16"}, ("torch bf16", False)),
        ({"precision": "bf16"}, ("torch bf16", False)),
        ({"runtime": "openvino"}, ("openvino fp32", False)),
        ({"precision": "fp32"}, ("onnxruntime fp32", False)),
        ({"precision": "int8"}, ("onnxruntime int8", False)),
        ({"runtime": "onnxruntime", "precision": "fp32"}, ("onnxruntime fp32", False)),
        ({"runtime": "openvino", "precision": "int8"}, ("openvino fp32", True)),
    ],
)
def test_what_is_asked_for_is_taken(
    settings: dict[str, Any], expected: tuple[str, bool], checkpoint: Path, keep_one: KeepOne
) -> None:
    """Whatever its speed; where it was not made, fp32 answers, and it is said."""
    keep_one("openvino", times=0.5)
    keep_one("onnxruntime", times=0.8)
    keep_one("onnxruntime", "int8", times=0.7, company=0.01)
    assert expected == _chosen(checkpoint, **settings)


def test_what_was_never_made_is_torchs(checkpoint: Path) -> None:
    """With a sentence that names what was asked for."""
    found = choose(BertSettings(checkpoint=str(checkpoint), runtime="onnxruntime", precision="int8"))
    assert ("torch", "fp32", True) == (found.runtime, found.precision, found.is_second)
    assert found.why.startswith("onnxruntime int8 is asked for, and was not made here, or failed")


def test_what_cannot_be_is_a_sentence(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A precision that a runtime has not, and a runtime that is not installed."""
    with pytest.raises(SettingsError, match=r"^bert.precision: int8 is for onnxruntime and openvino"):
        _chosen(checkpoint, runtime="torch", precision="int8")
    with pytest.raises(SettingsError, match=r"^bert.precision: bf16 is torch's; openvino has fp32 and int8$"):
        _chosen(checkpoint, runtime="openvino", precision="bf16")
    monkeypatch.setattr(choosing, "installed", lambda _: None)
    sentence = r"^bert.runtime = 'openvino' needs openvino: pip install 'polarity\[openvino\]'$"
    with pytest.raises(PackageMissing, match=sentence):
        _chosen(checkpoint, runtime="openvino")
