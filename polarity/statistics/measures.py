"""What is measured of a classifier's probabilities. Apart from how, so that reading it needs no arrays."""

from typing import NamedTuple


class Measures(NamedTuple):
    """Expected calibration error, Brier score and mean negative log-likelihood (nats) of `n` texts."""

    n: int
    ece: float
    brier: float
    nll: float
