"""What `[promotion]` can be gated on, by name. How it is measured is promotion's."""

import math
from collections.abc import Sequence
from typing import Final

from polarity.errors import SettingsError
from polarity.statistics.gates import DIFFERENCE, Fails, Measured, Range, check_known, parsed

SIDES: Final = ("primary", "candidate")
AMOUNT: Final[Range] = (0.0, math.inf)
OF_LABELS: Final = "flips."  # which there are, the contracts say


def measured(labels: Sequence[str]) -> list[Measured]:
    """Name what can be gated on, over pairs of answers with these labels.

    >>> [each.form for each in measured(["NEGATIVE", "POSITIVE"])][:3]
    ['agreement', 'flips', 'flips.(NEGATIVE).(POSITIVE)']
    """
    flips = [
        Measured("flips", sides=(old,), parts=tuple(new for new in labels if new != old), whole=False)
        for old in labels
    ]
    return [
        Measured("agreement"),
        Measured("flips"),
        *flips,
        Measured("unmapped", sides=SIDES),
        Measured("failures", sides=SIDES),
        Measured("latency_p95", AMOUNT, sides=SIDES),
        Measured("cost_thousand", AMOUNT, sides=SIDES),
        Measured("accuracy", sides=SIDES),
        Measured("accuracy_drop", DIFFERENCE),
        Measured("macro_f1", sides=SIDES),
        Measured("churn", sides=SIDES),
        Measured("excess", DIFFERENCE),
    ]


def check_gate(text: str, fails: Fails) -> None:
    """Make sure that a gate of the settings is one, as far as that can be told without a contract.

    >>> check_gate("agreement=0.9", "under")
    >>> check_gate("agreement=2", "under")
    Traceback (most recent call last):
        ...
    ValueError: agreement=2: agreement is between 0 and 1

    Raises:
        ValueError: it has another form, is on nothing that is measured, or out of its measure's range.
    """
    try:
        bound = parsed(text, fails)
        if not bound.measure.startswith(OF_LABELS):
            check_known([bound], measured([]))
    except SettingsError as error:
        said = str(error).removeprefix(f"--fail-{fails}")  # nobody has typed one
        raise ValueError(said.removeprefix(":").strip()) from None
