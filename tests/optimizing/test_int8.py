"""Eight bits: what a product loses, and what it must not."""

import numpy as np
import pytest

from polarity.optimizing.int8 import EIGHT_BITS, SEVEN_BITS, rounded, smoothed, weight_top

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
    whole, scale = rounded(WEIGHTS, INPUTS, SEVEN_BITS)
    nearest = np.round(WEIGHTS / scale) * scale
    error, plain = (np.linalg.norm(INPUTS @ (made - WEIGHTS)) for made in (whole * scale, nearest))
    assert error < plain * 0.8


@pytest.mark.parametrize("inputs", [INPUTS, np.zeros((3, 96))], ids=["inputs", "an input that is never used"])
@pytest.mark.parametrize("top", [SEVEN_BITS, EIGHT_BITS])
def test_weights_have_as_many_bits_as_the_processor_adds_exactly(inputs: np.ndarray, top: int) -> None:
    """The largest weight is the largest number of so many bits."""
    whole, _ = rounded(WEIGHTS, inputs, top)
    assert np.int8 == whole.dtype
    assert top == np.abs(whole).max()


def test_two_products_of_eight_bits_by_seven_fit_sixteen() -> None:
    """AVX2 without VNNI adds them there: the sum is exact, and would not be of eight bits by eight."""
    assert 2 * 255 * SEVEN_BITS < 2**15 <= 2 * 255 * EIGHT_BITS
    assert [SEVEN_BITS, EIGHT_BITS] == [weight_top(has_vnni=has) for has in (False, True)]
