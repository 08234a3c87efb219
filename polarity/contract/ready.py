"""The rules of a contract made ready to look up: each is worked out when it is first asked for."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Literal, NamedTuple

from polarity.contract.checks import WORDS, is_contracted_not
from polarity.contract.declared import texts
from polarity.contract.rules import Rules
from polarity.contract.sentences import QUOTED, Sentences, is_mark, words_in
from polarity.contract.vocabulary import (
    JOINTS,
    Descriptions,
    Finder,
    Neighbours,
    any_of,
    beginnings,
    certainties,
    neighbours,
    sentences,
    separators,
    words_of,
)
from polarity.contract.wrappings import Wrappings

QUOTATION = re.compile(r"\"[^\"\n]*\"")
BEGINNING = re.compile(r"[^ ,\n]*")
Family = Literal["exact", "modified", "phrase", "abstain"]


class Statement(NamedTuple):
    """What one whole canonical text states: a label, or None for a declared abstention."""

    label: str | None
    family: Family
    name: str

    @property
    def rule(self) -> str:
        """The rule's id: family and declared word."""
        return f"{self.family}/{self.name}"


class ReadyRules(ABC):
    """What is looked up in rules. Who has rules gives them."""

    tongue: str

    @property
    @abstractmethod
    def rules(self) -> Rules:
        """The rules by which answers are read."""

    @cached_property
    def statements(self) -> Mapping[str, Statement]:
        """Every canonical text that states something by itself, without a modifier or a frame."""
        rules = self.rules
        found = {word: Statement(None, "abstain", word) for word in texts(rules.abstain)}
        for label, phrases in rules.phrases.items():
            found |= {phrase: Statement(label, "phrase", phrase) for phrase in texts(phrases)}
        for label, words in rules.aliases.items():
            found |= {word: Statement(label, "exact", word) for word in texts(words)}
        return found

    @cached_property
    def beginnings(self) -> Mapping[str, frozenset[str]]:
        """What begins a label's word -> the labels of all such words; see `vocabulary.beginnings`."""
        stated = self.statements.items()
        labelled = {word: stat.label for word, stat in stated if stat.label and stat.family == "exact"}
        return beginnings(labelled, [*texts(self.rules.abstain), *self.modifiers, *self.negators])

    @cached_property
    def statement_pattern(self) -> Finder:
        """Finds `statements`."""
        return Finder(self.statements)

    @cached_property
    def modifiers(self) -> frozenset[str]:
        """The words that may stand before an alias."""
        return frozenset(texts(self.rules.modifiers))

    @cached_property
    def beginnings_of_statements(self) -> frozenset[str]:
        """What stands before the first blank, comma or line feed of `statements` and modifiers."""
        found = map(BEGINNING.match, (*self.statements, *self.modifiers))
        return frozenset(begun[0] for begun in found if begun)

    @cached_property
    def frames(self) -> Sentences:
        """Matches what is one frame around a statement: see `all_frames`."""
        return sentences(self.all_frames, self.rules, self.words_of_statements)

    @cached_property
    def words_of_statements(self) -> frozenset[str]:
        """The words and marks that the statement in a frame may be made of, and those around it."""
        said = (*self.labels_of_words, *texts(self.rules.abstain), *self.modifiers)
        return JOINTS.union(QUOTED, *self.companions.values(), *map(words_in, said))

    @cached_property
    def joined_to_labels(self) -> frozenset[str]:
        """The words and marks right beside a label's word that may belong to its statement."""
        pictures = (word for words in self.companions.values() for word in words if is_mark(word))
        return JOINTS.union(QUOTED, pictures, (list(words_in(modifier))[-1] for modifier in self.modifiers))

    @cached_property
    def all_frames(self) -> tuple[str, ...]:
        """The frames: first those that count only behind reasons, last those that do not count there."""
        return (*self.rules.closing, *self.rules.frames, *self.rules.leading)

    @cached_property
    def names_of_frames(self) -> tuple[str, ...]:
        """What each of `all_frames` is called in outcomes: its list and its place there, "es.frames.2"."""
        before = f"{self.tongue}." if self.tongue else ""
        keys = ("closing", "frames", "leading")
        return tuple(
            f"{before}{key}.{place}"
            for key in keys
            for place, _ in enumerate(getattr(self.rules, key), start=1)
        )

    @cached_property
    def counting(self) -> Mapping[str, range]:
        """Which of the frames count at an answer's beginning, and which at its end."""
        first, own = len(self.rules.closing), len(self.rules.closing) + len(self.rules.frames)
        return {"leading": range(first, len(self.all_frames)), "closing": range(own)}

    @cached_property
    def openings(self) -> Sentences:
        """Matches what may open a sentence that states, and says nothing."""
        return sentences(self.rules.openings, self.rules)

    @cached_property
    def beside_labels(self) -> Neighbours:
        """What frames have right before a label's slot, what stands between, and what right behind it."""
        return neighbours(self.frames)

    @cached_property
    def abstaining(self) -> Sentences:
        """Matches sentences by which a model declines to choose."""
        return sentences(self.rules.abstaining, self.rules)

    def speaks_up(self, text: str) -> bool:
        """Say whether words that should only name something do more: name a label, deny, turn, take back."""
        unquoted = QUOTATION.sub(" ", text)
        return (
            self.mention_pattern.finds(unquoted)
            or self.contrast_pattern.finds(unquoted)
            or self.retractions.finds(unquoted)
            or any(map(self.denies, WORDS.findall(unquoted)))
        )

    def might_state(self, text: str) -> bool:
        """Say whether a text can state or decline: quick, and False means no."""
        return self.statement_pattern.might_find(text) or not self.abstaining.first_words.isdisjoint(
            words_of(text)
        )

    @cached_property
    def asides(self) -> re.Pattern[str]:
        """Matches behind a label's word what makes it a mere aspect: " and negative aspects"."""
        own = [word for word in texts(self.rules.asides) if word not in self.beside_labels.behind]
        again = rf"(?:,? and |,? or | and/or |/|, ){any_of(self.labels_of_words)}"
        return re.compile(rf"(?:{again})* (?:{any_of(self.modifiers)} )?{any_of(own)}(?!\w)")

    @cached_property
    def afterwords(self) -> Sentences:
        """Matches what may stand behind a closing statement."""
        return sentences(self.rules.afterwords, self.rules)

    @cached_property
    def clauses(self) -> re.Pattern[str]:
        """What may part a closing statement from its reasons in one sentence."""
        return separators(self.rules.clauses)

    @cached_property
    def concessions(self) -> Finder:
        """Finds what opens a sentence whose statement stands behind a comma."""
        return Finder(texts(self.rules.concessions))

    @cached_property
    def hypotheses(self) -> frozenset[str]:
        """Words before a label by which it is only weighed."""
        return frozenset(texts(self.rules.hypotheses))

    @cached_property
    def labels_of_words(self) -> Mapping[str, str]:
        """Each alias -> its label."""
        return {word: label for label, words in self.rules.aliases.items() for word in texts(words)}

    @cached_property
    def alias_pattern(self) -> Finder:
        """Finds the aliases."""
        return Finder(self.labels_of_words)

    @cached_property
    def companions(self) -> Mapping[str, frozenset[str]]:
        """Label -> words that may be said with its word: negative and dismissive."""
        return {label: frozenset(texts(words)) for label, words in self.rules.companions.items()}

    @cached_property
    def preambles(self) -> frozenset[str]:
        """The openings that say nothing."""
        return frozenset(texts(self.rules.preambles))

    @cached_property
    def longest_preamble(self) -> int:
        """Characters of the longest preamble."""
        return max(map(len, self.preambles), default=0)

    @cached_property
    def separators(self) -> re.Pattern[str]:
        """What may stand between a leading statement and its reason."""
        return separators(self.rules.separators)

    @cached_property
    def tails(self) -> Finder:
        """What may open the rest of a sentence behind a frame."""
        return Finder(texts(self.rules.tails))

    @cached_property
    def mentions(self) -> Mapping[str, str]:
        """Each single word that names a label, wherever it stands -> the label."""
        return {
            word: label
            for named in (self.rules.mentions, self.rules.aliases)
            for label, words in named.items()
            for word in texts(words)
            if WORDS.fullmatch(word)
        }

    @cached_property
    def words_of_mentions(self) -> frozenset[str]:
        """The words of `mentions`."""
        return frozenset(self.mentions)

    @cached_property
    def mention_pattern(self) -> Finder:
        """Finds `mentions`."""
        return Finder(self.mentions)

    @cached_property
    def abstain_pattern(self) -> Finder:
        """Finds the abstain words."""
        return Finder(texts(self.rules.abstain))

    @cached_property
    def retractions(self) -> Finder:
        """Finds the words by which a reason takes its statement back."""
        return Finder(texts(self.rules.retractions))

    @cached_property
    def rejections(self) -> frozenset[str]:
        """The clauses by which a reason takes its statement back."""
        return frozenset(texts(self.rules.rejections))

    @cached_property
    def certainty_pattern(self) -> re.Pattern[str] | None:
        """Matches a number beside a word for how sure the model is."""
        return certainties(texts(self.rules.certainties))

    @cached_property
    def certainty_words(self) -> Finder:
        """Finds the words for how sure the model is."""
        return Finder(texts(self.rules.certainties))

    @cached_property
    def feelings(self) -> dict[str, str]:
        """Each word of a feeling -> its label."""
        return {word: label for label, words in self.rules.feelings.items() for word in texts(words)}

    @cached_property
    def feeling_pattern(self) -> Finder:
        """Finds `feelings`."""
        return Finder(self.feelings)

    @cached_property
    def judgements(self) -> Mapping[str, str]:
        """Each word that judges a thing, or of a feeling -> its label."""
        judging = self.rules.judgements.items()
        return {word: label for label, words in judging for word in texts(words)} | self.feelings

    @cached_property
    def judgement_pattern(self) -> Finder:
        """Finds `judgements`."""
        return Finder(self.judgements)

    @cached_property
    def echoes(self) -> Sentences:
        """Matches what repeats an input."""
        return sentences(self.rules.echoes, self.rules)

    @cached_property
    def unfinished(self) -> Finder:
        """Finds what ends a line whose sentence goes on."""
        return Finder(texts(self.rules.unfinished))

    @cached_property
    def pseudo_negations(self) -> Finder:
        """Finds phrases that hold a negator and deny nothing."""
        return Finder(texts(self.rules.pseudo_negations))

    @cached_property
    def contrasts(self) -> frozenset[str]:
        """The words that take something back."""
        return frozenset(texts(self.rules.contrasts))

    @cached_property
    def contrast_pattern(self) -> Finder:
        """Finds `contrasts`."""
        return Finder(self.contrasts)

    @cached_property
    def negators(self) -> frozenset[str]:
        """The words that deny."""
        return frozenset(texts(self.rules.negators))

    @cached_property
    def refusals(self) -> Finder:
        """Finds the openings of a refusal."""
        return Finder(texts(self.rules.refusals))

    @cached_property
    def prompt_lines(self) -> tuple[str, ...]:
        """How a line of the prompt's own form begins."""
        return texts(self.rules.fields)

    @cached_property
    def wrappings(self) -> Wrappings:
        """What may stand around an answer."""
        return Wrappings(self.rules)

    @cached_property
    def description(self) -> Descriptions | None:
        """Sentences that state a label without a label's word, if any are declared."""
        declared = self.rules.description
        return Descriptions(declared, self.rules) if declared else None

    def denies(self, word: str) -> bool:
        """Say whether a word is a negator, or a contraction of "not"."""
        return word in self.negators or is_contracted_not(word)
