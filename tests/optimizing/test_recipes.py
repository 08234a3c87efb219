"""What is tried for int8, by the processor."""

import pytest

from polarity.backends.runtimes.kept import Optimizing
from polarity.optimizing import recipes
from polarity.optimizing.recipes import RECIPES, recipes_for


@pytest.mark.parametrize(
    ("runtime", "has_vnni", "count"),
    [("onnxruntime", True, 6), ("onnxruntime", False, 6), ("openvino", True, 3), ("openvino", False, 0)],
)
def test_openvino_is_tried_with_vnni_only(
    runtime: Optimizing, has_vnni: bool, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it int8 would be slower than fp32; a library's recipes are its own, in their order."""
    monkeypatch.setattr(recipes, "has_vnni", lambda: has_vnni)
    expected = [recipe for recipe in RECIPES if recipe.runtime == runtime][:count]
    assert (count, expected) == (len(expected), recipes_for(runtime))
