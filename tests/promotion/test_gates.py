"""Gates on shadow pairs: each measure against counts by hand, and what is said of too few."""

from collections.abc import Iterator

import numpy as np
import pytest

from polarity.errors import SettingsError
from polarity.promotion.gates import ShownGate, check_bounds, judge
from polarity.promotion.measures import measure
from polarity.promotion.pairs import Gold, Said, ShadowPair, Tally, tally_of
from polarity.statistics.gates import Bound, parsed_all

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")


def _pair(
    at: int,
    primary: str = "POSITIVE",
    candidate: str = "POSITIVE",
    *,
    gold: Gold | None = None,
    ms: float = 100.0,
    cost: float | None = None,
) -> ShadowPair:
    return ShadowPair(f"{at:064x}", Said(primary, 5.0), Said(candidate, ms, cost), gold)


def _mostly_alike(n: int, share: float) -> Iterator[ShadowPair]:
    for at in range(n):
        yield _pair(at, candidate="POSITIVE" if at < share * n else "NEUTRAL")


def _gate(tally: Tally, bound: Bound) -> ShownGate:
    (gate,) = judge(tally, [bound]).gates
    assert isinstance(gate, ShownGate)
    return gate


@pytest.mark.parametrize(("share", "status"), [(0.97, "passed"), (0.75, "failed"), (0.89, "inconclusive")])
def test_agreement_is_shown_or_not(share: float, status: str) -> None:
    """Far above its bound it passes, far below it fails, and near it nothing is shown."""
    tally = tally_of(_mostly_alike(600, share))

    assert status == _gate(tally, Bound("agreement", 0.9, "under")).status


def test_what_is_said_to_be_needed_settles_it() -> None:
    """With as many more pairs of the same kind as are said to be needed, the gate passes."""
    bound = Bound("agreement", 0.9, "under")
    before = _gate(tally_of(_mostly_alike(300, 0.93)), bound)
    assert before.more is not None
    after = _gate(tally_of(_mostly_alike(300 + before.more, 0.93)), bound)

    assert ("inconclusive", "passed") == (before.status, after.status)
    assert f"about {before.more:,} more would show it" in before.reason


def test_the_measures_are_those_that_one_counts_by_hand() -> None:
    """Ten texts: six alike, two flips of one direction, one unmapped, one that the candidate failed at."""
    pairs = [
        *(_pair(at) for at in range(6)),
        _pair(6, candidate="NEGATIVE"),
        _pair(7, candidate="NEGATIVE"),
        _pair(8, candidate="UNMAPPED"),
        _pair(9, candidate="FAILED"),
    ]
    tally = tally_of(pairs)
    names = (
        "agreement",
        "flips",
        "flips.POSITIVE.NEGATIVE",
        "flips.NEGATIVE.POSITIVE",
        "unmapped.candidate",
        "failures.candidate",
        "failures.primary",
        "latency_p95.primary",
    )

    found = {name: measure(tally, name).found.value for name in names}

    expected = (6 / 9, 2 / 9, 2 / 9, 0.0, 1 / 9, 1 / 10, 0.0, 5.0)
    assert dict(zip(names, map(pytest.approx, expected), strict=True)) == found


def test_a_text_counts_once_however_often_it_comes() -> None:
    """A greeting that comes many times is one text; its second pair says how steady the sides are."""
    tally = tally_of([_pair(0), _pair(1), _pair(1, candidate="NEUTRAL")])

    assert (3, 2) == (tally.pairs, tally.texts)
    assert 1.0 == measure(tally, "agreement").found.value
    assert 0.0 == measure(tally, "churn.primary").found.value
    assert 1.0 == measure(tally, "churn.candidate").found.value
    # between: 2 of the 4 comparisons differ; half of the candidate's own 1 explains all of it
    assert 0.0 == measure(tally, "excess").found.value


def test_what_was_counted_of_a_text_stays_as_it_was() -> None:
    """Whatever comes of it a third time and a thousandth: a bet on a value that changes would be none."""
    twice = tally_of([_pair(0), _pair(0, candidate="NEUTRAL")])
    often = tally_of([_pair(0), *(_pair(0, primary="NEGATIVE", candidate="NEUTRAL") for _ in range(1000))])

    expected = dict.fromkeys(("churn.primary", "churn.candidate"), (1.0, 1))
    found = {name: measure(often, name).found for name in expected}
    assert expected == {name: (each.value, each.n) for name, each in found.items()}
    assert (0.0, 1.0) == tuple(measure(twice, name).found.value for name in expected)


def test_a_side_that_failed_once_says_nothing_of_its_steadiness() -> None:
    """Two answers are needed; of the sides' difference nothing can be said either."""
    tally = tally_of([_pair(0), _pair(0, candidate="FAILED")])

    names = ("churn.primary", "churn.candidate", "excess")
    assert [1, 0, 0] == [measure(tally, name).found.n for name in names]


def test_slow_answers_are_told_from_quick_ones() -> None:
    """One answer in ten is slow: the 95th percentile is shown to be above half of that, and under twice."""
    tally = tally_of(_pair(at, ms=900.0 if at % 10 == 0 else 100.0) for at in range(600))

    assert "failed" == _gate(tally, Bound("latency_p95.candidate", 450.0, "over")).status
    assert "passed" == _gate(tally, Bound("latency_p95.candidate", 1800.0, "over")).status


def test_what_a_thousand_cost_is_shown() -> None:
    """Texts for 0.001 each: a thousand cost 1, which is under 2 and over a half."""
    tally = tally_of(_pair(at, cost=0.001) for at in range(300))

    assert pytest.approx(1.0) == measure(tally, "cost_thousand.candidate").found.value
    assert "passed" == _gate(tally, Bound("cost_thousand.candidate", 2.0, "over")).status
    assert "failed" == _gate(tally, Bound("cost_thousand.candidate", 0.5, "over")).status
    assert "inconclusive" == _gate(tally, Bound("cost_thousand.primary", 0.5, "over")).status


def test_accuracy_and_macro_f1_are_of_the_texts_with_gold() -> None:
    """Gold on 400 texts of 1,000: the candidate is right on nine of ten, the primary on eight."""
    numbers = np.random.default_rng(2)
    pairs = []
    for at in range(1000):
        gold = LABELS[at % 3]
        sides = [gold if numbers.random() < share else LABELS[(at + 1) % 3] for share in (0.8, 0.9)]
        pairs.append(_pair(at, *sides, gold=Gold(gold) if at < 400 else None))
    tally = tally_of(pairs)

    drop = measure(tally, "accuracy_drop").found
    assert 400 == drop.n
    assert pytest.approx(-0.1, abs=0.06) == drop.value
    assert "passed" == _gate(tally, Bound("accuracy_drop", 0.02, "over")).status
    assert "passed" == _gate(tally, Bound("macro_f1.candidate", 0.75, "under")).status
    assert "failed" == _gate(tally, Bound("macro_f1.primary", 0.95, "under")).status


def test_rows_that_were_drawn_oftener_count_for_less() -> None:
    """Every wrong text was looked at and one right one in ten: accuracy is that of all texts."""
    right = [_pair(at, gold=Gold("POSITIVE", 0.1, 0.1)) for at in range(90)]
    wrong = [_pair(at, candidate="NEUTRAL", gold=Gold("POSITIVE", 1.0, 0.1)) for at in range(90, 190)]

    assert 0.9 == pytest.approx(measure(tally_of([*right, *wrong]), "accuracy.candidate").found.value)


def test_what_was_staked_stays_when_a_rarer_row_comes() -> None:
    """One that stands for a thousand moves the mean, and not what was shown by the rows before it."""
    pairs = [_pair(at, gold=Gold("POSITIVE", 0.5, 0.5)) for at in range(200)]
    bound = Bound("accuracy.candidate", 0.9, "under")
    before = _gate(tally_of(pairs), bound)
    after = _gate(tally_of([*pairs, _pair(200, gold=Gold("POSITIVE", 0.001, 0.001))]), bound)

    assert ("passed", "passed") == (before.status, after.status)


def test_a_candidate_that_hardly_answers_is_not_judged() -> None:
    """More than half of the texts got no answer: whatever else was seen, nothing is shown."""
    tally = tally_of(
        [*(_pair(at) for at in range(400)), *(_pair(at, candidate="FAILED") for at in range(400, 900))]
    )

    found = judge(tally, [Bound("agreement", 0.9, "under")])

    assert ("inconclusive", "500 of 900 texts got no answer from one side or both") == (
        found.status,
        found.reason,
    )


def test_one_broken_gate_is_enough() -> None:
    """Agreement passes, the failures do not: the whole fails, and says why."""
    tally = tally_of(
        [*(_pair(at) for at in range(800)), *(_pair(at, candidate="FAILED") for at in range(800, 1000))]
    )

    found = judge(tally, parsed_all(["agreement=0.9"], ["failures.candidate=0.02"]))

    assert "failed" == found.status
    assert "failures.candidate is 0.2000 over 1,000 texts: shown to be over 0.0200" == found.reason


def test_no_pairs_show_nothing() -> None:
    """Where nothing has come yet, that is what is said."""
    assert "there are no pairs" == judge(tally_of([]), [Bound("agreement", 0.9, "under")]).reason


@pytest.mark.parametrize(
    ("under", "over", "said"),
    [
        ([], [], "no gate is declared"),
        (["agreement=1"], [], "no number of pairs can show"),
        ([], ["failures.candidate=0"], "no number of pairs can show"),
        (["cost_thousand.primary=0"], [], "nothing could ever break it"),
        ([], ["accuracy_drop=1"], "nothing could ever break it"),
        ([], ["failures=0.1"], "it is failures.primary or failures.candidate"),
        (["agreement=2"], [], "agreement is between 0 and 1"),
    ],
)
def test_gates_that_nothing_can_meet_are_refused(under: list[str], over: list[str], said: str) -> None:
    """A gate that is missing, on nothing there is, out of range or beyond any proof is an error at once."""
    with pytest.raises(SettingsError, match=said):
        check_bounds(parsed_all(under, over), LABELS)


@pytest.mark.slow
def test_a_candidate_at_the_bound_is_promoted_seldom() -> None:
    """Looked at often, of candidates at the bound one in twenty passes, and one in twenty fails."""
    numbers = np.random.default_rng(9)
    passed = failed = 0
    for _ in range(100):
        tally = Tally()
        seen = set()
        for at in range(1500):
            tally.add(_pair(at, candidate="POSITIVE" if numbers.random() < 0.85 else "NEUTRAL"))
            if at % 250 == 249:
                seen.add(judge(tally, [Bound("agreement", 0.85, "under")]).status)
        passed, failed = passed + ("passed" in seen), failed + ("failed" in seen)

    assert passed <= 5
    assert failed <= 5
