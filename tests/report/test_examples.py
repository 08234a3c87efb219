"""Which pairs are shown."""

from hypothesis import given
from hypothesis import strategies as st

from polarity.comparison import Pair, joint_confidence
from polarity.report.examples import Gallery
from polarity.types import Answer, Completion, ContractRef, Verdict

REF = ContractRef("polarity", "1.0.0", "0" * 64)


def pair(at: int, sure: float, gold: str | None = None) -> Pair:
    """A pair whose left side is so sure of A."""
    left = Verdict(label="A", rule="r", contract=REF, scores={"A": sure, "B": 1 - sure})
    right = Verdict(label="B", rule="r", contract=REF)
    said = Completion(text="x")
    return Pair(id=str(at), text="x", left=Answer(said, left), right=Answer(said, right), gold=gold)


@given(st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.8]), max_size=40), st.integers(1, 6))
def test_the_surest_are_kept(confidences: list[float], most: int) -> None:
    """Of each severity the `most` surest, the first of equals, in the order they came."""
    pairs = [pair(at, sure) for at, sure in enumerate(confidences)]
    gallery = Gallery(most)
    for at, found in enumerate(pairs):
        gallery.add(found, "shift" if at % 2 else "opposite")

    surest = [sorted(pairs[start::2], key=lambda found: -joint_confidence(found))[:most] for start in (0, 1)]
    expected = sorted((found for kept in surest for found in kept), key=lambda found: int(found.id))
    assert expected == gallery.examples()


def test_of_agreements_only_those_against_gold() -> None:
    """What both sides agree on is shown where gold says otherwise."""
    gallery = Gallery()
    against, right, unknown = pair(1, 0.9, "B"), pair(2, 0.9, "A"), pair(3, 0.9)
    for found in (against, right, unknown):
        gallery.add(found, "agreement")
    assert [against] == gallery.examples()
