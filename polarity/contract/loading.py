"""A contract: the file's content, its name (id, version, sha256), and its rules made ready to look up."""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import ValidationError

from polarity.contract.checks import WORDS, is_contracted_not
from polarity.contract.languages import guarded, rules_of, words_of_rules
from polarity.contract.problems import all_problems
from polarity.contract.provenance import Calibration
from polarity.contract.rules import Rules, texts
from polarity.contract.schema import ContractFile, Policy, Prompt
from polarity.contract.sentences import Sentences
from polarity.contract.vocabulary import (
    Descriptions,
    Finder,
    Neighbours,
    any_of,
    beginnings,
    descriptions,
    neighbours,
    sentences,
    separators,
    words_of,
)
from polarity.contract.wrappings import Wrappings, wrappings
from polarity.errors import CheckpointError, ContractError
from polarity.types import ContractRef

QUOTATION = re.compile(r"\"[^\"\n]*\"")
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


@dataclass(frozen=True)
class Contract:
    """One exact contract. Compare and store `ref`; read the parts from `file`.

    `calibration` is the one by which scores of tokens are read, once it is known who answers: see
    `calibrations`.
    """

    file: ContractFile
    ref: ContractRef
    source: str
    calibration: Calibration | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the contract's order."""
        return self.file.labels

    @cached_property
    def rules(self) -> Rules:
        """The rules by which answers are read: the declared ones, and what any language declares to void."""
        return guarded(self.file.rules, self.file.languages) if self.file.languages else self.file.rules

    @cached_property
    def tongues(self) -> Mapping[str, Self]:
        """Code of a language -> the contract as answers of that language are read."""
        languages = self.file.languages.items()
        files = {
            code: self.file.model_copy(update={"rules": rules_of(language, self.rules), "languages": {}})
            for code, language in languages
        }
        return {code: replace(self, file=file) for code, file in files.items()}

    @cached_property
    def words_of_tongues(self) -> Mapping[str, frozenset[str]]:
        """Each word that a language declares and the rules do not -> the codes of such languages."""
        found: dict[str, frozenset[str]] = {}
        for code, words in self.words_of_each.items():
            for word in words - self.own_words:
                found[word] = found.get(word, frozenset()) | {code}
        return found

    @cached_property
    def words_of_each(self) -> Mapping[str, frozenset[str]]:
        """Code of a language -> every word that it declares."""
        return {code: language.words() for code, language in self.file.languages.items()}

    @cached_property
    def own_words(self) -> frozenset[str]:
        """Every word that the rules themselves declare."""
        return words_of_rules(self.file.rules)

    def tongue_of(self, text: str) -> Self:
        """Choose the contract as answers of a text's language are read: this one, unless its words are fewer.

        >>> load_contract().tongue_of("el sentimiento es positivo").frames is load_contract().frames
        False
        """
        words = words_of(text)
        if not self.file.languages or self.words_of_tongues.keys().isdisjoint(words):
            return self
        counts = Counter(code for word in words for code in self.words_of_tongues.get(word, ()))
        code, count = max(
            counts.items(), key=lambda item: (item[1], -list(self.file.languages).index(item[0]))
        )
        own = (words & self.own_words) - self.words_of_each[code]
        return self.tongues[code] if count >= len(own) else self

    @property
    def prompt(self) -> Prompt:
        """How the LLM is asked."""
        return self.file.prompt

    @property
    def policy(self) -> Policy:
        """How outcomes become a decision."""
        return self.file.policy

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
    def frames(self) -> Sentences:
        """Matches what is one frame around a statement: see `all_frames`."""
        return sentences(self.all_frames, self.rules)

    @cached_property
    def all_frames(self) -> tuple[str, ...]:
        """The frames: first those that count only behind reasons, last those that do not count there."""
        return (*self.rules.closing, *self.rules.frames, *self.rules.leading)

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

    @cached_property
    def first_of_abstaining(self) -> frozenset[str]:
        """The words with which such a sentence begins."""
        return frozenset(self.abstaining.next_words(self.abstaining.start))

    @cached_property
    def first_of_afterwords(self) -> frozenset[str]:
        """The words with which an afterword begins."""
        return frozenset(self.afterwords.next_words(self.afterwords.start))

    @cached_property
    def first_of_openings(self) -> frozenset[str]:
        """The words with which an opening begins."""
        return frozenset(self.openings.next_words(self.openings.start))

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
        return self.statement_pattern.might_find(text) or not self.first_of_abstaining.isdisjoint(
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
        return wrappings(self.rules)

    @cached_property
    def description(self) -> Descriptions | None:
        """Sentences that state a label without a label's word, if any are declared."""
        return descriptions(self.rules)

    def denies(self, word: str) -> bool:
        """Say whether a word is a negator, or a contraction of "not"."""
        return word in self.negators or is_contracted_not(word)

    def check_binding(self, names: Sequence[str]) -> None:
        """Hold a checkpoint's label names against the binding.

        Raises:
            CheckpointError: the two are not a bijection.
        """
        if sorted(names) != sorted(self.file.binding):
            raise CheckpointError(
                f"the checkpoint's labels {sorted(names)} are not those that contract "
                f"{self.ref.id} {self.ref.version} binds: {sorted(self.file.binding)}"
            )

    @classmethod
    def parse(cls, source: bytes, path: Path | None = None) -> Self:
        """Read a contract from the bytes of its file.

        Raises:
            ContractError: with every problem found.
        """
        try:
            file = ContractFile.model_validate(tomllib.loads(source.decode("utf-8")))
        except ValidationError:
            raise ContractError(all_problems(source), path=path) from None
        except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a number or nesting without end
            raise ContractError([f"not TOML: {error}"], path=path) from None
        except ContractError as error:
            raise ContractError(error.problems, path=path) from None
        ref = ContractRef(file.id, file.version, hashlib.sha256(source).hexdigest())
        return cls(file, ref, source.decode("utf-8"))


def load_contract(path: Path | None = None) -> Contract:
    """Read a contract file; without a path, the default one that comes with polarity.

    Raises:
        ContractError: the file cannot be read or is invalid.
    """
    if path is None:
        return Contract.parse(files("polarity.contracts").joinpath("polarity.v1.toml").read_bytes())
    try:
        return Contract.parse(path.read_bytes(), path)
    except OSError as error:
        raise ContractError([f"cannot be read: {error.strerror}"], path=path) from None
