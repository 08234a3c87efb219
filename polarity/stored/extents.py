"""How much of a text was read, as the raw outputs of those asked say it."""

from collections.abc import Iterable, Mapping

from polarity.types import Answer, Failure, RawOutput, Scores, Usage


def usage_of(raw: RawOutput) -> Usage:
    """Count one raw output's tokens: a failure has none.

    >>> usage_of(Failure(reason="timeout"))
    Usage(prompt_tokens=0, completion_tokens=0, cached=0)
    """
    return Usage() if isinstance(raw, Failure) else raw.usage


def tokens_read(answers: Mapping[str, Answer]) -> int | None:
    """Count what was read of the text: by BERT, which reads it alone, else by the LLM within its prompt.

    >>> from polarity.types import Completion
    >>> said = Completion(text="fine", usage=Usage(20, 2))
    >>> tokens_read({"llm": Answer(said, Failure(reason="timeout"))}), tokens_read({})
    (20, None)
    """
    counts = [
        raw.tokens if isinstance(raw, Scores) else usage_of(raw).prompt_tokens
        for raw in (answers[name].raw for name in sorted(answers))
    ]
    return next((count for count in counts if count), None)


def is_cut(answers: Mapping[str, Answer]) -> bool:
    """Say whether a model did not read the whole text."""
    raws = (answer.raw for answer in answers.values())
    return any(not isinstance(raw, Failure) and raw.truncated for raw in raws)


def share_known(raws: Iterable[RawOutput]) -> float | None:
    """Give the share of the text that the classifier could read; None where none was asked, or counted it.

    >>> from polarity.types import Known
    >>> share_known([Scores(probabilities={}, source="softmax", known=Known(0.5))])
    0.5
    """
    return next((raw.known.share for raw in raws if isinstance(raw, Scores) and raw.known), None)
