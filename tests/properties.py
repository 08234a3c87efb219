"""How many examples a property is tried with, where that is not the number of the lane."""

from hypothesis import settings

USUAL = 100  # outside of the quick lane


def examples(n: int) -> settings:
    """Have `n` examples, and in the quick lane as much less as all other properties have there."""
    return settings(max_examples=max(1, n * settings().max_examples // USUAL))
