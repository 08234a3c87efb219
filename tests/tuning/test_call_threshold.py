"""Which texts go to the LLM: made-up trials, of which it is known what a call brings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.tuning.call_threshold import Trial, cheapest_cut
from tests.properties import examples

SURE = 0.9


def asked(n: int, better: int, worse: int = 0, *, data: str = "a", p: float = 0.5) -> list[Trial]:
    """`n` texts of one confidence: a call mends `better` labels and breaks `worse`.

    The LLM by itself is as good as both together; BERT is right about `worse` and half of the rest.
    """
    same = n - better - worse
    kinds = [(True, False)] * better + [(False, True)] * worse
    kinds += [(True, True)] * (same // 2) + [(False, False)] * (same - same // 2)
    return [Trial(data, p, both, bert, both) for both, bert in kinds]


def sure(n: int, *, data: str = "a") -> list[Trial]:
    """Texts where BERT is sure and right, and the LLM wrong, in vain."""
    return [Trial(data, SURE, True, True, False)] * n


@pytest.mark.parametrize(
    ("better", "worse", "cost", "cut"),
    [
        (100, 20, 0.0, 0.7),
        (100, 20, 0.13, 0.7),
        (100, 20, 0.16, 0.0),  # 80 less 80 for 500 calls
        (30, 22, 0.0, 0.7),  # 8 over an error of 7.3
        (30, 23, 0.0, 0.0),  # 7 under an error of 7.4
        (20, 30, 0.0, 0.0),
        (2, 0, 0.01, 0.0),
        (1, 0, 0.0, 0.0),
        (0, 0, 0.0, 0.0),
    ],
)
def test_a_call_is_made_where_it_has_shown_its_worth(
    better: int, worse: int, cost: float, cut: float
) -> None:
    """By more than a standard error over its price; else BERT decides alone."""
    assert cut == cheapest_cut(asked(500, better, worse) + sure(500), cost)


def test_of_thresholds_within_an_error_the_cheapest_is_taken() -> None:
    """What the middle texts gain may be luck: only the unsure ones, which gain much, are asked about."""
    unsure, middle = asked(400, 90, 10, p=0.4), asked(400, 30, 23, p=0.6)
    assert 0.5 == cheapest_cut(unsure + middle + sure(400), 0.0)
    assert 0.75 == cheapest_cut(unsure + asked(400, 30, 20, p=0.6) + sure(400), 0.0)


@pytest.mark.parametrize(("worse", "cut"), [(5, 0.7), (6, 0.0)])
def test_no_file_may_lose_by_calls(worse: int, cut: float) -> None:
    """However much another file gains: half a point of a thousand texts is five."""
    good = asked(1000, 200, data="good") + sure(500, data="good")
    assert cut == cheapest_cut(good + asked(1000, 0, worse, data="bad"), 0.0)


def test_a_file_under_200_texts_has_no_veto() -> None:
    """Its loss may be luck."""
    assert 0.7 == cheapest_cut(asked(1000, 200) + sure(500) + asked(199, 0, 20, data="few"), 0.0)
    assert 0.0 == cheapest_cut(asked(1000, 200) + sure(500) + asked(200, 0, 20, data="few"), 0.0)


def test_no_file_may_lose_for_lack_of_calls() -> None:
    """Where the LLM is far better on a file it is asked, though over all the calls do not pay."""
    needs, rest = asked(300, 90, data="needs"), asked(2000, 0, 8, data="rest") + sure(200, data="rest")
    assert 0.0 == cheapest_cut(rest, 0.04)
    assert 0.7 == cheapest_cut(needs + rest, 0.04)


def test_where_some_file_always_loses_the_worst_loses_least() -> None:
    """A call harms one file by more than its lack harms the other."""
    assert 0.0 == cheapest_cut(asked(500, 50, data="needs") + asked(500, 0, 200, data="harmed"), 0.0)
    assert 1.0 == cheapest_cut(asked(500, 200, data="needs") + asked(500, 0, 50, data="harmed"), 0.0)


TRIALS = st.lists(
    st.builds(
        Trial,
        st.sampled_from("ab"),
        st.sampled_from([0.4, 0.6, 0.8]),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@examples(200)
@given(TRIALS, st.sampled_from([0.0, 0.01, 0.2]))
def test_nothing_dearer_is_chosen_than_the_best(found: list[Trial], cost: float) -> None:
    """What is chosen parts the texts, costs no more calls than what gains the most, and gains little less."""

    def worth(cut: float) -> float:
        return sum(row.asked - row.alone - cost for row in found if row.confidence < cut)

    cut, best = cheapest_cut(found, cost), max([0.0, 0.5, 0.7, 1.0], key=worth)
    assert cut in {0.0, 0.5, 0.6, 0.7, 1.0}
    assert sum(row.confidence < cut for row in found) <= sum(row.confidence < best for row in found)
    assert worth(best) - worth(cut) <= math.sqrt(len(found) + 2)
