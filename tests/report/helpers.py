"""Hand-made answers, mapped and decided as the classifier does it, and a reader of HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from polarity.comparison import Pair
from polarity.contract import Contract, mapper
from polarity.policy import decide_both
from polarity.report import Report, Side, Subject, write_reports
from polarity.statistics.gates import Bound
from polarity.types import Answer, RawOutput, Scores

VOID = {"meta", "br", "img", "link", "input"}


def softmax(negative: float, neutral: float, positive: float) -> Scores:
    """What BERT says."""
    names = {"negative": negative, "neutral": neutral, "positive": positive}
    return Scores(probabilities=names, source="softmax")


def pair_of(
    contract: Contract, id_: str, text: str, bert: RawOutput, llm: RawOutput, gold: str | None = None
) -> Pair:
    """Map and decide as the classifier does."""
    left, right = Answer(bert, mapper.map(bert, contract)), Answer(llm, mapper.map(llm, contract))
    result = decide_both(left, right, contract.policy)
    return Pair(id=id_, text=text, left=left, right=right, result=result, gold=gold)


@dataclass(frozen=True)
class Draft:
    """A comparison that is not written yet."""

    subject: Subject
    pairs: Sequence[Any]

    @property
    def report(self) -> Report:
        """What it comes to."""
        return write_reports([], self.pairs, self.subject)


def report_of(contract: Contract, pairs: Sequence[Pair], bounds: Sequence[Bound] = ()) -> Draft:
    """A report whose name and models are hostile too."""
    subject = Subject(
        contract=contract,
        left=Side(backend="bert", model="<b>tiny</b>"),
        right=Side(backend="llm", model="a|b"),
        source="reviews<script>.jsonl",
        created=datetime(2026, 3, 1, 9, 5, tzinfo=UTC),
        version="0.1.0",
        settings={"llm.strategy": "free", "llm.temperature": 0.0},
        bounds=bounds,
    )
    return Draft(subject, pairs)


def write_report(path: Path, draft: Draft) -> None:
    """Write it in one format."""
    write_reports([path], draft.pairs, draft.subject)


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that tags close in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)
        self.close()
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Note text."""
        if not {"style", "script"} & set(self.open):
            self.text += data
