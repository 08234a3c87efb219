"""Answer -> form: what is left of it when what differs from text to text is a slot.

Answers of one form are declared by one line, so whoever extends a contract counts forms, not answers.
A form is the sentence that names a label, with slots for the label's word, numbers, quotations and
names, and an ellipsis for what else was said. A name is a word that no rule of the contract knows and
that hardly any other answer has, or that is capitalised within a sentence.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from polarity.contract.canonical import canonical, spelled, without_edges
from polarity.contract.review.json_forms import JsonForm, json_form
from polarity.contract.review.lexicon import WORD, Lexicon, excerpt, sentences_of

LABEL, OTHER, NUMBER, QUOTE, WORDS, REST = "{label}", "{other}", "{number}", "{quote}", "{words}", "..."
SLOTS = frozenset({LABEL, OTHER, NUMBER, QUOTE, WORDS})
EMPHASIS = re.compile(r"(?<!\w)[*_`]+|[*_`]+(?!\w)")
BLOCK = re.compile(r"\s*<(?P<tag>[\w-]+)>.*?</(?P=tag)>\s*", re.DOTALL)
FENCE = re.compile(r"```(?P<tag>[^\n`]*)\n(?P<inside>[^`]*)```")
END_TOKEN = re.compile(r"(?:<[^<>\s]+>|\[[A-Za-z ]+\])\s*$")
QUOTED = re.compile(
    r'"[^"\n]+"|“[^”\n]+”|«[^»\n]+»|„[^“”\n]+[“”]|(?<![\w\'])\'(?! )(?:[^\'\n]|(?<=\w)\'(?=\w))+\'(?!\w)'
)
NUMERAL = re.compile(r"(?<![\w.])\d+(?:[.,/]\d+)*%?(?![\w])")
TOKEN = re.compile(r"\{\w+\}|\w+(?:['\u2019-]\w+)*|[^\w\s]")
AROUND = {
    "reasoning_tags": ("<{0}>...</{0}> ", ""),
    "fence_tags": ("```{} ", "```"),
    "end_tokens": ("", "{}"),
}
MARKS = " ,:;"
CLAUSE = re.compile(r"[,;:] ")
SPARE = re.compile(r"\.{3}\.(?: \.{3}(?![.\w]))?")  # an ellipsis is a full stop, too, and two are one
JOINING = frozenset(
    {"a", "an", "and", "da", "de", "del", "der", "des", "di", "du", "e"}
    | {"el", "la", "las", "le", "les", "los", "of", "the", "und", "van", "von", "y"}
)
MOST_IN_NAME = 10  # words
MOST_BEFORE, MOST_BEHIND = 12, 5  # words of a sentence around its label that a form shows
CLAUSE_SHOWN, BEHIND_SHOWN = 6, 2
MOST_OF_SHARED = 8  # words of another sentence that a form shows


class Part(NamedTuple):
    """A part of a text that a slot stands for; `label` where it names one."""

    start: int
    end: int
    slot: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form of one answer, and what lines of a contract can be made of.

    `shown` is what answers of one form have in common. `sentence` names `label`, or is the first if none
    does; it is canonical and has slots, `plain` has the label's slot alone, `said` has none. `before` and
    `behind` are the other sentences, as they stand. `taken` is what was around it all: key of the rules, and
    what they would have to declare. `kin` is an unknown word like those of a label, where none names one.
    """

    shown: str
    label: str | None = None
    table: str = "rules"
    sentence: str = ""
    plain: str = ""
    said: str = ""
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()
    json: JsonForm | None = None
    kin: tuple[str, str] | None = None


def form_of(text: str, words: Lexicon) -> Form:
    """Give the form of an answer.

    >>> from polarity.contract import load_contract
    >>> from polarity.contract.review.lexicon import lexicon
    >>> words = lexicon(load_contract(), [])
    >>> form_of("The verdict towards Acme Ltd is 'Positive'. Staff smiled at 3 guests.", words).shown
    'the verdict towards {words} is {label}. ...'
    >>> form_of('{"verdict": "positive", "sure": 0.9}', words).shown
    '{"verdict": {label}, "sure": {number}}'
    """
    text, taken = _unwrapped(excerpt(text))
    named = {word: found.label for word, found in words.labels.items()}
    if found := json_form(text, named):
        return Form(shown=_around(found.shown, taken), label=found.label, taken=taken, json=found)
    text = EMPHASIS.sub("", text)
    parts = list(_parts(text, words))
    sentences = sentences_of(text, [(part.start, part.end) for part in parts if part.slot in (QUOTE, LABEL)])
    stating = _stating(sentences, parts)
    if stating is None:
        return Form(shown=REST, taken=taken)
    start, end = sentences[stating]
    labels = [part for part in parts if part.label and start <= part.start < end]
    label = labels[0].label if labels else None
    names = list(_names(text, start, end, parts, words))
    sentence = _slotted(text, start, end, sorted([*parts, *names]), label)
    shown = _shown(text, sentences, stating, parts, label, sentence, words)
    return Form(
        shown=_around(shown, taken),
        label=label,
        table=words.labels[canonical(_unquoted(text[labels[0].start : labels[0].end]))].table
        if labels
        else "rules",
        sentence=sentence,
        plain=_slotted(text, start, end, labels, label),
        said=canonical(text[start:end]),
        before=tuple(canonical(text[a:b]) for a, b in sentences[:stating]),
        behind=tuple(canonical(text[a:b]) for a, b in sentences[stating + 1 :]),
        taken=taken,
        kin=None if label else words.kin(text[start:end]),
    )


def _unwrapped(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Take off a block of thoughts, a fence and an end token; say what the rules would have to declare."""
    taken: list[tuple[str, str]] = []
    text = text.strip()
    if (block := BLOCK.match(text)) and block.end() < len(text):
        taken.append(("reasoning_tags", block["tag"]))
        text = text[block.end() :]
    if fence := FENCE.search(text):
        if tag := fence["tag"].strip():
            taken.append(("fence_tags", tag))
        text = text[: fence.start()] + fence["inside"].strip() + text[fence.end() :]
    if (token := END_TOKEN.search(text)) and token.start():
        taken.append(("end_tokens", token.group().strip()))
        text = text[: token.start()]
    return text.strip(), tuple(taken)


def _around(shown: str, taken: Sequence[tuple[str, str]]) -> str:
    """Write what was taken off around a form.

    >>> _around("{label}", [("fence_tags", "yaml"), ("end_tokens", "</s>")])
    '```yaml {label}```</s>'
    """
    for key, what in taken:
        before, behind = AROUND[key]
        shown = f"{before.format(what)}{shown}{behind.format(what)}"
    return shown


def _unquoted(text: str) -> str:
    return text.strip("\"'“”«»„ .,!?")


def _parts(text: str, words: Lexicon) -> Iterator[Part]:
    """Give quotations, label words and numbers, none inside another."""
    end = 0
    found = sorted(
        (mark.start(), -mark.end(), order, mark)
        for order, pattern in enumerate((QUOTED, words.label_pattern, NUMERAL))
        for mark in pattern.finditer(text)
    )
    for start, stop, order, mark in found:
        if start < end:
            continue
        inside = canonical(_unquoted(mark.group()))
        if order < len((QUOTE, LABEL)) and inside in words.labels:
            yield Part(start, -stop, LABEL, words.labels[inside].label)
        elif order != 1:
            yield Part(start, -stop, NUMBER if order else QUOTE)
        else:
            continue
        end = -stop


def _stating(sentences: Sequence[tuple[int, int]], parts: Sequence[Part]) -> int | None:
    """Choose the sentence that names a label: the first of the answer, the last, or any; else the first."""
    naming = [
        at
        for at, (start, end) in enumerate(sentences)
        if any(part.label and start <= part.start < end for part in parts)
    ]
    if not naming:
        return 0 if sentences else None
    last = len(sentences) - 1
    return last if naming[0] != 0 and naming[-1] == last else naming[0]


def _names(text: str, start: int, end: int, parts: Sequence[Part], words: Lexicon) -> Iterator[Part]:
    """Give the runs of names in a sentence, with the small words that join them."""
    taken = [(part.start, part.end) for part in parts]
    run: list[re.Match[str]] = []
    first = True
    for word in WORD.finditer(text, start, end):
        is_free = not any(a < word.end() and word.start() < b for a, b in taken)
        is_name = is_free and _is_name(word.group(), words, first=first)
        first = False
        if (
            run
            and (is_name or (is_free and word.group().casefold() in JOINING))
            and _adjoins(text, run, word)
        ):
            run.append(word)
            continue
        yield from _named(run)
        run = [word] if is_name else []
    yield from _named(run)


def _is_name(word: str, words: Lexicon, *, first: bool) -> bool:
    form = word.casefold()
    if form in words.declared or form in words.labels or words.kin(form):
        return False
    return form not in words.shared or (word[0].isupper() and not first)


def _adjoins(text: str, run: Sequence[re.Match[str]], word: re.Match[str]) -> bool:
    return len(run) < MOST_IN_NAME and text[run[-1].end() : word.start()] in (" ", "-", " & ", "/")


def _named(run: list[re.Match[str]]) -> Iterator[Part]:
    while run and run[-1].group().casefold() in JOINING:
        run = run[:-1]
    if run:
        yield Part(run[0].start(), run[-1].end(), WORDS)


def _slotted(text: str, start: int, end: int, parts: Iterable[Part], label: str | None) -> str:
    """Write a sentence canonically, with slots for its parts."""
    written, at = "", start
    for part in parts:
        if start <= part.start and part.end <= end:
            slot = OTHER if part.label and part.label != label else part.slot
            written += text[at : part.start] + slot
            at = part.end
    return without_edges(spelled(written + text[at:end])).rstrip(MARKS)


def _shown(
    text: str,
    sentences: Sequence[tuple[int, int]],
    stating: int,
    parts: Sequence[Part],
    label: str | None,
    sentence: str,
    words: Lexicon,
) -> str:
    """Write the form: the sentence that names a label, those that several answers share, and ellipses."""
    pieces = []
    for at, (start, end) in enumerate(sentences):
        whole = canonical(text[start:end])
        named = [part.label for part in parts if part.label and start <= part.start < end]
        if at == stating:
            pieces.append(_shortened(sentence))
        elif named:
            pieces.append(f"{REST} {OTHER if any(name != label for name in named) else LABEL} {REST}")
        elif whole in words.sentences and len(whole.split()) <= MOST_OF_SHARED:
            pieces.append(whole)
        else:
            pieces.append(REST)
    return SPARE.sub(REST, ". ".join(piece for piece, _ in groupby(pieces)))


def _shortened(sentence: str) -> str:
    """Leave out of a long sentence what stands far from its label.

    >>> _shortened("{label} since they came late and left early without saying why")
    '{label} since they ...'
    """
    before, slot, behind = sentence.partition(LABEL)
    if not slot:
        before, behind = "", sentence
    most = MOST_BEHIND if slot else MOST_BEFORE
    found = list(TOKEN.finditer(behind))
    if len(found) > most:
        behind = f"{behind[: found[(BEHIND_SHOWN if slot else MOST_BEHIND) - 1].end()]} {REST}"
    found = list(TOKEN.finditer(before))
    if len(found) > MOST_BEFORE:
        clause = [mark.start() for mark in CLAUSE.finditer(before)]
        cut = clause[-1] if clause else found[-CLAUSE_SHOWN].start()
        before = f"{REST} {before[cut:].lstrip()}"
    return f"{before}{slot}{behind}"
