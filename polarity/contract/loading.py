"""A contract: the file's content, its name (id, version, sha256), and its rules made ready to look up."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import ValidationError

from polarity.contract.schema import SLOT, ContractFile, Policy, Prompt, Rules, problems_of
from polarity.errors import CheckpointError, ContractError
from polarity.types import ContractRef

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


class FrameParts(NamedTuple):
    """A frame cut at its slot."""

    prefix: str
    suffix: str
    name: str


@dataclass(frozen=True)
class Contract:
    """One exact contract. Compare and store `ref`; read the parts from `file`."""

    file: ContractFile
    ref: ContractRef
    source: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the contract's order."""
        return self.file.labels

    @property
    def rules(self) -> Rules:
        """The declared rules."""
        return self.file.rules

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
        """Every canonical text that states something by itself, without a frame."""
        rules = self.rules
        found = {word: Statement(None, "abstain", word) for word in rules.abstain}
        for label, phrases in rules.phrases.items():
            found |= {phrase: Statement(label, "phrase", phrase) for phrase in phrases}
        for label, words in rules.aliases.items():
            found |= {
                f"{modifier} {word}": Statement(label, "modified", modifier)
                for word in words
                for modifier in rules.modifiers
            }
            found |= {word: Statement(label, "exact", word) for word in words}
        return found

    @cached_property
    def frames(self) -> Sequence[FrameParts]:
        """The frames, cut at their slots, longest first so that the most specific one is named."""
        halves = ((frame.partition(SLOT), frame) for frame in self.rules.frames)
        parts = [FrameParts(prefix, suffix, frame) for (prefix, _, suffix), frame in halves]
        return sorted(parts, key=lambda frame: -len(frame.name))

    @cached_property
    def label_words(self) -> Mapping[str, str]:
        """Each single word of an alias that names a label -> the label."""
        return {
            word: label for label, words in self.rules.aliases.items() for word in words if word.isalpha()
        }

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
        except ValidationError as error:
            raise ContractError(problems_of(error.errors()), path=path) from None
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
