"""How far a run is."""

from polarity.asking.progress import Progress
from polarity.asking.questions import Question, Said
from polarity.types import Completion, Failure, Usage

BERT, LLM = Question("bert"), Question("llm")


def test_answers_are_counted_as_they_come() -> None:
    """Tokens by backend, failures by reason; what nobody was asked is there without a token."""
    said: Said = {BERT: Completion(text="a", usage=Usage(3, 1)), LLM: Failure(reason="timeout")}
    seen = Progress(6, 0, {}, {}).after([(1, said), (2, {LLM: None})]).after([(3, said)])

    assert (6, 5, {"timeout": 2}, {"bert": Usage(6, 2)}) == seen[:4]
