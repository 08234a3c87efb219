"""What the tables of a contract file are made of: words, patterns and forms, each checked by itself.

A pattern (`polarity.contract.patterns`) stands for texts, which are compared in canonical form.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Annotated

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
