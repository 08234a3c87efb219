"""Too little to fit a policy on: known before anybody is asked, and after."""

import pytest

from polarity.tuning.policy_worth import GoldPair
from polarity.tuning.too_few import too_few_answered, too_few_labelled
from tests.synthetic import LABELS, LATE, bert, golds, llm, pair, said

GOLDS = golds(300)
ANSWERED = [pair(gold, bert(gold, 0.6), llm(gold, 0.9)) for gold in GOLDS]


@pytest.mark.parametrize(
    ("labelled", "problem"),
    [
        (GOLDS, None),
        (GOLDS[:199], "199 labelled texts, at least 200 are needed"),
        (GOLDS[::3] * 2, "0 texts of NEUTRAL, at least 20 are needed"),
    ],
)
def test_too_few_labelled(labelled: list[str], problem: str | None) -> None:
    """Few texts, or a label that hardly occurs: nothing can be fitted, whatever is answered."""
    assert problem == too_few_labelled(labelled, LABELS)


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        (ANSWERED, None),
        ([pair(g, bert(g, 0.5), LATE) for g in GOLDS], "llm gave no answer to 300 of 300 texts"),
        ([pair(g, LATE, said(g)) for g in GOLDS], "bert gave no answer to 300 of 300 texts"),
    ],
)
def test_too_few_answered(pairs: list[GoldPair], problem: str | None) -> None:
    """A side that mostly failed: nothing can be fitted."""
    assert problem == too_few_answered(pairs)
