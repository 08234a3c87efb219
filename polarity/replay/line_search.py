"""Forms of answers -> lines that a contract would have to declare to read them: each proposal is tried.

Forms are tried side by side: one contract holds a proposal for each of them, and only those whose own
answers are read then are tried alone, on all stored answers. So the time goes with the number of
proposals of a form, not of all forms together. And of all stored answers only those are read anew that
the lines may concern, up to the first that they break, if others of the form do already.
"""

from collections.abc import Iterator, Mapping, Sequence

from polarity.contract import Contract, mapper
from polarity.contract.review.amending import tried
from polarity.contract.review.lexicon import Lexicon, tables
from polarity.contract.review.proposals import Lines, proposals
from polarity.errors import ContractError
from polarity.replay.concerned import Concerned
from polarity.replay.stored_answers import StoredAnswer
from polarity.replay.trials import Effect, effect, outcomes, reads
from polarity.replay.unread import Group, Unread
from polarity.types import Outcome

MOST_TRIED = 3  # answers of a form that proposals are made of, and tried on first

Found = tuple[Lines, Effect]


class LineSearch:
    """Looks for lines that help some forms, over one contract and its stored answers."""

    def __init__(
        self,
        contract: Contract,
        words: Lexicon,
        answers: Sequence[StoredAnswer],
        before: Sequence[Outcome],
    ) -> None:
        """Look over stored answers with these outcomes; `words` tell names from words in them."""
        self._contract, self._words, self._answers, self._before = contract, words, answers, before
        self._tables = tables(contract)
        self._concerned = Concerned(contract, answers)

    def best(self, groups: Sequence[Group]) -> list[Found]:
        """Give each group's first lines that help and break nothing, else the first that help, else none."""
        found: list[Found] = [((), Effect()) for _ in groups]
        queues = {at: self._proposals(group) for at, group in enumerate(groups)}
        while wave := {at: lines for at, queue in queues.items() if (lines := next(queue, None))}:
            queues = {at: queues[at] for at in wave}
            for at in self._helping({at: (groups[at], lines) for at, lines in wave.items()}):
                contract = self._tried(wave[at]) if at in queues else None
                if contract is None or not _helps(groups[at], contract):
                    continue  # another's lines read it, or helped it here
                changed = self._effect(wave[at], contract, is_shown=not found[at][0])
                if not changed.broken:
                    for read in [at, *(other for other in queues if _reads_all(groups[other], contract))]:
                        queues.pop(read, None)
                        found[read] = wave[at], changed
                elif not found[at][0]:
                    found[at] = wave[at], changed
        return found

    def _effect(self, lines: Lines, contract: Contract, *, is_shown: bool) -> Effect:
        """Say what some lines change; if it is only shown where they break nothing, up to what they break."""
        concerned = self._concerned.by(lines)
        traps = [at for at in concerned if self._answers[at].expect or self._answers[at].says]
        if not is_shown:
            for at in traps:
                if (broken := self._effect_on([at], contract)).broken:
                    return broken
        return self._effect_on(concerned, contract)

    def _effect_on(self, places: Sequence[int], contract: Contract) -> Effect:
        answers = [self._answers[at] for at in places]
        return effect(answers, [self._before[at] for at in places], outcomes(answers, contract))

    def _proposals(self, group: Group) -> Iterator[Lines]:
        """Give what is proposed for some answers of a form, each once."""
        seen: set[Lines] = set()
        for one in plainest(group):
            for lines in proposals(one.form, self._tables, self._words, one.label):
                if lines not in seen:
                    seen.add(lines)
                    yield lines

    def _helping(self, wave: Mapping[int, tuple[Group, Lines]]) -> list[int]:
        """Say which proposals help their own group, where all are declared together."""
        contract = self._tried(tuple(line for _, lines in wave.values() for line in lines))
        if contract is None:
            if len(wave) == 1:
                return []
            half = len(wave) // 2
            parts = list(wave.items())
            return [*self._helping(dict(parts[:half])), *self._helping(dict(parts[half:]))]
        return [at for at, (group, _) in wave.items() if _helps(group, contract)]

    def _tried(self, lines: Lines) -> Contract | None:
        """Give the contract with some lines; None if they are not valid there."""
        try:
            return tried(self._contract, lines)
        except ContractError:
            return None


def plainest(group: Group) -> list[Unread]:
    """Give the shortest answers of a form: what keeps them from being read is most likely the form."""
    return sorted(group.members, key=lambda one: len(one.text))[:MOST_TRIED]


def _helps(group: Group, contract: Contract) -> bool:
    return any(reads(mapper.map(one.answer.raw, contract), one.label) for one in plainest(group))


def _reads_all(group: Group, contract: Contract) -> bool:
    return all(reads(mapper.map(one.answer.raw, contract), one.label) for one in plainest(group))
