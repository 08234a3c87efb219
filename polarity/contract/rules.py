"""The rules in a contract file: the words and patterns by which text states a label.

Everything declared here is a pattern (`polarity.contract.patterns`) and is compared in canonical
form, so `Positive` and `positive` are one word.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from polarity.contract.canonical import canonical, without_edges
from polarity.contract.frames import Known, frame_problem, sentence_problem
from polarity.contract.parts import groups, read_sentence_pattern
from polarity.contract.patterns import Pieces, expand, regular_expression
from polarity.contract.sentences import LABEL

SLOT = LABEL
NUMBER, CODE, LETTER = "{number}", "{code}", "{letter}"
PICTURE = regex.compile(r"\p{Extended_Pictographic}")
TAG = re.compile(r"[A-Za-z0-9_.:-]+")
END_TOKEN = re.compile(r"<[^<>\s]+>|\[[^\[\]]+\]")
SPELLED = re.compile(r"[a-z0-9,' ()\[\]|]*")  # of its texts at most the edges are not canonical
BETWEEN_SLOTS = re.compile(r"\}[^{]+\{")


@lru_cache(maxsize=256)
def texts(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Give every canonical text that some declared patterns stand for.

    >>> texts(("Thumbs down", "not (good|great) [at all]"))
    ('thumbs down', 'not good', 'not good at all', 'not great', 'not great at all')
    """
    return tuple(chain.from_iterable(map(texts_of, patterns)))


@lru_cache(maxsize=4096)
def texts_of(pattern: str) -> tuple[str, ...]:
    """Give one pattern's texts; a contract's checks and its look-ups ask for them one after the other."""
    spell = without_edges if SPELLED.fullmatch(pattern) else canonical
    return tuple(map(spell, expand(pattern)))


def _checked_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a text without canonical form, and two that become one."""
    first: dict[str, str] = {}
    for word in words:
        for form in texts_of(word):
            if not form:
                raise ValueError(f"{word!r} is empty in canonical form")
            if form in first:
                raise ValueError(f"{word!r} stands twice in canonical form {form!r}")
            first[form] = word
    return words


def _declared_parts(parts: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Refuse a part without a name, that names one not declared above it, or that is no pattern."""
    groups(parts)
    return parts


def _checked_frame(frame: str, info: ValidationInfo) -> str:
    """Refuse a frame without one free slot: what stands around a label may neither touch it nor ask."""
    return _checked(frame, info, frame_problem)


def _checked_sentence(sentence: str, info: ValidationInfo) -> str:
    """Refuse a sentence that states, or that slots could make any sentence."""
    return _checked(sentence, info, sentence_problem)


def _checked(pattern: str, info: ValidationInfo, problem_of: Callable[[Pieces, Known], str | None]) -> str:
    if "parts" not in info.data:
        return pattern  # it may name parts, and what is wrong with those is said already
    parts = info.data["parts"]
    if problem := problem_of(read_sentence_pattern(pattern, groups(parts)), _shapes(tuple(parts.items()))):
        raise ValueError(f"{pattern!r} {problem}")
    return pattern


@lru_cache(maxsize=32)
def _shapes(parts: tuple[tuple[str, tuple[str, ...]], ...]) -> Known:
    """Keep the shapes of some parts, from one frame that names them to the next."""
    del parts
    return {}


def _checked_way(way: str) -> str:
    """Refuse a pattern that is empty, or whose brackets do not pair; it may stand for too many to list."""
    try:
        empty = re.compile(regular_expression(way)).fullmatch("")
    except re.error:
        raise ValueError(f"{way!r} has a bracket without its partner") from None
    if empty:
        raise ValueError(f"{way!r} is empty in canonical form")
    return way


def _checked_tag(tag: str) -> str:
    """Refuse what is no single word: `[` or a blank would be part of a pattern, or of an answer."""
    if not TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is no tag: one word of letters, digits, '_', '-', '.' or ':'")
    return tag


def _checked_end_token(token: str) -> str:
    """Refuse what an answer could end in by itself: a word, or a mark."""
    if not END_TOKEN.fullmatch(token):
        raise ValueError(f"{token!r} is no end token: it must stand in <...> or [...], like '</s>'")
    return token


def _checked_form(form: str, slot: str) -> str:
    """Refuse a form without both of its slots."""
    if (form.count(SLOT), form.count(slot)) != (1, 1):
        raise ValueError(f"{form!r} must hold {SLOT} and {slot} exactly once each")
    if not BETWEEN_SLOTS.search(form):
        raise ValueError(f"{form!r} must part {SLOT} from {slot}")
    return form


def _checked_score(form: str) -> str:
    if not form.startswith(SLOT):
        raise ValueError(f"{form!r} must begin with {SLOT}")
    return _checked_form(form, NUMBER)


def _checked_code_form(form: str) -> str:
    return _checked_form(form, CODE)


def _checked_letter_form(form: str) -> str:
    return _checked_form(form, LETTER)


def _checked_ornament(picture: str) -> str:
    """Refuse what is no picture: a mark or a word would be part of an answer."""
    if not PICTURE.fullmatch(picture):
        raise ValueError(f"{picture!r} is no picture: one emoji without its variation selector")
    return picture


Array = Field(strict=False)  # TOML has arrays, Python tuples: one stands for the other
Words = Annotated[tuple[str, ...], Array, AfterValidator(_checked_words)]
Parts = Annotated[Mapping[str, Annotated[tuple[str, ...], Array]], AfterValidator(_declared_parts)]
Frames = Annotated[tuple[Annotated[str, AfterValidator(_checked_frame)], ...], Array]
Sentences = Annotated[tuple[Annotated[str, AfterValidator(_checked_sentence)], ...], Array]
Separator = Annotated[str, Field(min_length=1, pattern=r"\S|\n")]
Separators = Annotated[tuple[Separator, ...], Array]
Tag = Annotated[str, AfterValidator(_checked_tag)]
Tags = Annotated[tuple[Tag, ...], Array, AfterValidator(_checked_words)]
EndToken = Annotated[str, Field(max_length=60), AfterValidator(_checked_end_token)]
ScoreForm = Annotated[str, AfterValidator(_checked_score)]
CodeForm = Annotated[str, AfterValidator(_checked_code_form)]
LetterForm = Annotated[str, AfterValidator(_checked_letter_form)]
Ornament = Annotated[str, AfterValidator(_checked_ornament)]
Ways = Annotated[tuple[Annotated[str, AfterValidator(_checked_way)], ...], Array]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Part(BaseModel):
    """A table of the contract file: frozen, no unknown key, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Description(Part):
    """Sentences that state a label without a label's word: "the customer is frustrated".

    One is a subject, links and fillers, a cue and nothing more, or the rest that a tail opens.
    """

    subjects: Words = Field(min_length=1, description="Who is spoken of: the customer, this.")
    links: Words = Field(min_length=1, description="What leads to the cue: is, sounds, expresses.")
    fillers: Words = Field(default=(), description="Words that may stand before the cue: very, a sense of.")
    cues: Mapping[str, Words] = Field(description="Label -> words that show it: satisfied.")
    denied: Mapping[str, Words] = Field(
        default={}, description="Label -> cues of others that state it where denied: not satisfied."
    )


class Rules(Part):
    """The rules from completion to label. See `polarity.contract.mapper` for the order they run in."""

    max_chars: int = Field(default=4000, ge=1, le=100_000, description="Longer completions are too_long.")
    aliases: Mapping[str, Words] = Field(
        description="Label -> words that state it alone. The first is its answer word."
    )
    modifiers: Words = Field(default=(), description="Words that may stand before an alias: mostly, clearly.")
    parts: Parts = Field(
        default={}, description="Name -> patterns; <name> in frames and sentences stands for any of them."
    )
    frames: Frames = Field(default=(), description="Sentences around a statement: 'label: {label}'.")
    leading: Frames = Field(
        default=(), description="Frames too weak to count behind reasons: 'a {label} review'."
    )
    closing: Frames = Field(
        default=(),
        description="Frames that count only behind reasons or alone; with any, the others count there, too.",
    )
    clauses: Separators = Field(
        default=(), description="What may part a closing statement from its reasons in one sentence: ', so'."
    )
    afterwords: Sentences = Field(
        default=(), description="Sentences behind a closing statement that say nothing: 'hope this helps'."
    )
    concessions: Words = Field(
        default=(), description="What opens a sentence whose statement stands behind a comma: although."
    )
    hypotheses: Words = Field(
        default=(), description="Words before a label by which reasons only weigh it: whether, might."
    )
    openings: Sentences = Field(
        default=(), description="What may open a sentence that states, and says nothing: 'based on {words}'."
    )
    phrases: Mapping[str, Words] = Field(
        default={}, description="Label -> whole phrases that mean it: 'not great'."
    )
    companions: Mapping[str, Words] = Field(
        default={},
        description="Label -> words that may stand beside its own in a frame: negative and dismissive. "
        "An emoji needs no 'and'.",
    )
    abstain: Words = Field(default=(), description="Words by which a model declines to choose: mixed.")
    abstaining: Sentences = Field(
        default=(), description="Sentences by which it declines: 'the sentiment cannot be determined'."
    )
    asides: Words = Field(
        default=(), description="Words behind a label by which a reason only mentions it: aspects, points."
    )
    preambles: Words = Field(
        default=(), description="Openings that say nothing: 'sure', 'here is the label:'."
    )
    separators: Separators = Field(
        default=(), description="What may stand between a leading statement and its reason: '.', ', because'."
    )
    tails: Words = Field(
        default=(), description="What may open the rest of a sentence behind a frame or a cue: about, with."
    )
    mentions: Mapping[str, Words] = Field(
        default={}, description="Label -> further words that name it in a reason: negativity."
    )
    retractions: Words = Field(default=(), description="Words by which a reason takes its statement back.")
    rejections: Words = Field(
        default=(), description="Whole clauses of a reason that take its statement back: wrong, not at all."
    )
    certainties: Words = Field(
        default=(),
        description="Words for how sure the model is: confidence. A number under score_floor by one voids.",
    )
    feelings: Mapping[str, Words] = Field(
        default={},
        description="Label -> words of a strong feeling: furious. Alone before a closing statement of "
        "another label, in a JSON object with it, or said of a second thing behind it, they void it.",
    )
    judgements: Mapping[str, Words] = Field(
        default={}, description="Label -> words that void only of a second thing behind another label: bad."
    )
    description: Description | None = Field(default=None, description="Sentences without a label's word.")
    negators: Words = Field(default=(), description="Words that deny a label: not, non, never.")
    pseudo_negations: Words = Field(
        default=(), description="Phrases that hold a negator and deny nothing: no doubt."
    )
    contrasts: Words = Field(default=(), description="Words that take something back: but, however.")
    refusals: Words = Field(default=(), description="Openings of a refusal: i'm sorry.")
    echoes: Sentences = Field(
        default=(),
        description="What repeats an input in a closing statement's line, and voids it: 'the user wrote:'.",
    )
    unfinished: Words = Field(
        default=(), description="Words at the end of a line whose sentence goes on below: that, believes."
    )
    fields: Words = Field(
        default=(), description="Openings of a prompt line; one after the answer is a runaway."
    )
    json_keys: Words = Field(default=(), description="Keys of a JSON object that hold the label.")
    json_side_keys: Words = Field(default=(), description="Keys that may stand beside it: confidence.")
    json_reason_keys: Words = Field(default=(), description="Keys whose text is read as a reason.")
    json_code_keys: Words = Field(
        default=(), description="Keys of the class code; one of another label beside it voids the answer."
    )
    json_unknown_keys: Literal["refuse", "ignore"] = Field(
        default="refuse",
        description="A key that no list names: 'refuse' the object, or 'ignore' the key "
        "if its value is a number, true, false, null or a text without a declared word.",
    )
    json_nested: bool = Field(
        default=False,
        description="Open one text in a list, and under a label's key one object, also as text; "
        "under a key for reasons a list of texts, or the object with the answer.",
    )
    json_single_quotes: bool = Field(
        default=False, description="Open objects as Python writes them, too: {'label': 'positive'}."
    )
    tables: bool = Field(
        default=False,
        description="Read a Markdown table of one row, or of keys and values, as a JSON object.",
    )
    reasoning_tags: Tags = Field(
        default=("think", "thinking", "reasoning"), description="Names of the tags around a reasoning block."
    )
    max_reasoning_chars: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="A closed reasoning block up to this length does not count against max_chars.",
    )
    fence_tags: Tags = Field(
        default=("json", "text", "plaintext", "markdown"),
        description="Words that may open a code fence; any other there is part of the answer.",
    )
    notations: Tags = Field(
        default=(),
        description="LaTeX commands that may stand around a statement: boxed.",
    )
    end_tokens: Annotated[tuple[EndToken, ...], Array] = Field(
        default=(), description="Special tokens that are taken off at the very end: '</s>'."
    )
    next_examples: Words = Field(
        default=(),
        description="Openings of an invented next example: behind a label alone and a blank line, "
        "the answer is cut there.",
    )
    openers: Words = Field(
        default=(),
        description="Words that may open a reason behind a label alone, without a mark: the, this.",
    )
    scores: Annotated[tuple[ScoreForm, ...], Array] = Field(
        default=(), description="Forms of a label with how sure it is: '{label}+{number}'. No patterns."
    )
    score_floor: Probability = Field(
        default=0.5, description="A smaller number beside a label does not say that it is sure."
    )
    codes: Mapping[str, int] = Field(
        default={}, description="Label -> its class code; one beside a label's word must agree with it."
    )
    code_forms: Annotated[tuple[CodeForm, ...], Array] = Field(
        default=(), description="Forms of a label with its class code: '{code} - {label}'. No patterns."
    )
    letter_forms: Annotated[tuple[LetterForm, ...], Array] = Field(
        default=(),
        description="Forms of a label with its choice's letter: '({letter}) {label}'. No patterns.",
    )
    ornaments: Annotated[tuple[Ornament, ...], Array] = Field(
        default=(), description="Pictures at the edges of a line that say nothing: ✅."
    )
    declines: Ways = Field(
        default=(), description="Ways to say that nobody can tell; one takes back the statement before it."
    )
    coverage_floor: Probability = Field(
        default=0.0, description="Log-probability answers with less mass on declared words are undeclared."
    )
