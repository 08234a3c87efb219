"""An explanation retraces exactly what the mapper did."""

import pytest

from polarity.contract import load_contract, mapper
from polarity.contract.review.explaining import explain
from polarity.types import Completion

CONTRACT = load_contract()


@pytest.mark.parametrize(
    ("completion", "last"),
    [
        (Completion(text="not great"), "NEGATIVE by phrase/not great"),
        (Completion(text="Sure! Positive."), "POSITIVE by exact/positive"),
        (Completion(text="mixed feelings"), "abstention by abstain/mixed feelings"),
        (Completion(text="Positive. It is negative."), "void: multiple_labels"),
        (Completion(text="not negative"), "no declared rule accounts for the whole text"),
        (Completion(text=""), "empty"),
        (Completion(text="posi\u200btive"), "refused: invisible"),
        (Completion(text="positive", finish_reason="content_filter"), "filtered"),
    ],
)
def test_the_last_step_decides(completion: Completion, last: str) -> None:
    """The steps end with the one that decided, and the outcome is the mapper's own."""
    found = explain(completion, CONTRACT)
    assert last == found.steps[-1].finding
    assert mapper.map(completion, CONTRACT) == found.outcome


def test_a_reason_beside_the_answer_is_shown() -> None:
    """What a JSON object says beside its label is a step of its own."""
    found = explain(Completion(text='{"label": "positive", "reason": "It works."}'), CONTRACT)
    assert "'it works'" == dict(found.steps)["reason in the JSON"]
    found = explain(Completion(text='{"label": "positive"} It works.'), CONTRACT)
    assert "'it works'" == dict(found.steps)["reason beside the answer"]


def test_what_is_taken_off_is_shown() -> None:
    """Each part that is taken off is a step of its own, shortened if it is long."""
    found = explain(Completion(text=f"<think>{'m' * 300}</think>```json\npositive\n```"), CONTRACT)
    steps = dict(found.steps)
    assert "'json'" == steps["taken off: fence tag"]
    assert f"'<think>{'m' * 193} ...'" == steps["taken off: reasoning block"]
