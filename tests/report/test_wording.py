"""The report's sentences."""

from dataclasses import replace

from polarity.contract import Contract
from polarity.report import wording
from polarity.types import Answer, Completion, Failure, Usage, Verdict

from .helpers import pair_of, report_of, softmax

LLM = Completion(text="positive", usage=Usage(2_000, 5))
LATE = Failure(reason="timeout")


def test_tokens_and_their_cost(contract: Contract) -> None:
    """Tokens of all answers count, those of repeats too; where there are prices, so does what they cost."""
    pair = pair_of(contract, "1", "Fine.", replace(softmax(0.1, 0.1, 0.8), usage=Usage(7, 0)), LLM)
    again = Answer(LLM, Verdict(label="POSITIVE", rule="exact/positive", contract=contract.ref))
    draft = report_of(contract, [replace(pair, repeats=(again, again))])
    bert = "BERT read 7 tokens and wrote 0."

    assert [bert, "The LLM read 6,000 tokens and wrote 15."] == wording.tokens(draft.report)
    prices = {"llm.prompt_price": 0.5, "llm.completion_price": 100.0}
    priced = replace(draft, subject=replace(draft.subject, settings=prices))
    said = "The LLM read 6,000 tokens and wrote 15, at a cost of 0.0045."
    assert [bert, said] == wording.tokens(priced.report)


def test_answers_from_the_cache_are_counted(contract: Contract) -> None:
    """They cost no tokens, and are said apart."""
    cached = replace(LLM, usage=Usage(cached=1))
    pairs = [pair_of(contract, str(at), "Fine.", LATE, raw) for at, raw in enumerate((LLM, cached, cached))]
    expected = ["The LLM read 2,000 tokens and wrote 5.", "Of its answers 2 came from the cache."]
    assert expected == wording.tokens(report_of(contract, pairs).report)


def test_nobody_who_read_nothing_is_named(contract: Contract) -> None:
    """A side without tokens, as a column or one that failed, has no sentence."""
    draft = report_of(contract, [pair_of(contract, "1", "Fine.", LATE, LATE)])
    assert [] == wording.tokens(draft.report)
