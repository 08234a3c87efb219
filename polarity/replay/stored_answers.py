"""Files of raw outputs -> stored answers: a corpus of completions, a JSON report, an explained response."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from polarity.contract import Contract
from polarity.contract.review.corpus import Expected, read_corpus
from polarity.replay.audit import read_response
from polarity.stored import read_object, read_report
from polarity.types import Model, RawOutput


class StoredAnswer(NamedTuple):
    """A raw output, with the id of its text, and the language model that gave it, where that is known.

    `says` is what a reader found in it, `expect` the outcome that a written row of a corpus fixes: see
    `polarity.contract.review.corpus`.
    """

    id: str
    raw: RawOutput
    by: Model | None = None
    says: str | None = None
    expect: Expected | None = None


def read_answers(path: Path, contract: Contract) -> Iterator[StoredAnswer]:
    """Read the raw outputs of a file: a `.json` is a report or a response, anything else a corpus.

    Raises:
        RecordError: the file cannot be read, or is none of these; names the place and the value.
    """
    if path.suffix.lower() != ".json":
        for row in read_corpus(path, contract):
            yield StoredAnswer(row.id, row.completion, None, row.says, row.expect)
    elif "results" in read_object(path):
        for result in read_response(path).results:
            yield from (StoredAnswer(f"{result.index} ({name})", raw) for name, raw in result.raws.items())
    else:
        report = read_report(path)
        llm = {side.backend: side.answered for side in report.sides.values() if side.backend == "llm"}
        for one in report.rows:
            for name, raw in one.raws.items():
                yield StoredAnswer(f"{one.id} ({name})", raw, llm.get(name))
