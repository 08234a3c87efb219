"""Rows of the input that were of no use, counted by reason: what pages and JSON say of them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were left out, how many, and where the first of them stands."""

    problem: str
    rows: int
    first: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many `rows` were left out; the most frequent of the `reasons` stands first.

    Of very many different reasons, the later ones count among the rows only.
    """

    rows: int = 0
    reasons: Sequence[Reason] = ()
