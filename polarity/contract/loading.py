"""A contract: the file's content, its name (id, version, sha256), and its rules made ready to look up."""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from polarity.contract.canonical import canonical
from polarity.contract.declared import texts
from polarity.contract.languages import guarded, rules_of, words_of_rules
from polarity.contract.packaged import contract_file, packaged
from polarity.contract.problems import all_problems
from polarity.contract.provenance import Calibration
from polarity.contract.ready import ReadyRules
from polarity.contract.rules import Rules
from polarity.contract.schema import ContractFile, Policy, Prompt
from polarity.contract.spellings import spellings
from polarity.contract.vocabulary import (
    words_of,
)
from polarity.errors import CheckpointError, ContractError
from polarity.places import file_bytes
from polarity.types import ContractRef


@dataclass(frozen=True)
class Contract(ReadyRules):
    """One exact contract. Compare and store `ref`; read the parts from `file`.

    `tongue` is the code of the language in whose sentences it reads; empty for the contract's own.
    `calibration` is the one by which scores of tokens are read, once it is known who answers: see
    `calibrations`.
    """

    file: ContractFile
    ref: ContractRef
    source: str
    calibration: Calibration | None = None
    tongue: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the contract's order."""
        return self.file.labels

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Canonical spelling -> label, of labels, the names of `binding`, words that are one alone.

        A word of a language counts where the contract's own words leave it open, and one label has it. Names
        in further `bindings` are of one checkpoint each; in a file `LABEL_0` or `0` may mean anything.
        """
        own = [(label, label) for label in self.labels]
        said = [own, self.file.binding.items(), self.labels_of_words.items()]
        declared = {canonical(word) for pairs in said for word, _ in pairs}
        other = (
            (word, label)
            for language in self.file.languages.values()
            for label, words in language.aliases.items()
            for word in texts(words)
            if canonical(word) not in declared
        )
        return spellings(*said, other)

    def label_of(self, text: str) -> str | None:
        """Read a label as people spell it in a file; None where the exact rules leave open which one it is.

        >>> contract = load_contract()
        >>> contract.label_of(" Positive "), contract.label_of("0")
        ('POSITIVE', None)
        >>> contract.label_of("positivo"), contract.label_of("neutro")
        ('POSITIVE', 'NEUTRAL')
        """
        return text if text in self.labels else self.spellings.get(canonical(text))

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
        return {code: replace(self, file=file, tongue=code) for code, file in files.items()}

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
            text = source.decode("utf-8-sig")
            file = ContractFile.model_validate(tomllib.loads(text))
        except ValidationError:
            raise ContractError(all_problems(source), path=path) from None
        except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a number or nesting without end
            raise ContractError([f"not TOML: {error}"], path=path) from None
        except ContractError as error:
            raise ContractError(error.problems, path=path) from None
        ref = ContractRef(file.id, file.version, hashlib.sha256(source).hexdigest())
        return cls(file, ref, text)


def load_contract(path: Path | None = None) -> Contract:
    """Read a contract file, or one that comes with polarity by its id; without a name, the default one.

    >>> load_contract(Path("spam")).labels
    ('HAM', 'SPAM')

    Raises:
        ContractError: the file cannot be read or is invalid.
    """
    try:
        return Contract.parse(file_bytes(contract_file(path)), path)
    except FileNotFoundError as error:
        known = ", ".join(packaged())
        problem = f"cannot be read: {error.strerror}; contracts that are named by an id: {known}"
        raise ContractError([problem], path=path) from None
    except OSError as error:
        raise ContractError([f"cannot be read: {error.strerror}"], path=path) from None
