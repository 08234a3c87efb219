"""The contract file's model: what may stand in it, and every check that one file can fail.

All text in the file is compared in canonical form, so `Positive` and `positive` are one word, and
declaring both twice for different labels is a collision and an error.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self

import regex
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from polarity.contract.canonical import canonical
from polarity.errors import ContractError

SLOT = "{label}"
RESERVED = frozenset(
    {"ABSTAINED", "UNMAPPED", "FAILED", "NO VERDICT"}
)  # what reports call the lack of a label
WORDS = regex.compile(r"[\w']+")
STANDS_FREE = regex.compile(r"(?<![^\s\"'])\{label\}(?![^\s\"'.])[^?]*$")
SEMANTIC_VERSION = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$"


def _canonical_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Bring words into canonical form; two that become one are an error."""
    spelled = tuple(canonical(word) for word in words)
    for word, form in zip(words, spelled, strict=True):
        if not form:
            raise ValueError(f"{word!r} is empty in canonical form")
        if spelled.count(form) > 1:
            raise ValueError(f"{word!r} stands twice in canonical form {form!r}")
    return spelled


def _canonical_frame(frame: str) -> str:
    if frame.count(SLOT) != 1:
        raise ValueError(f"{frame!r} must hold {SLOT} exactly once")
    return canonical(frame)


Array = Field(strict=False)  # TOML has arrays, Python tuples: one stands for the other
Words = Annotated[tuple[str, ...], Array, AfterValidator(_canonical_words)]
Frame = Annotated[str, AfterValidator(_canonical_frame)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Example(_Part):
    """One few-shot example."""

    text: str = Field(min_length=1)
    label: str


class Prompt(_Part):
    """How the LLM is asked.

    A prompt is the instruction, the examples and the text, each as `template`, a line feed and
    `cue`, with the example's answer word behind its cue.
    """

    instruction: str = ""
    template: str = Field(description="One text in the prompt; holds {text} once.")
    cue: str = Field(min_length=1, description="What stands before the answer.")
    examples: Annotated[tuple[Example, ...], Array] = ()
    stop: Annotated[tuple[str, ...], Array] = ()
    max_tokens: int = Field(default=8, ge=1, le=1024, description="Tokens of an answer.")
    max_chars: int = Field(
        default=4000, ge=1, description="Characters of a text that are shown; the rest is cut."
    )

    @model_validator(mode="after")
    def _holds_text(self) -> Self:
        if self.template.count("{text}") != 1:
            raise ValueError(f"template {self.template!r} must hold {{text}} exactly once")
        return self


class Rules(_Part):
    """The rules from completion to label. See `polarity.contract.mapper` for the order they run in."""

    max_chars: int = Field(default=4000, ge=1, le=100_000, description="Longer completions are too_long.")
    aliases: Mapping[str, Words] = Field(
        description="Label -> words that state it alone. The first is its answer word."
    )
    modifiers: Words = Field(default=(), description="Words that may stand before an alias: mostly, clearly.")
    frames: Annotated[tuple[Frame, ...], Array] = Field(
        default=(), description="Sentences around a statement: 'label: {label}'."
    )
    phrases: Mapping[str, Words] = Field(
        default={}, description="Label -> whole phrases that mean it: 'not great'."
    )
    abstain: Words = Field(default=(), description="Words by which a model declines to choose: mixed.")
    negators: Words = Field(default=(), description="Words that deny a label: not, non, never.")
    contrasts: Words = Field(default=(), description="Words that take something back: but, however.")
    refusals: Words = Field(default=(), description="Openings of a refusal: i'm sorry.")
    fields: Words = Field(
        default=(), description="Openings of a prompt line; one after the answer is a runaway."
    )
    json_keys: Words = Field(default=(), description="Keys of a JSON object that hold the label.")
    json_side_keys: Words = Field(default=(), description="Keys that may stand beside it: confidence.")
    coverage_floor: Probability = Field(
        default=0.0, description="Log-probability answers with less mass on declared words are undeclared."
    )


class Policy(_Part):
    """Outcomes -> decision, under `backend = "both"`. See `polarity.policy`."""

    skip_llm_above: Probability = Field(description="BERT at least this sure: the LLM is not asked.")
    bert_floor: Probability = Field(
        description="BERT at least this sure stands in for a missing LLM verdict."
    )
    bert_trust: Probability = Field(
        description="BERT at least this sure beats an LLM verdict without scores."
    )
    bert_weight: float = Field(
        default=1.0, ge=0.0, allow_inf_nan=False, description="BERT's exponent in the log-linear combination."
    )
    llm_weight: float = Field(
        default=1.0,
        ge=0.0,
        allow_inf_nan=False,
        description="The LLM's exponent in the log-linear combination.",
    )
    tie_label: str = Field(description="The label where nobody is sure.")

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not self.bert_weight + self.llm_weight:
            raise ValueError("bert_weight and llm_weight are both 0: every label would be as probable")
        return self


class ContractFile(_Part):
    """A whole contract file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(pattern=SEMANTIC_VERSION)
    description: str = ""
    labels: Annotated[tuple[str, ...], Array] = Field(
        min_length=2, description="In order; for rated scales from low to high."
    )
    binding: Mapping[str, str] = Field(description="Checkpoint label name -> label, a bijection.")
    prompt: Prompt
    rules: Rules
    policy: Policy

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        problems = [*_label_problems(self), *_collisions(self.rules), *_denials(self.rules)]
        if problems:
            raise ContractError(problems)
        return self

    @property
    def answer_words(self) -> dict[str, str]:
        """Label -> the word that the prompt teaches for it: its first alias."""
        return {label: self.rules.aliases[label][0] for label in self.labels}


def _label_problems(file: ContractFile) -> Iterator[str]:
    if len(set(file.labels)) != len(file.labels):
        yield f"labels: {list(file.labels)!r} holds a label twice"
    yield from (f"labels: {label!r} is a reserved name" for label in file.labels if label in RESERVED)
    if sorted(file.binding.values()) != sorted(file.labels):
        yield f"binding: {dict(file.binding)!r} does not name each label exactly once"
    for label in file.labels:
        if not file.rules.aliases.get(label):
            yield f"rules.aliases: no word for label {label!r}"
    used = [
        *(("rules.aliases", label) for label in file.rules.aliases),
        *(("rules.phrases", label) for label in file.rules.phrases),
        *((f"prompt.examples.{i}.label", example.label) for i, example in enumerate(file.prompt.examples)),
        ("policy.tie_label", file.policy.tie_label),
    ]
    yield from (
        f"{key}: {label!r} is not one of the labels" for key, label in used if label not in file.labels
    )


def _collisions(rules: Rules) -> Iterator[str]:
    """One canonical statement may mean one thing only."""
    meaning: dict[str, str] = {}
    for key, statement in _statements(rules):
        first = meaning.setdefault(statement, key)
        if first != key:
            yield f"{key}: {statement!r} is already declared under {first}"


def _statements(rules: Rules) -> Iterator[tuple[str, str]]:
    yield from _keyed("rules.aliases", rules.aliases)
    yield from _keyed("rules.phrases", rules.phrases)
    yield from (("rules.abstain", word) for word in rules.abstain)
    for label, words in rules.aliases.items():
        for word in words:
            yield from (
                (f"rules.modifiers with rules.aliases.{label}", f"{modifier} {word}")
                for modifier in rules.modifiers
            )


def _keyed(key: str, words: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    yield from ((f"{key}.{label}", word) for label, group in words.items() for word in group)


def _denials(rules: Rules) -> Iterator[str]:
    """What stands around an alias may not deny it: only a whole declared phrase may hold a negator."""
    for key, texts in (("rules.modifiers", rules.modifiers), ("rules.frames", rules.frames)):
        for text in texts:
            yield from (
                f"{key}: {text!r} holds {word!r}, which denies"
                for word in WORDS.findall(text)
                if _denies(word, rules)
            )
    for frame in rules.frames:
        if not STANDS_FREE.search(frame):
            yield f"rules.frames: {frame!r} must part {SLOT} from its words by blanks, and may not ask"


def _denies(word: str, rules: Rules) -> bool:
    return word in (*rules.negators, *rules.contrasts) or is_contracted_not(word)


def is_contracted_not(word: str) -> bool:
    """Say whether a word is an English contraction of "not", whatever it is of.

    >>> is_contracted_not("isn't")
    True
    """
    return word.endswith("n't")


def problems_of(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say pydantic's errors as "key: reason (got value)", one sentence each."""
    return [_sentence(error) for error in errors]


def _sentence(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    reason = re.sub(r"^Value error, ", "", error["msg"])
    if error["type"] == "extra_forbidden":
        reason = "unknown key"
    value = repr(error["input"])
    shown = "" if error["type"] in ("missing", "value_error") else f" (got {value[:80]})"
    return f"{key}: {reason}{shown}" if key else reason
