"""What is asked about a text, and what was said."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from polarity.types import RawOutput


class Question(NamedTuple):
    """What is asked about a text: a backend by its name, for the first time (0) or again."""

    backend: str
    attempt: int = 0


# None stands where nobody was asked, since the policy did without.
Said = Mapping[Question, RawOutput | None]
NOTHING: Said = MappingProxyType({})


def questions(backends: Sequence[str], again: str | None = None, repeat: int = 1) -> tuple[Question, ...]:
    """List what is asked about every text: each backend, and `again`, one of them, `repeat` times in all.

    >>> [tuple(question) for question in questions(["bert", "llm"], "llm", 2)]
    [('bert', 0), ('llm', 0), ('llm', 1)]
    """
    first = [Question(backend) for backend in backends]
    return (*first, *(Question(again, attempt) for attempt in range(1, repeat) if again))


def first_answers(said: Said) -> dict[str, RawOutput]:
    """Give what each backend said the first time, by its name; who was not asked is not there."""
    return {
        question.backend: raw for question, raw in said.items() if raw is not None and not question.attempt
    }
