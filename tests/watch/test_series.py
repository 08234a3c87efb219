"""Series of decisions over periods."""

import numpy as np

from polarity.watch.cells import Cell, cells_of
from polarity.watch.series import Series, series_of

from .counting import cell


def _series(cells: list[Cell], periods: int = 2, reference: int = 1) -> dict[tuple[str, str], Series]:
    return {(each.kind, each.name): each for each in series_of(cells_of(cells), periods, reference)}


def test_a_label_is_a_share_of_the_labels() -> None:
    """What got no label is counted apart, and is no part of their shares."""
    found = _series([cell(n=6), cell(label="NEGATIVE", n=2), cell(label=None, n=2, confidence=None)])
    assert [0.75, None] == found["label", "POSITIVE"].means
    assert [0.2, None] == found["no label", "no label"].means


def test_confidence_is_a_mean_over_what_has_one() -> None:
    """In steps of a two-hundredth."""
    found = _series([cell(confidence=200, n=1), cell(confidence=101, n=3), cell(confidence=None, n=9)])
    mean = found["confidence", "confidence"].means[0]
    assert mean is not None
    assert round((1 + 3 * 0.505) / 4, 9) == round(mean, 9)


def test_a_language_that_comes_later_is_another() -> None:
    """Languages that the reference does not know are one share, so that all shares are known beforehand."""
    found = _series(
        [cell(n=8), cell(language=None, n=2), cell(period=1, language="de"), cell(period=1, language="fr")]
    )
    assert {"en", "not guessed", "other"} == {name for kind, name in found if kind == "language"}
    assert [0.0, 1.0] == found["language", "other"].means


def test_disagreement_is_of_texts_that_both_answered() -> None:
    """Unmapped agrees with nothing, a failure is no answer."""
    both = [
        cell(llm="POSITIVE", n=5),
        cell(llm="NEGATIVE", n=2),
        cell(llm="UNMAPPED contrast", n=1),
        cell(llm="FAILED", n=7),
        cell(llm=None, n=9),
    ]
    assert [3 / 8, None] == _series(both)["disagreement", "bert against llm"].means


def test_unmapped_is_counted_by_reason() -> None:
    """Each reason is a share of the backend's answers."""
    found = _series([cell(llm="POSITIVE", n=3), cell(llm="UNMAPPED contrast", n=1), cell(llm="FAILED", n=4)])
    assert [0.25, None] == found["unmapped", "llm: contrast"].means


def test_what_nothing_is_known_of_is_left_out() -> None:
    """No confidence, no LLM, no series of them."""
    kinds = {kind for kind, _ in _series([cell(confidence=None, known=None)])}
    assert {"label", "no label", "language"} == kinds


def test_without_decisions_nothing_is_watched() -> None:
    """And nothing breaks."""
    assert {} == _series([])


def test_reference_and_rest_are_told_apart() -> None:
    """The first periods are the reference."""
    found = _series([cell(n=3), cell(period=1, n=4), cell(period=2, label="NEGATIVE", n=5)], 3, 2)[
        "label", "POSITIVE"
    ]
    assert ([0, 7], [[5, 0]]) == (found.before.tolist(), found.after.tolist())
    assert np.array_equal(found.values, [0, 1])
