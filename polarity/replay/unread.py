"""Stored answers that no rule reads, by their form."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from polarity.contract import Contract, mapper
from polarity.contract.review.corpus import ABSTAIN, NONE
from polarity.contract.review.forms import Form, form_of
from polarity.contract.review.lexicon import Lexicon, lexicon
from polarity.replay.stored_answers import StoredAnswer
from polarity.types import Completion, Outcome, Unmapped

TAKES_BACK = "conflicting"


class Unread(NamedTuple):
    """A stored completion without an outcome that it should have: why, its form, and what it means.

    `label` is what a reader found in it, the label that it names, or the one whose word one of its words is
    like; "abstain" where it declines.
    """

    answer: StoredAnswer
    reason: str
    form: Form
    label: str | None

    @property
    def text(self) -> str:
        """What the model answered."""
        return text_of(self.answer)


class Group(NamedTuple):
    """Answers of one form, as it is shown; those that name no label mean the same."""

    form: str
    members: Sequence[Unread]

    @property
    def reasons(self) -> Mapping[str, int]:
        """Why they are not read: reason -> answers."""
        return Counter(one.reason for one in self.members)

    @property
    def found(self) -> str | None:
        """What all of them mean, where their form does not show it."""
        return _meaning(self.members[0])


def unread(
    answers: Sequence[StoredAnswer], outcomes: Sequence[Outcome], contract: Contract
) -> tuple[list[Unread], Lexicon]:
    """Give the completions without an outcome, with the words that tell names from words in them.

    What a row says not to be read - it fixes the outcome, or a reader found nothing - is left out.
    """
    lost = [
        (one, outcome.reason)
        for one, outcome in zip(answers, outcomes, strict=True)
        if isinstance(outcome, Unmapped)
        and isinstance(one.raw, Completion)
        and not one.expect
        and one.says != NONE
    ]
    words = lexicon(contract, [text_of(one) for one, _ in lost])
    forms = [form_of(text_of(one), words) for one, _ in lost]
    return [
        Unread(one, reason, form, one.says or form.label or _kin(form) or _takes_back(form, contract))
        for (one, reason), form in zip(lost, forms, strict=True)
    ], words


def grouped(found: Sequence[Unread]) -> list[Group]:
    """Group answers by form, the most frequent first; of equals the one that came first.

    Answers that name no label are also parted by what they mean.
    """
    members: dict[tuple[str, str | None], list[Unread]] = defaultdict(list)
    for one in found:
        members[one.form.shown, _meaning(one)].append(one)
    groups = [Group(form, same) for (form, _), same in members.items()]
    return sorted(groups, key=lambda group: -len(group.members))


def _meaning(one: Unread) -> str | None:
    """Give what an answer means where its form does not show it."""
    return one.label if one.form.label is None or one.label == ABSTAIN else None


def _kin(form: Form) -> str | None:
    return form.kin[1] if form.kin else None


def _takes_back(form: Form, contract: Contract) -> str | None:
    """Say that a sentence without a label declines, where it would take back a label before it."""
    if not form.said:
        return None
    word = next(iter(contract.file.answer_words.values()))
    outcome = mapper.map(Completion(text=f"{word}. {form.said}"), contract)
    return ABSTAIN if isinstance(outcome, Unmapped) and outcome.reason == TAKES_BACK else None


def text_of(one: StoredAnswer) -> str:
    """Give the text of a stored completion; nothing of anything else."""
    return one.raw.text if isinstance(one.raw, Completion) else ""
