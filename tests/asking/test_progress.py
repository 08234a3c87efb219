"""How far a run is."""

from polarity.asking.progress import Progress, Together
from polarity.asking.questions import Question, Said
from polarity.types import Completion, Failure, Usage

BERT, LLM = Question("bert"), Question("llm")


def test_answers_are_counted_as_they_come() -> None:
    """Tokens by backend, failures by reason; what nobody was asked is there without a token."""
    said: Said = {BERT: Completion(text="a", usage=Usage(3, 1)), LLM: Failure(reason="timeout")}
    seen = Progress(6, 0, {}, {}).after([(1, said), (2, {LLM: None})]).after([(3, said)])

    assert (6, 5, {"timeout": 2}, {"bert": Usage(6, 2)}) == seen[:4]


def test_several_runs_are_shown_as_one() -> None:
    """What is known of all of them from the start, and then as each goes on."""
    seen: list[Progress] = []
    together = Together([Progress(3, 3, {}, {"llm": Usage(9, 1)}), Progress(3, 0, {}, {})], seen.append)
    together.part(1)(Progress(3, 1, {"timeout": 1}, {"llm": Usage(1, 1)}))

    assert [(6, 3, 0), (6, 4, 1)] == [(one.wanted, one.answers, len(one.failures)) for one in seen]
    assert {"llm": Usage(10, 2)} == seen[-1].usage
