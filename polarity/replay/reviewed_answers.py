"""Decisions whose mapping people call wrong -> stored answers that a contract can be held against."""

from collections.abc import Iterable

from polarity.contract import Contract
from polarity.contract.review.corpus import ABSTAIN
from polarity.replay.stored_answers import StoredAnswer
from polarity.replay.suggestions import MOST_FORMS, Suggestions, suggest
from polarity.store import CANNOT_TELL, Queued, settled
from polarity.stored import raw_from
from polarity.types import Completion


def misread_answers(read: Iterable[Queued]) -> list[StoredAnswer]:
    """Give the completions of decisions of which somebody says that the mapping is wrong.

    What the answer means is what the reviewers say, where they agree; where they cannot tell, it declines.
    """
    found = []
    for one in read:
        holds = settled(one.reviews)
        if not holds.mapping_wrong:
            continue
        says = ABSTAIN if holds.verdict == CANNOT_TELL else holds.verdict
        for name, stored in one.decision.raws.items():
            raw = raw_from(stored, f"raws.{name}")
            if isinstance(raw, Completion):
                by = one.decision.setup.models.get(name)
                found.append(StoredAnswer(f"{one.decision.request_id} ({name})", raw, by, says))
    return found


def suggestions_of(read: Iterable[Queued], contract: Contract, most: int = MOST_FORMS) -> Suggestions:
    """Suggest lines that would make a contract read what people say that it misreads."""
    return suggest(misread_answers(read), contract, most)
