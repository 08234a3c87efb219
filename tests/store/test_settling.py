"""What holds of a decision that several people have read."""

import pytest

from polarity.store import CANNOT_TELL, Review, settled
from tests.store.helpers import NOON


def _said(number: int, verdict: str, *, kind: str = "review", wrong: bool = False) -> Review:
    return Review(
        id=number,
        decision_id=7,
        reviewer=f"reader {number}",
        verdict=verdict,
        mapping_wrong=wrong,
        note="",
        blind=False,
        kind=kind,  # type: ignore[arg-type]  # one of the two
        reviewed_at=NOON,
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["A"], ("A", "one", {"A": 1.0})),
        (["A", "A"], ("A", "agreement", {"A": 1.0})),
        (["A", "B"], (None, None, {"A": 0.5, "B": 0.5})),
        ([CANNOT_TELL], (CANNOT_TELL, "one", {})),
        ([CANNOT_TELL, "A"], (None, None, {"A": 1.0})),
        (["A", "B", "B", CANNOT_TELL], (None, None, {"A": 1 / 3, "B": 2 / 3})),
    ],
)
def test_what_all_say_holds(verdicts: list[str], expected: tuple[object, ...]) -> None:
    """Who differ leave it open, and each label counts as often as it was said; "cannot tell" is no label."""
    assert expected == settled([_said(at, verdict) for at, verdict in enumerate(verdicts)])[:3]


def test_an_adjudication_holds_whatever_was_said() -> None:
    """The later one of two; what it says of the mapping counts, too."""
    reviews = [_said(1, "A", wrong=True), _said(2, "B")]
    last = [_said(4, "C", kind="adjudication"), _said(3, "B", kind="adjudication")]
    assert ("C", "adjudication", {"C": 1.0}, False) == settled(reviews + last)


def test_the_mapping_is_wrong_where_anybody_says_so() -> None:
    """As long as nobody has settled it."""
    assert settled([_said(1, "A", wrong=True), _said(2, "A")]).mapping_wrong
