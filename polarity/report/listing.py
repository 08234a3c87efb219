"""Which pairs a reader should look at, sorted out under headings."""

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

from polarity.comparison import Kind, Pair, how_bad, kind, likely_gold_errors
from polarity.report import wording
from polarity.report.content import Report

GOLD_ERRORS = 20


class Listed(NamedTuple):
    """Pairs of one kind, in reading order, under a title and a sentence that explains it.

    There are `total` of the kind, of which `pairs` are those that are shown.
    """

    kind: Kind | Literal["gold"]
    title: str
    lead: str
    total: int
    pairs: list[Pair]


def listed(report: Report) -> list[Listed]:
    """Sort out what a reader should look at, most telling first; kinds that do not occur are left out.

    Of model disagreements opposite labels come first, then the surest; the others with alike ones together.
    """
    pairs, summary = report.examples, report.summary
    gold_errors = likely_gold_errors(pairs, GOLD_ERRORS)
    found = [
        Listed(
            "model",
            "Model disagreement",
            "Both gave a label, and not the same one. Opposite labels come first, and of these the surest.",
            summary.model_disagreements,
            sorted(_of_kind("model", pairs), key=partial(how_bad, labels=report.subject.contract.labels)),
        ),
        Listed(
            "mapping",
            "Mapping disagreement",
            (
                "One side gave no label, or neither did: it declined to choose, or the contract has no rule "
                "for its words. So this does not say which of the two is right."
            ),
            summary.mapping_disagreements,
            sorted(_of_kind("mapping", pairs), key=_what_happened),
        ),
        Listed(
            "failure",
            "No answer",
            "One side gave no answer, or neither did: these messages are left out of agreement and kappa.",
            summary.failures,
            sorted(_of_kind("failure", pairs), key=_what_happened),
        ),
        Listed(
            "gold",
            "Gold labels to look at again",
            "Both sides agree, and gold says otherwise. Often gold is wrong. The surest come first.",
            summary.gold.contradicted if summary.gold else 0,
            gold_errors,
        ),
    ]
    return [part for part in found if part.pairs]


def _of_kind(wanted: Kind, pairs: Sequence[Pair]) -> list[Pair]:
    return [pair for pair in pairs if kind(pair) == wanted]


def _what_happened(pair: Pair) -> tuple[str, str]:
    return wording.what_happened(pair.right.outcome), wording.what_happened(pair.left.outcome)
