"""Pairs -> statistics: where two sides agree, where they do not, and of which kind a difference is."""

from polarity.comparison.against_gold import AgainstGold, Gap, Graded, Oracle
from polarity.comparison.agreement import Estimate
from polarity.comparison.noise import Noise
from polarity.comparison.pairs import (
    ABSTAINED,
    FAILED,
    NO_VERDICT,
    SEVERITIES,
    UNMAPPED,
    Kind,
    Pair,
    Severity,
    category,
    how_bad,
    joint_confidence,
    kind,
    kind_of,
    label_of,
    likely_gold_errors,
    severity,
    severity_of,
)
from polarity.comparison.slices import Slice, length_slice, share_slice, slices_of
from polarity.comparison.summary import Summary, Tally, summarise
from polarity.comparison.unmapped import UnmappedAnswer
from polarity.statistics.margins import Test, mcnemar

__all__ = [
    "ABSTAINED",
    "FAILED",
    "NO_VERDICT",
    "SEVERITIES",
    "UNMAPPED",
    "AgainstGold",
    "Estimate",
    "Gap",
    "Graded",
    "Kind",
    "Noise",
    "Oracle",
    "Pair",
    "Severity",
    "Slice",
    "Summary",
    "Tally",
    "Test",
    "UnmappedAnswer",
    "category",
    "how_bad",
    "joint_confidence",
    "kind",
    "kind_of",
    "label_of",
    "length_slice",
    "likely_gold_errors",
    "mcnemar",
    "severity",
    "severity_of",
    "share_slice",
    "slices_of",
    "summarise",
]
