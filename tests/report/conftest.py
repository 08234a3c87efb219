"""One report with every kind of pair, and texts that try to break out of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from polarity.comparison import Pair
from polarity.contract import Contract
from polarity.types import Completion, Failure, RawOutput, Scores

from .helpers import Draft, pair_of, report_of, softmax, write_report


@pytest.fixture
def pairs(contract: Contract) -> list[Pair]:
    """Two agreements, two model and three mapping disagreements, one failure."""
    late = Failure(reason="timeout", detail="no answer in 0.2 s")
    logprobs = Scores(probabilities={" positive": 0.2, " negative": 0.7, " the": 0.1}, source="logprobs")
    rows: list[tuple[str, RawOutput, RawOutput, str | None]] = [
        ("Love it!", softmax(0.02, 0.08, 0.9), Completion(text="Positive."), "POSITIVE"),
        ("It arrived.", softmax(0.1, 0.8, 0.1), Completion(text="neutral"), "NEUTRAL"),
        ("<script>alert(1)</script>", softmax(0.1, 0.2, 0.7), logprobs, "NEGATIVE"),
        ("=1+1|`x`\nnext", softmax(0.96, 0.02, 0.02), Completion(text="Label: **positive**"), "NEGATIVE"),
        ("Could be worse", softmax(0.3, 0.4, 0.3), Completion(text="<img src=x onerror=alert(1)>"), None),
        ("Good, and bad", softmax(0.1, 0.5, 0.4), Completion(text="mixed"), "NEUTRAL"),
        ("Zero width", softmax(0.1, 0.1, 0.8), Completion(text="posi\u200btive \ud83d"), None),
        ("Late", softmax(0.1, 0.1, 0.8), late, "POSITIVE"),
    ]
    return [
        pair_of(contract, f"r{at}", text, bert, llm, gold)
        for at, (text, bert, llm, gold) in enumerate(rows, start=1)
    ]


@pytest.fixture
def report(contract: Contract, pairs: list[Pair]) -> Draft:
    """A report over all kinds of pairs."""
    return report_of(contract, pairs)


@pytest.fixture
def written(tmp_path: Path, report: Draft) -> Callable[[str], str]:
    """Write the report by a suffix and read it back."""

    def write(suffix: str) -> str:
        path = tmp_path / f"out{suffix}"
        write_report(path, report)
        return path.read_bytes().decode("utf-8")

    return write
