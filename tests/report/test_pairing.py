"""What was said about a record's text becomes a pair."""

from polarity.asking.questions import Question
from polarity.comparison import category
from polarity.contract import Contract
from polarity.records import Record
from polarity.report import Column, pair_of
from polarity.types import Completion, Decision, RawOutput

from .helpers import softmax

ROW = Record(text="Fine.", id="7", line=3, label="POSITIVE", extra={"shop": "north", "old": "negative"})
BERT, LLM = softmax(0.001, 0.001, 0.998), Completion(text="negative")


def test_two_backends_are_decided_between(contract: Contract) -> None:
    """Both answers stand in the pair in the order of the sides, and the policy decides."""
    said: dict[Question, RawOutput] = {Question("bert"): BERT, Question("llm"): LLM}
    pair = pair_of(ROW, said, ("llm", "bert"), contract)

    assert ("7", "Fine.", "POSITIVE") == (pair.id, pair.text, pair.gold)
    assert (LLM, BERT) == (pair.left.raw, pair.right.raw)
    assert isinstance(pair.result, Decision)
    assert ("POSITIVE", "bert:confident") == (pair.result.label, pair.result.decided_by)


def test_repeats_and_columns_are_kept(contract: Contract) -> None:
    """Further answers are repeats, in order; of the columns only those that are named stay."""
    texts = ["positive", "negative", "neutral"]
    said = {Question("llm", attempt): Completion(text=text) for attempt, text in enumerate(texts)}
    pair = pair_of(ROW, said, (Column("old", contract), "llm"), contract, ["shop"])

    assert ["NEGATIVE", "NEUTRAL"] == [category(answer.outcome) for answer in pair.repeats]
    assert ({"shop": "north"}, None) == (pair.columns, pair.result)
