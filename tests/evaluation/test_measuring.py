"""Gold against results."""

import json
import warnings
from typing import Literal

import pytest

from polarity.contract import load_contract
from polarity.evaluation import Evaluation, LabelScores, measure
from polarity.policy import decide_alone, decide_both, decide_llm_first
from polarity.types import Answer, Decision, Failure, FailureReason, Result, Undecided

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
NOTHING = Undecided(reason="unmapped", detail="no rule accounts for the answer")


def decided(label: str, scores: tuple[float, float, float] | None = None, by: str = "bert") -> Decision:
    """A decision, with scores over the three labels where given."""
    return Decision(label=label, decided_by=by, scores=scores and dict(zip(LABELS, scores, strict=True)))


def letters(gold: str, predicted: str) -> Evaluation:
    """Evaluate rows written as letters: N, U (neutral), P, and - for no decision."""
    names = {"N": "NEGATIVE", "U": "NEUTRAL", "P": "POSITIVE"}
    results: list[Result] = [NOTHING if letter == "-" else decided(names[letter]) for letter in predicted]
    return measure([names[letter] for letter in gold], results, LABELS)


def test_a_worked_example() -> None:
    """Precision, recall and F1 by hand: N 2/3, 1; U 1, 1/2; P 1, 1/2 (the row without a decision is lost)."""
    found = letters("NNUUPP", "NNUNP-")

    assert (6, 4 / 6, 5 / 6) == (found.n, found.accuracy, found.verdict_rate)
    assert LabelScores(precision=2 / 3, recall=1.0, f1=0.8, support=2) == found.labels["NEGATIVE"]
    assert LabelScores(precision=1.0, recall=0.5, f1=2 / 3, support=2) == found.labels["NEUTRAL"]
    assert LabelScores(precision=1.0, recall=0.5, f1=2 / 3, support=2) == found.labels["POSITIVE"]
    assert pytest.approx((0.8 + 2 / 3 + 2 / 3) / 3) == found.macro_f1
    assert ((2, 0, 0, 0), (1, 1, 0, 0), (0, 0, 1, 1)) == found.confusion
    assert ("NEGATIVE", "NEUTRAL", "POSITIVE", "NO VERDICT") == found.predicted


def test_no_decision_is_wrong_and_costs_no_label_precision() -> None:
    """A row without a decision lowers accuracy and recall, not the precision of any label."""
    found = letters("NPP", "N-P")

    assert 2 / 3 == found.accuracy
    assert 1.0 == found.labels["NEGATIVE"].precision == found.labels["POSITIVE"].precision
    assert 0.5 == found.labels["POSITIVE"].recall


def test_macro_f1_leaves_out_labels_that_gold_never_has() -> None:
    """Two-class gold is not punished for a third label; a prediction of it is still wrong."""
    assert 1.0 == letters("NPNP", "NPNP").macro_f1
    assert pytest.approx((1.0 + 2 / 3) / 2) == letters("NPNP", "NPNU").macro_f1


@pytest.mark.parametrize(
    ("gold", "result", "expected"),
    [
        ("POSITIVE", decided("NEUTRAL", (0.1, 0.6, 0.3)), 1.0),
        ("NEGATIVE", decided("NEUTRAL", (0.1, 0.6, 0.3)), 0.0),
        ("NEGATIVE", decided("NEUTRAL", (0.2, 0.6, 0.2)), 1.0),
        ("POSITIVE", decided("NEUTRAL"), 0.0),
        ("POSITIVE", decided("POSITIVE"), 1.0),
        ("POSITIVE", NOTHING, 0.0),
        ("NEUTRAL", decided("NEUTRAL"), None),
    ],
)
def test_two_class_accuracy(gold: str, result: Result, expected: float | None) -> None:
    """The larger score of the two ends decides; without scores the label; the middle does not count."""
    assert expected == measure([gold], [result], LABELS).two_class_accuracy


def test_two_labels_have_one_accuracy() -> None:
    """Under a contract of two labels both accuracies are the same, also where the tie label won."""
    tie = Decision(label="HAM", decided_by="tie", scores={"HAM": 0.4, "SPAM": 0.6})
    found = measure(["SPAM", "HAM", "HAM"], [tie, tie, NOTHING], ("HAM", "SPAM"))

    assert 1 / 3 == found.accuracy == found.two_class_accuracy


def test_decided_by() -> None:
    """Decisions are counted by what made them, the most frequent first."""
    results: list[Result] = [decided("POSITIVE", by="tie"), NOTHING, NOTHING]

    assert [("undecided:unmapped", 2), ("tie", 1)] == list(
        measure(["POSITIVE"] * 3, results, LABELS).decided_by.items()
    )


@pytest.mark.parametrize(
    ("reason", "expected"), [("timeout", 1), ("unavailable", 1), ("unmapped", 0), ("abstained", 0)]
)
def test_failures_are_rows_without_an_answer(
    reason: Literal["unmapped", "abstained", "timeout", "unavailable"], expected: int
) -> None:
    """No answer is a failure, an answer without a label is none."""
    results: list[Result] = [Undecided(reason=reason, detail=""), decided("POSITIVE", by="tie")]

    assert expected == measure(["POSITIVE"] * 2, results, LABELS).failures


@pytest.mark.parametrize("first", ["timeout", "connection", "internal"])
def test_a_row_of_which_every_backend_failed_is_a_failure(first: FailureReason) -> None:
    """However the backends failed, alone or together, the policy's result counts."""
    one, other = (Answer(f, f) for f in (Failure(reason=first), Failure(reason="rate_limited")))
    policy = load_contract().policy
    results = [decide_alone("llm", one), decide_both(one, other, policy), decide_llm_first(one, other)]

    assert 3 == measure(["POSITIVE"] * 3, results, LABELS).failures


@pytest.mark.parametrize(
    ("gold", "predicted", "accuracy", "macro_f1", "verdict_rate"),
    [
        ("", "", None, None, None),
        ("P", "P", 1.0, 1.0, 1.0),
        ("P", "-", 0.0, 0.0, 0.0),
        ("PPP", "PPP", 1.0, 1.0, 1.0),
        ("PPP", "UUU", 0.0, 0.0, 1.0),
        ("NUP", "---", 0.0, 0.0, 0.0),
    ],
)
def test_degenerate_data(
    gold: str, predicted: str, accuracy: float | None, macro_f1: float | None, verdict_rate: float | None
) -> None:
    """No rows give None; one row, one label and no decision at all give numbers, and no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = letters(gold, predicted)

    assert (accuracy, macro_f1, verdict_rate) == (found.accuracy, found.macro_f1, found.verdict_rate)
    assert len(LABELS) == len(found.confusion) == len(found.labels)
    assert len(gold) == sum(map(sum, found.confusion))


def test_as_json_is_one_plain_object() -> None:
    """The object passes through strict JSON unchanged in value and names the headline figures."""
    found = json.loads(json.dumps(letters("NUP", "NU-").as_json(), allow_nan=False))

    assert {"n", "accuracy", "macro_f1", "two_class_accuracy", "verdict_rate", "failures"} <= found.keys()
    assert {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1} == found["labels"]["NEGATIVE"]


@pytest.mark.parametrize("gold", [["POSITIVE"], ["POSITIVE", "HAPPY"]])
def test_bad_gold_is_a_programming_error(gold: list[str]) -> None:
    """Gold must fit the results in number and the labels in name."""
    with pytest.raises(ValueError, match="one gold label"):
        measure(gold, [decided("POSITIVE"), decided("POSITIVE")], LABELS)
