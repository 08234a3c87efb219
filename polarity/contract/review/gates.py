"""Gates on a contract's reading of a corpus: `precision=0.99`, `opposite=0`."""

from collections.abc import Sequence

from polarity.contract.review.corpus import Conformance
from polarity.statistics.enough import FOR_A_CORPUS
from polarity.statistics.gates import Bound, Judgement, Measure, Measured, check_known, held, judged

MEASURED = (Measured("precision"), Measured("recall"), Measured("opposite"), Measured("as_expected"))
BARS = (
    Bound("precision", 0.995, "under"),
    Bound("recall", 0.8, "under"),
    Bound("opposite", 0.0, "over"),
    Bound("as_expected", 1.0, "under"),
)


def check_bounds(bounds: Sequence[Bound]) -> None:
    """Make sure that every bound is on a measure of a corpus, and a share.

    Raises:
        SettingsError: one is not; names those there are.
    """
    check_known(bounds, MEASURED)


def judge(found: Conformance, bounds: Sequence[Bound] = ()) -> Judgement:
    """Hold what a contract makes of a corpus against bounds, all of which must be kept.

    A measure without a bound is held against its usual one of `BARS`, if the corpus has rows for it.
    Inconclusive where no row says or expects anything, or a bound is on what the corpus has no rows for.

    >>> from polarity.contract import load_contract
    >>> from polarity.contract.review.corpus import CorpusRow, conform
    >>> row = CorpusRow(id="1", text="gut", says="POSITIVE", source="written")
    >>> judge(conform([row], load_contract())).reason
    'recall 0.0000 is under 0.8000'
    """
    measures = _measures(found)
    bounded = {bound.measure for bound in bounds}
    bars = [bar for bar in BARS if bar.measure not in bounded and measures[bar.measure].n]
    gates = [held(bound, measures[bound.measure], rows="completions") for bound in (*bounds, *bars)]
    silent = not found.said and not found.written
    return judged(gates, "no row of the corpus says or expects anything" if silent else None)


def _measures(found: Conformance) -> dict[str, Measure]:
    counts = {
        "precision": (found.right, found.verdicts),
        "recall": (found.right, found.labelled),
        "opposite": (found.opposite, found.verdicts),
        "as_expected": (found.expected, found.written),
    }
    return {name: Measure(count / n if n else None, n, FOR_A_CORPUS) for name, (count, n) in counts.items()}
