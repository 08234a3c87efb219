"""Answer -> form: what is left of it when what differs from text to text is a slot.

Answers of one form are declared by one line, so whoever extends a contract counts forms, not answers.
A form is the sentence that names a label, with slots for the label's word, numbers, quotations and
names, and an ellipsis for what else was said. A name is a word that no rule of the contract knows and
that hardly any other answer has, or that is capitalised within a sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from polarity.contract.canonical import canonical, spelled, without_edges
from polarity.contract.loading import Contract
from polarity.contract.review.json_forms import JsonForm, json_form
from polarity.contract.rules import texts
from polarity.contract.vocabulary import any_of

LABEL, OTHER, NUMBER, QUOTE, WORDS, REST = "{label}", "{other}", "{number}", "{quote}", "{words}", "..."
SLOTS = frozenset({LABEL, OTHER, NUMBER, QUOTE, WORDS})
TABLES_WITH = "aliases"  # what a table of the file has if answers are read by it: the rules, a language
MARKED = re.compile(r"<[^<>]*>|\{\w+\}")  # parts and slots in patterns
EMPHASIS = re.compile(r"(?<!\w)[*_`]+|[*_`]+(?!\w)")
BLOCK = re.compile(r"\s*<(?P<tag>[\w-]+)>.*?</(?P=tag)>\s*", re.DOTALL)
FENCE = re.compile(r"```(?P<tag>[^\n`]*)\n(?P<inside>[^`]*)```")
END_TOKEN = re.compile(r"(?:<[^<>\s]+>|\[[A-Za-z ]+\])\s*$")
QUOTED = re.compile(
    r'"[^"\n]+"|“[^”\n]+”|«[^»\n]+»|„[^“”\n]+[“”]|(?<![\w\'])\'(?! )(?:[^\'\n]|(?<=\w)\'(?=\w))+\'(?!\w)'
)
NUMERAL = re.compile(r"(?<![\w.])\d+(?:[.,/]\d+)*%?(?![\w])")
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?]+[\"'”»)]*(?:\s+|$)|\s*\n\s*")
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
RARE = 100  # a word that fewer than one in so many answers have may be a name
LEAST_SHARED = 2  # answers that have a word, or a whole sentence, for it to be nobody's name
MOST_BEFORE, MOST_BEHIND = 12, 5  # words of a sentence around its label that a form shows
CLAUSE_SHOWN, BEHIND_SHOWN = 6, 2
MOST_OF_SHARED = 8  # words of another sentence that a form shows


class Word(NamedTuple):
    """A label that a word names, and the table of the contract's file that says so."""

    label: str
    table: str


@dataclass(frozen=True)
class Lexicon:
    """What tells names from words: the words that a contract declares, and those that answers share."""

    labels: Mapping[str, Word]
    declared: frozenset[str]
    shared: frozenset[str]
    sentences: frozenset[str]

    @cached_property
    def label_pattern(self) -> re.Pattern[str]:
        """Finds the words that name a label."""
        return re.compile(rf"(?<![\w-]){any_of(self.labels)}(?![\w-])", re.IGNORECASE)


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
    does; it is canonical and has slots, `plain` has the label's slot alone. `before` and `behind` are the
    other sentences, as they stand. `taken` is what was around it all: key of the rules, and what they would
    have to declare.
    """

    shown: str
    label: str | None = None
    table: str = "rules"
    sentence: str = ""
    plain: str = ""
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()
    json: JsonForm | None = None


def tables(contract: Contract) -> dict[str, Mapping[str, Any]]:
    """Give each table of the file that has words for labels, by its path: the rules, and each language.

    >>> from polarity.contract import load_contract
    >>> next(iter(tables(load_contract())))
    'rules'
    """
    content = contract.file.model_dump()
    languages = content.get("languages", {}).items()
    return {"rules": content["rules"]} | {f"languages.{code}": table for code, table in languages}


def lexicon(contract: Contract, answers: Sequence[str]) -> Lexicon:
    """Gather the words that the contract declares, and those that several of some answers have."""
    labels: dict[str, Word] = {}
    for path, table in tables(contract).items():
        for key in (TABLES_WITH, "mentions"):
            for label, patterns in table.get(key, {}).items():
                for word in texts(patterns):
                    labels.setdefault(word, Word(label, path))
    words = Counter(word for text in answers for word in set(_words(text)))
    sentences = Counter(
        sentence for text in answers for sentence in {canonical(text[a:b]) for a, b in _sentences(text, [])}
    )
    least = max(LEAST_SHARED, len(answers) // RARE)
    return Lexicon(
        labels=labels,
        declared=frozenset(
            word
            for table in tables(contract).values()
            for pattern in _strings(table)
            for word in _words(MARKED.sub(" ", pattern))
        ),
        shared=frozenset(word for word, count in words.items() if count >= least),
        sentences=frozenset(sentence for sentence, count in sentences.items() if count >= least),
    )


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case tuple() | list():
            for item in value:
                yield from _strings(item)
        case Mapping():
            for item in value.values():
                yield from _strings(item)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def form_of(text: str, words: Lexicon) -> Form:
    """Give the form of an answer.

    >>> from polarity.contract import load_contract
    >>> words = lexicon(load_contract(), [])
    >>> form_of("The verdict towards Acme Ltd is 'Positive'. Staff smiled at 3 guests.", words).shown
    'the verdict towards {words} is {label}. ...'
    >>> form_of('{"verdict": "positive", "sure": 0.9}', words).shown
    '{"verdict": {label}, "sure": {number}}'
    """
    text, taken = _unwrapped(text)
    named = {word: found.label for word, found in words.labels.items()}
    if found := json_form(text, named):
        return Form(shown=_around(found.shown, taken), label=found.label, taken=taken, json=found)
    text = EMPHASIS.sub("", text)
    parts = list(_parts(text, words))
    sentences = _sentences(text, parts)
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
        before=tuple(canonical(text[a:b]) for a, b in sentences[:stating]),
        behind=tuple(canonical(text[a:b]) for a, b in sentences[stating + 1 :]),
        taken=taken,
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


def _sentences(text: str, parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Part a text into sentences and lines, not within a quotation; only those that hold a word or number."""
    quoted = [(part.start, part.end) for part in parts if part.slot in (QUOTE, LABEL)]
    places, start = [], 0
    for mark in SENTENCE_END.finditer(text):
        if not any(a < mark.start() < b - 1 for a, b in quoted):
            places.append((start, mark.end()))
            start = mark.end()
    places.append((start, len(text)))
    return [(a, b) for a, b in places if any(map(str.isalnum, text[a:b]))]


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
    if form in words.declared or form in words.labels:
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
