"""Eight bits: what a product loses, and what it must not."""

import numpy as np
import pytest

from polarity.optimizing.int8 import WEIGHT_TOP, rounded, smoothed

CHANCE = np.random.default_rng(0)
WEIGHTS = CHANCE.normal(size=(96, 32))
INPUTS = CHANCE.normal(size=(500, 96)) @ CHANCE.normal(size=(96, 96))


def test_smoothing_changes_no_product() -> None:
    """Inputs and weights are moved in opposite ways, and the largest input becomes smaller."""
    inputs = INPUTS * np.where(np.arange(96) == 7, 50, 1)
    found = smoothed(inputs, WEIGHTS, 0.5)
    np.testing.assert_allclose(found.inputs @ found.weights, inputs @ WEIGHTS)
    assert np.abs(found.inputs).max() < np.abs(inputs).max() / 3


def test_each_weights_error_is_made_good_by_those_that_follow() -> None:
    """The product is nearer than that of weights which are each rounded to the nearest."""
    whole, scale = rounded(WEIGHTS, INPUTS)
    nearest = np.round(WEIGHTS / scale) * scale
    error, plain = (np.linalg.norm(INPUTS @ (made - WEIGHTS)) for made in (whole * scale, nearest))
    assert error < plain * 0.8


@pytest.mark.parametrize("inputs", [INPUTS, np.zeros((3, 96))], ids=["inputs", "an input that is never used"])
def test_weights_have_seven_bits(inputs: np.ndarray) -> None:
    """So that two products of eight bits by seven fit sixteen, which AVX2 adds them in: the sum is exact."""
    whole, _ = rounded(WEIGHTS, inputs)
    assert np.int8 == whole.dtype
    assert WEIGHT_TOP == np.abs(whole).max()
    assert 2 * 255 * WEIGHT_TOP < 2**15
