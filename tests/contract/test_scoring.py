"""Scores read by the contract: by name, by candidate token, and by what is not shown."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.scoring import could_be_otherwise
from polarity.statistics.label_offsets import LabelOffsets
from polarity.types import Abstention, Failure, Outcome, Scores, Unmapped, Verdict
from tests.calibrations import calibration

CONTRACT = load_contract()
OFFSETS = {"NEGATIVE": -0.4, "NEUTRAL": 1.0, "POSITIVE": -0.6}


def scored(
    probabilities: Mapping[str, float],
    source: Any = "logprobs",
    contract: Contract = CONTRACT,
    unseen: float = 0.0,
) -> Outcome:
    """Map a distribution."""
    return mapper.map(Scores(probabilities=probabilities, source=source, unseen=unseen), contract)


def test_logprobs_sum_aliases_and_normalise() -> None:
    """Tokens that are one label's aliases, in any dress, count together; coverage is their mass."""
    tokens = {
        " positive": 0.3,
        "Positive": 0.2,
        "POSITIVELY": 0.1,
        " negative": 0.2,
        "mostly": 0.1,
        "not": 0.05,
    }
    outcome = scored(tokens)
    assert isinstance(outcome, Verdict)
    assert ("POSITIVE", "exact/logprobs") == (outcome.label, outcome.rule)
    assert 0.8 == pytest.approx(outcome.coverage)
    assert {"NEGATIVE": 0.25, "NEUTRAL": 0.0, "POSITIVE": 0.75} == pytest.approx(dict(outcome.scores or {}))


@pytest.mark.parametrize(
    ("tokens", "kind", "coverage"),
    [
        ({"positive": 0.3, " mixed": 0.4, "unclear": 0.1}, Abstention, 0.3),
        ({"positive": 0.3, "neutral": 0.25, "mixed": 0.2, "unclear": 0.2}, Abstention, 0.55),
        ({"positive": 0.4, "mixed": 0.3}, Verdict, 0.4),
        ({"mixed": 0.4}, Abstention, 0.0),
        ({"positive": 0.05}, Verdict, 0.05),
        ({"positive": 0.049}, Unmapped, 0.049),
        ({"positive": 0.03, "mixed": 0.03}, Unmapped, 0.03),
        ({"positive": 0.3, "mixed": 0.3}, Unmapped, 0.3),
        ({"positive": 0.3, "negative": 0.3}, Unmapped, 0.6),
        ({"a" + "_" * 100_000 + "b": 0.9}, Unmapped, 0.0),
        ({"the": 0.9, "posi": 0.1}, Verdict, 0.1),
        ({"the": 0.9, "p": 0.1}, Unmapped, 0.0),
        ({"the": 0.9, "ne": 0.1}, Unmapped, 0.0),
        ({"the": 0.9, "pos.": 0.1}, Unmapped, 0.0),
        ({"the": 0.9, "positivelyx": 0.1}, Unmapped, 0.0),
        ({"very positive": 0.9, "not great": 0.1}, Unmapped, 0.0),
        ({"p\u200bositive": 0.9}, Unmapped, 0.0),
        ({}, Unmapped, 0.0),
    ],
)
def test_logprobs_abstain_and_floor(tokens: dict[str, float], kind: type, coverage: float) -> None:
    """Abstain words compete as one candidate; too little mass on declared words is undeclared."""
    outcome = scored(tokens)
    assert kind is type(outcome)
    assert not isinstance(outcome, Failure)
    assert coverage == pytest.approx(outcome.coverage)


def test_no_mass_is_undeclared_whatever_the_floor() -> None:
    """With a floor of 0, no mass at all is still no verdict."""
    source = CONTRACT.source.replace("coverage_floor = 0.05", "coverage_floor = 0.0")
    contract = Contract.parse(source.encode())
    assert Unmapped(reason="undeclared", contract=contract.ref, coverage=0.0) == scored(
        {"the": 0.9}, contract=contract
    )


def test_softmax_renames_by_the_binding() -> None:
    """A checkpoint's distribution is renamed, in the contract's order; the top one is the verdict."""
    outcome = scored({"positive": 0.2, "neutral": 0.1, "negative": 0.7}, "softmax")
    expected = {"NEGATIVE": 0.7, "NEUTRAL": 0.1, "POSITIVE": 0.2}
    assert outcome == Verdict(
        label="NEGATIVE", rule="binding/negative", contract=CONTRACT.ref, scores=expected
    )
    assert isinstance(outcome, Verdict)
    assert [*CONTRACT.labels] == [*(outcome.scores or {})]


@pytest.mark.parametrize(
    "names",
    [{"LABEL_0": 1.0}, {"positive": 1.0}, {"positive": 0.5, "neutral": 0.2, "negative": 0.2, "x": 0.1}],
)
def test_softmax_with_foreign_names(names: dict[str, float]) -> None:
    """Scores over names that the contract does not bind are undeclared, never an exception."""
    assert Unmapped(reason="undeclared", contract=CONTRACT.ref) == scored(names, "softmax")


@pytest.mark.parametrize("source", ["softmax", "logprobs"])
@pytest.mark.parametrize("p", [math.nan, math.inf, -0.1])
def test_scores_that_are_no_probabilities(source: str, p: float) -> None:
    """A broken number never becomes a verdict."""
    outcome = scored({"positive": p, "neutral": 0.2, "negative": 0.2}, source)
    assert isinstance(outcome, Failure)
    assert "bad_response" == outcome.reason


def verdict(tokens: Mapping[str, float], unseen: float = 0.0) -> tuple[str, float] | str:
    """The label and its probability, or why there is none."""
    outcome = scored(tokens, unseen=unseen)
    if isinstance(outcome, Verdict):
        return outcome.label, round((outcome.scores or {})[outcome.label], 3)
    return str(getattr(outcome, "reason", outcome.kind))


COMMON = {" the": 0.5, " a": 0.2, " it": 0.1}


@pytest.mark.parametrize(
    ("tokens", "unseen", "expected"),
    [
        # the only label, among the least likely of five: each of the others may be as likely
        ({**COMMON, " this": 0.07, " positive": 0.06}, 0.06, "undeclared"),
        ({**COMMON, " positive": 0.06, " this": 0.05}, 0.05, ("POSITIVE", 0.4)),
        # what the candidates leave over is all that the others have together
        ({**COMMON, " positive": 0.19, " this": 0.005}, 0.005, ("POSITIVE", 0.974)),
        ({" positive": 0.9, " this": 0.09}, 0.01, ("POSITIVE", 0.989)),
        # a label that is shown has what is shown
        ({" positive": 0.4, " negative": 0.3, " neutral": 0.1}, 0.1, ("POSITIVE", 0.5)),
        ({" positive": 0.4, " negative": 0.3}, 0.3, ("POSITIVE", 0.4)),
        # an abstention must be above it, too
        ({" mixed": 0.3, " the": 0.3}, 0.3, "undeclared"),
        ({" mixed": 0.4, " the": 0.3}, 0.3, "abstention"),
    ],
)
def test_what_is_not_shown_is_not_impossible(
    tokens: dict[str, float], unseen: float, expected: tuple[str, float] | str
) -> None:
    """A verdict is above the most that any label can have, and its probability is the least it can be."""
    assert expected == verdict(tokens, unseen)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ({" pos": 0.3, " neg": 0.1}, ("POSITIVE", 0.75)),
        ({" Neu": 0.3, " positive": 0.1}, ("NEUTRAL", 0.75)),
        ({" positive": 0.4, " ne": 0.3}, ("POSITIVE", 0.571)),
        ({" positive": 0.3, " ne": 0.4}, "multiple_labels"),
        ({" negative": 0.3, " ne": 0.4}, "multiple_labels"),
        ({" negative": 0.5, " ne": 0.4}, ("NEGATIVE", 0.556)),
        ({" positive": 0.3, " n": 0.4}, ("POSITIVE", 1.0)),
        ({" positive": 0.3, " not": 0.4}, ("POSITIVE", 1.0)),
    ],
)
def test_label_words_of_several_tokens(tokens: dict[str, float], expected: tuple[str, float] | str) -> None:
    """What begins one label's words counts for it; what may be several labels' counts against each rival."""
    assert expected == verdict(tokens)


PROBABILITIES = st.lists(
    st.tuples(
        st.sampled_from(
            [" positive", " pos", " negative", " ne", " neutral", " mixed", " the", " a", " not"]
        ),
        st.floats(0.0, 1.0),
    ),
    unique_by=lambda pair: pair[0],
)


@given(PROBABILITIES, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_verdict_is_the_likeliest_whatever_is_not_shown(
    pairs: list[tuple[str, float]], shown: float, bound: float
) -> None:
    """Total; scores sum to one; the verdict's own is the largest, and no larger than without a bound."""
    total = sum(p for _, p in pairs)
    tokens = {token: p / total * shown for token, p in pairs} if total else {}
    unseen = min([bound, 1.0 - sum(tokens.values()), *tokens.values()], key=abs)
    outcome, unbounded = scored(tokens, unseen=max(0.0, unseen)), scored(tokens)
    could_be_otherwise(Scores(probabilities=tokens, source="logprobs", unseen=max(0.0, unseen)), CONTRACT)
    if isinstance(outcome, Verdict):
        scores = dict(outcome.scores or {})
        assert 1.0 == pytest.approx(sum(scores.values()))
        assert scores[outcome.label] == max(scores.values())
        assert isinstance(unbounded, Verdict)
        assert outcome.label == unbounded.label
        assert scores[outcome.label] <= (unbounded.scores or {})[outcome.label] + 1e-9


@pytest.mark.parametrize(
    ("tokens", "unseen", "expected"),
    [
        ({**COMMON, " positive": 0.06, " this": 0.05}, 0.05, True),
        ({**COMMON, " positive": 0.19, " this": 0.005}, 0.005, False),
        ({" positive": 0.4, " negative": 0.3, " neutral": 0.1}, 0.1, False),
        ({"the": 0.9, "a": 0.01}, 0.01, False),
        ({"the": 0.5, "a": 0.1}, 0.1, True),
    ],
)
def test_when_more_candidates_could_tell(tokens: dict[str, float], unseen: float, *, expected: bool) -> None:
    """Where what is not shown is a share that matters, and together with what is shown is above the floor."""
    assert expected is could_be_otherwise(
        Scores(probabilities=tokens, source="logprobs", unseen=unseen), CONTRACT
    )


@pytest.mark.parametrize("unseen", [math.nan, math.inf, -0.1])
def test_a_bound_that_is_no_probability(unseen: float) -> None:
    """Is no answer, like a candidate's."""
    outcome = scored({" positive": 0.5}, unseen=unseen)
    assert isinstance(outcome, Failure)


def _calibrated(offsets: Mapping[str, float] = OFFSETS, temperature: float = 1.0) -> Contract:
    return replace(CONTRACT, calibration=calibration(offsets, temperature))


def test_a_calibration_weighs_the_labels() -> None:
    """Offsets on the log-probabilities, before normalising; coverage is that of the mass as it came."""
    tokens = {" positive": 0.4, " neutral": 0.3, " negative": 0.1}
    outcome = scored(tokens, contract=_calibrated(temperature=1.5))
    assert isinstance(outcome, Verdict)
    assert ("NEUTRAL", "calibrated/small.gguf/completions") == (outcome.label, outcome.rule)
    assert 0.8 == pytest.approx(outcome.coverage)
    masses = {
        label: (p / 0.8) ** (1 / 1.5) * math.exp(OFFSETS[label])
        for label, p in {"NEGATIVE": 0.1, "NEUTRAL": 0.3, "POSITIVE": 0.4}.items()
    }
    expected = {label: mass / sum(masses.values()) for label, mass in masses.items()}
    assert expected == pytest.approx(dict(outcome.scores or {}))


@pytest.mark.parametrize(
    ("tokens", "unseen", "expected"),
    [
        ({" positive": 0.6, " negative": 0.1}, 0.05, "POSITIVE"),
        ({" positive": 0.6, " negative": 0.1}, 0.1, "POSITIVE"),
        ({" positive": 0.6, " negative": 0.3}, 0.2, "multiple_labels"),
        ({" positive": 0.6, " negative": 0.1, " mixed": 0.2}, 0.01, "POSITIVE"),
        ({" positive": 0.3, " neutral": 0.2, " negative": 0.1, " mixed": 0.35}, 0.01, "abstain/logprobs"),
        ({" positive": 0.3, " neutral": 0.2, " negative": 0.1, " mixed": 0.3}, 0.01, "conflicting"),
        ({" positive": 0.03}, 0.0, "undeclared"),
    ],
)
def test_what_is_not_shown_is_weighed_too(tokens: dict[str, float], unseen: float, expected: str) -> None:
    """A label that is not shown may have its bound, with its offset; to decline is no label's matter."""
    outcome = scored(tokens, contract=_calibrated(), unseen=unseen)
    said = (
        getattr(outcome, "label", None) or getattr(outcome, "reason", None) or getattr(outcome, "rule", None)
    )
    assert expected == said


@given(
    st.lists(st.floats(0.01, 0.3), min_size=3, max_size=3),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.floats(0.2, 5),
)
def test_the_verdict_is_the_likeliest_of_its_scores(
    masses: list[float], offsets: list[float], temperature: float
) -> None:
    """Whatever the calibration; its scores are those of the uncalibrated verdict, with it."""
    own = dict(zip(CONTRACT.labels, offsets, strict=True))
    tokens = {f" {label.lower()}": mass for label, mass in zip(CONTRACT.labels, masses, strict=True)}
    outcome, bare = scored(tokens, contract=_calibrated(own, temperature)), scored(tokens)
    if isinstance(outcome, Verdict) and isinstance(bare, Verdict):
        assert max(outcome.scores or {}, key=(outcome.scores or {}).__getitem__) == outcome.label
        assert LabelOffsets(temperature, own).applied(bare.scores or {}) == outcome.scores
        assert outcome.coverage == bare.coverage


def test_softmax_scores_are_nobodys_to_calibrate() -> None:
    """The calibration is the language model's."""
    names = {"negative": 0.3, "neutral": 0.3, "positive": 0.4}
    assert scored(names, "softmax") == scored(names, "softmax", contract=_calibrated())
