"""The contract file's model: what may stand in it. See `rules` for the part that reads text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from polarity.contract.canonical import canonical
from polarity.contract.checks import collisions, denials, labels_of
from polarity.contract.declared import Array, Part, Probability, texts
from polarity.contract.languages import Language, half_declared, rules_of
from polarity.contract.provenance import Calibration, Fitted
from polarity.contract.rules import Rules
from polarity.contract.shared_sentences import declared_twice
from polarity.contract.surrounding_checks import declining, numbering, taken_off
from polarity.errors import ContractError
from polarity.validation import said_of

RESERVED = frozenset(
    {"ABSTAINED", "UNMAPPED", "FAILED", "NO VERDICT"}
)  # what reports call the lack of a label
SEMANTIC_VERSION = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$"


def _holds_text(template: str) -> str:
    if template.count("{text}") != 1:
        raise ValueError(f"{template!r} must hold {{text}} exactly once")
    return template


Template = Annotated[str, AfterValidator(_holds_text)]
# No bracket: what an unfinished token of a chat template would be made of.
Mask = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\s<>\[\]]+$")]


class Example(Part):
    """One few-shot example."""

    text: str = Field(min_length=1)
    label: str


class ChatPrompt(Part):
    """How a chat endpoint is asked: the instruction is the system's message, each example two turns."""

    instruction: str = Field(default="", description="The system's message; empty: none.")
    template: Template = Field(
        description="One text as the user's message; holds {text} once. What stands behind it is read last."
    )
    examples: Annotated[tuple[Example, ...], Array] | None = Field(
        default=None, description="Examples for chat; absent: those of the prompt."
    )
    stop: Annotated[tuple[str, ...], Array] = Field(default=(), description="What ends an answer.")
    max_tokens: int = Field(default=256, ge=1, le=4096, description="Tokens of an answer in free text.")


class Prompt(Part):
    """How the LLM is asked, and how at a completion endpoint.

    A completion's prompt is the instruction, the examples and the text, each as `template`, a line
    feed and `cue`, with the example's answer word behind its cue.
    """

    instruction: str = ""
    template: Template = Field(description="One text in the prompt; holds {text} once.")
    cue: str = Field(min_length=1, description="What stands before the answer.")
    examples: Annotated[tuple[Example, ...], Array] = ()
    stop: Annotated[tuple[str, ...], Array] = ()
    max_tokens: int = Field(default=8, ge=1, le=1024, description="Tokens of an answer.")
    max_chars: int = Field(
        default=4000, ge=1, description="Characters of a text that are shown; the rest is cut."
    )
    max_text_tokens: int = Field(
        default=1024,
        ge=1,
        description="Tokens of a text that are shown, as the server counts them, or by a safe estimate.",
    )
    mask: Mask | None = Field(
        default=None,
        description="What is shown in place of a word that names a label in a text; absent: the word itself.",
    )
    chat: ChatPrompt | None = Field(
        default=None,
        description="How a chat endpoint is asked; absent: instruction, template and cue as turns.",
    )
    calibration: Annotated[tuple[Calibration, ...], Array] = Field(
        default=(), description="How the scores of a model are read, one entry for each model and endpoint."
    )

    @property
    def as_chat(self) -> ChatPrompt:
        """What a chat endpoint is asked, with its examples."""
        form = self.chat or ChatPrompt(instruction=self.instruction, template=f"{self.template}\n{self.cue}")
        return form if form.examples is not None else form.model_copy(update={"examples": self.examples})


class Policy(Part):
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
    offsets: Mapping[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(
        default={}, description="Label -> what is added to its log-probability in the combination."
    )
    bert_certain: float | None = Field(
        default=None,
        gt=0.5,
        lt=1.0,
        description="BERT at least this sure is not overruled, whatever the LLM says; absent: it may be.",
    )
    known_floor: float | None = Field(
        default=None,
        gt=0.0,
        le=1.0,
        description="A classifier that knows less of a text gives no verdict; absent: it does.",
    )
    tie_label: str = Field(description="The label where nobody is sure.")
    fitted: Fitted | None = Field(default=None, description="Where the numbers are from; absent: typed in.")

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not self.bert_weight + self.llm_weight:
            raise ValueError("bert_weight and llm_weight are both 0: every label would be as probable")
        if self.bert_certain and not self.bert_weight:
            raise ValueError("bert_certain needs a bert_weight above 0: with 0 BERT has no say")
        return self


class ContractFile(Part):
    """A whole contract file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(pattern=SEMANTIC_VERSION)
    description: str = ""
    labels: Annotated[tuple[str, ...], Array] = Field(
        min_length=2, description="In order; for rated scales from low to high."
    )
    binding: Mapping[str, str] = Field(description="Checkpoint label name -> label, a bijection.")
    bindings: Mapping[str, Mapping[str, str]] = Field(
        default={},
        description="Other checkpoints, each by a name: label name -> label; a label may have several names, "
        "whose probabilities add up, or none.",
    )
    prompt: Prompt
    rules: Rules
    policy: Policy
    languages: Mapping[str, Language] = Field(
        default={}, description="Code of a language -> its words and sentences: es."
    )

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        problems = [
            *_label_problems(self),
            *_binding_problems(self),
            *_calibration_problems(self),
            *collisions(self.rules),
            *denials(self.rules),
            *taken_off(self.rules),
            *numbering(self.rules, self.labels),
            *declining(self.rules),
            *half_declared(self.languages, self.labels),
            *declared_twice("rules", self.rules),
            *(
                problem
                for code, language in self.languages.items()
                for problem in declared_twice(f"languages.{code}", language)
            ),
        ]
        problems += _language_problems(self, problems)
        if problems:
            raise ContractError(problems)
        return self

    @property
    def answer_words(self) -> dict[str, str]:
        """Label -> the word that the prompt teaches for it: its first alias."""
        return {label: texts(self.rules.aliases[label])[0] for label in self.labels}


def _language_problems(file: ContractFile, others: list[str]) -> Iterator[str]:
    """Say what a language's words may not say together with the rules' own, and what denies there."""
    if others:
        return  # they would be said again for each language
    for code, language in file.languages.items():
        rules = rules_of(language, file.rules)
        for problem in (*collisions(rules), *denials(rules)):
            yield f"languages.{code}: {problem}"


def folded_name(name: str) -> str:
    """Spell a checkpoint's name for a label without what people vary in.

    >>> folded_name(" LABEL_0 ")
    'label_0'
    """
    return name.strip().casefold()


def _binding_problems(file: ContractFile) -> Iterator[str]:
    """Say what the further bindings may not say: foreign labels, one label for all, one checkpoint twice."""
    seen = {_names(file.binding): "binding"}
    for name, table in file.bindings.items():
        key = f"bindings.{name}"
        for own, label in table.items():
            if label not in file.labels:
                yield f"{key}.{own}: {label!r} is not one of the labels"
        if len(set(table.values())) <= 1:
            yield f"{key}: {dict(table)!r} names fewer than two labels"
        if len(_names(table)) < len(table):
            yield f"{key}: {dict(table)!r} holds a name twice"
        if _names(table) in seen:
            yield f"{key}: {dict(table)!r} has the names of {seen[_names(table)]}"
        seen.setdefault(_names(table), key)


def _names(table: Mapping[str, str]) -> frozenset[str]:
    return frozenset(map(folded_name, table))


def _calibration_problems(file: ContractFile) -> Iterator[str]:
    names = [calibration.name for calibration in file.prompt.calibration]
    for at, calibration in enumerate(file.prompt.calibration):
        if set(calibration.offsets) != set(file.labels):
            given = dict(calibration.offsets)
            yield f"prompt.calibration.{at}.offsets: {given!r} does not name each label exactly once"
        if names.index(calibration.name) < at:
            yield f"prompt.calibration.{at}: {calibration.name!r} is calibrated twice"


def _label_problems(file: ContractFile) -> Iterator[str]:
    if len(set(file.labels)) != len(file.labels):
        yield f"labels: {list(file.labels)!r} holds a label twice"
    yield from (f"labels: {label!r} is a reserved name" for label in file.labels if label in RESERVED)
    if sorted(file.binding.values()) != sorted(file.labels):
        yield f"binding: {dict(file.binding)!r} does not name each label exactly once"
    for label in file.labels:
        if not file.rules.aliases.get(label):
            yield f"rules.aliases: no word for label {label!r}"
    named = {word for words in file.rules.aliases.values() for word in texts(words)}
    if file.prompt.mask and canonical(file.prompt.mask) in named:
        yield f"prompt.mask: {file.prompt.mask!r} names a label itself"
    chat_examples = (file.prompt.chat and file.prompt.chat.examples) or ()
    used = [
        *labels_of(file.rules),
        *((f"prompt.examples.{i}.label", example.label) for i, example in enumerate(file.prompt.examples)),
        *((f"prompt.chat.examples.{i}.label", example.label) for i, example in enumerate(chat_examples)),
        *(("policy.offsets", label) for label in file.policy.offsets),
        ("policy.tie_label", file.policy.tie_label),
    ]
    yield from (
        f"{key}: {label!r} is not one of the labels" for key, label in used if label not in file.labels
    )


def problems_of(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say pydantic's errors as "key: reason (got value)", one sentence each."""
    return [_sentence(error) for error in errors]


def _sentence(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    reason = "unknown key" if error["type"] == "extra_forbidden" else said_of(error)
    value = repr(error["input"])
    shown = "" if error["type"] in ("missing", "value_error") else f" (got {value[:80]})"
    return f"{key}: {reason}{shown}" if key else reason
