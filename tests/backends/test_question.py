"""What a cache tells questions apart by."""

import pytest

from polarity.backends.question import asked_by
from polarity.contract import Contract
from polarity.settings import LlmSettings


@pytest.mark.parametrize(
    ("strategy", "counts"), [("score", True), ("constrained", True), ("auto", True), ("free", False)]
)
def test_the_contracts_words_count_where_they_are_asked_by(
    strategy: str, counts: bool, contract: Contract
) -> None:
    """Scores are asked for until they suffice, and a constraint is made of them; free text is not."""
    more = contract.source.replace('POSITIVE = ["positive", ', 'POSITIVE = ["positive", "sunny", ', 1)
    settings = LlmSettings.model_validate(
        {"server": "remote", "base_url": "http://127.0.0.1:9/v1", "strategy": strategy}
    )
    old, new = (asked_by(settings, one, None) for one in (contract, Contract.parse(more.encode())))
    assert counts is (old != new)
