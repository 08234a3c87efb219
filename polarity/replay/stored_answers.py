"""Raw outputs -> stored answers: of a corpus, a report, an explained response, or the store."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from polarity.contract import Contract
from polarity.contract.review.corpus import ABSTAIN, Expected, read_corpus
from polarity.replay.audit import read_response
from polarity.replay.exported_rows import TABLES, exported_rows, is_exported
from polarity.sources import STORE, opened_store
from polarity.stored import raw_from, read_object, read_report
from polarity.types import Completion, Model, RawOutput

if TYPE_CHECKING:
    from polarity.store import Queued, StoredDecision


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
    """Read the raw outputs of a file.

    A `.json` is a report or a response; anything else holds exported decisions, or is a corpus.
    `store:?since=7d` are all that the store has; `store:reviewed?since=7d` the completions of which people
    were asked: where they say that the mapping is wrong, what it should be read as is known.

    Raises:
        RecordError: the file cannot be read, or is none of these; names the place and the value.
        StoreError: the store cannot be read, or it is no such query.
    """
    if str(path).startswith(STORE):
        yield from _of_store(str(path))
    elif path.suffix.lower() in (".jsonl", *TABLES) and is_exported(path):
        yield from _exported(path)
    elif path.suffix.lower() != ".json":
        for row in read_corpus(path, contract):
            yield StoredAnswer(row.id, row.completion, None, row.says, row.expect)
    elif "results" in read_object(path):
        for result in read_response(path).results:
            yield from (StoredAnswer(f"{result.index} ({name})", raw) for name, raw in result.raws.items())
    else:
        yield from _reported(path)


def _reported(path: Path) -> Iterator[StoredAnswer]:
    report = read_report(path)
    llm = {side.backend: side.answered for side in report.sides.values() if side.backend == "llm"}
    for one in report.rows:
        for name, raw in one.raws.items():
            yield StoredAnswer(f"{one.id} ({name})", raw, llm.get(name))


def _of_store(query: str) -> Iterator[StoredAnswer]:
    from polarity.store import Desk
    from polarity.store.query import wanted_of

    wanted = wanted_of(query)
    with opened_store() as store:
        if wanted.reviewed:
            read = Desk(store).read(since=wanted.since, until=wanted.until)
            yield from islice(reviewed_answers(read), wanted.limit)
        else:
            for one in store.decisions(**wanted.bounds, limit=wanted.limit):
                yield from _answers_of(one)


def _answers_of(one: "StoredDecision") -> Iterator[StoredAnswer]:
    for name, raw in one.raws.items():
        by = one.setup.models.get(name) if name == "llm" else None
        yield StoredAnswer(f"{one.request_id}/{one.index} ({name})", raw_from(raw, f"raws.{name}"), by)


def reviewed_answers(read: Iterable["Queued"]) -> Iterator[StoredAnswer]:
    """Give the completions of decisions that people have read.

    Where they say that the mapping is wrong, the completion says what they do: a label, where they agree on
    one, or, where they cannot tell, that it declines.
    """
    from polarity.store import CANNOT_TELL, settled

    for one in read:
        holds = settled(one.reviews)
        meant = ABSTAIN if holds.verdict == CANNOT_TELL else holds.verdict
        for name, stored in one.decision.raws.items():
            raw = raw_from(stored, f"raws.{name}")
            if isinstance(raw, Completion):
                by, number = one.decision.setup.models.get(name), one.decision.request_id
                says = meant if holds.mapping_wrong else None
                yield StoredAnswer(f"{number}/{one.decision.index} ({name})", raw, by, says)


def _exported(path: Path) -> Iterator[StoredAnswer]:
    for row in exported_rows(path):
        for name, raw in row.raws.items():
            said = raw_from(raw, f"{row.where}: raws.{name}", path=path)
            by = row.models.get(name) if name == "llm" else None
            yield StoredAnswer(f"{row.id} ({name})", said, by)
