"""Form -> lines that might make a contract read it, the plainest first.

Nothing here knows whether a line helps, or does harm: whoever proposes them tries each with the mapper.
So a line is only proposed for a list that the contract's file has, and is only made of what an answer
says; what an answer means is never guessed. A label comes from a label's word in it, or from a reader.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from polarity.contract.canonical import canonical
from polarity.contract.checks import WORDS as WORD
from polarity.contract.declared import texts
from polarity.contract.review.amending import Line
from polarity.contract.review.forms import LABEL, NUMBER, OTHER, QUOTE, Form
from polarity.contract.review.forms import WORDS as NAMES
from polarity.contract.review.json_forms import JsonForm
from polarity.contract.review.lexicon import Lexicon

Lines = tuple[Line, ...]
Tables = Mapping[str, Mapping[str, Any]]

PATTERN_MARKS = re.compile(r"[\[\]()|<>]")
MARK = re.compile(r"(?: ?[^\w\s{}\"'] ?|\s+)")
ENDED = re.compile(r"[,:!.;] ")
LAST_WORD = re.compile(r"[\w'-]+(?= $)")
CODE = "{code}"
ABSTAIN = "abstain"
MOST_BEHIND = 6  # words behind a label that one frame may hold; more is a reason
REACH = 60  # characters behind a mark in which such words are looked for
MOST_NOUNS = 3  # words behind a label of which each may end a frame
MOST_OF_OPENING = 10  # words
MOST_OF_PHRASE = 6
MOST_CUES = 4  # words that a reader may have read a label in
LITERAL = (
    "separators",
    "clauses",
    "end_tokens",
    "scores",
    "code_forms",
    "letter_forms",
    "ornaments",
    "fence_tags",
    "notations",
    "reasoning_tags",
)  # their items are no patterns
OF_SENTENCES = ("frames", "closing", "openings", "abstaining", "parts")  # stand for too many texts
BEHIND = ("separators", "tails", "openers", "clauses")  # what opens a reason
BY_LABEL = ("aliases", "phrases", "description")
JSON_LISTS = ("json_keys", "json_reason_keys", "json_side_keys")


def proposals(form: Form, tables: Tables, words: Lexicon, says: str | None = None) -> Iterator[Lines]:
    """Give what might make a contract read a form, each one or two lines, each once.

    `says` is what readers found in all its answers: a label or "abstain".

    >>> from polarity.contract import load_contract
    >>> from polarity.contract.review.forms import form_of
    >>> from polarity.contract.review.lexicon import lexicon, tables
    >>> contract = load_contract()
    >>> words = lexicon(contract, [])
    >>> found = list(proposals(form_of("Positive, saluting them.", words), tables(contract), words))
    >>> (Line("rules.separators", ", saluting"),) in found
    True
    """
    seen: set[Lines] = set()
    for proposed in _all(form, tables, words, says):
        lines = tuple(line for line in dict.fromkeys(proposed) if not _stands(line, tables))
        if lines and lines not in seen and all(_may_stand(line, tables) for line in lines):
            seen.add(lines)
            yield lines


def _all(form: Form, tables: Tables, words: Lexicon, says: str | None) -> Iterator[Lines]:
    table = form.table
    yield from ((Line(f"rules.{key}", text),) for key, text in form.taken)
    if form.json:
        yield from _of_json(form.json, tables["rules"])
    elif form.label and says != ABSTAIN:
        yield from _numbers(form)
        yield from _around(form, words)
        yield from _parts(form, tables[table], words)
        yield from _frames(form)
        yield from _pairs(form, words)
    else:
        yield from _unlabelled(form, words, says)


def _may_stand(line: Line, tables: Tables) -> bool:
    """Say whether the file may have such a list, and the line is no pattern by accident, nor takes back."""
    name, declared = _list_of(line, tables)
    if declared is None or (name in BEHIND and _turns(line, tables)):
        return False
    return name in LITERAL or not PATTERN_MARKS.search(line.text)


def _turns(line: Line, tables: Tables) -> bool:
    """Say whether a line holds a word that takes back: "positive, but ..." is no reason, whoever says so."""
    table = tables[_table_of(line, tables)]
    turning = texts((*table["contrasts"], *table["negators"]))
    return not set(turning).isdisjoint(WORD.findall(line.text))


def _table_of(line: Line, tables: Tables) -> str:
    return next(path for path in tables if line.key.startswith(f"{path}."))


def _stands(line: Line, tables: Tables) -> bool:
    """Say whether a list of plain texts has a line already."""
    name, declared = _list_of(line, tables)
    if not declared or name in OF_SENTENCES:
        return False
    return line.text in (declared if name in LITERAL else texts(declared))


def _list_of(line: Line, tables: Tables) -> tuple[str, tuple[str, ...] | None]:
    """Look up the list that a line is for, and its name; None if the file can have none."""
    table = _table_of(line, tables)
    name, *path = line.key.removeprefix(f"{table}.").split(".")
    found: Any = tables[table].get(name)
    for key in path:
        found = found.get(key, () if name in BY_LABEL else None) if isinstance(found, Mapping) else None
    return name, found if isinstance(found, tuple) else None


def _of_json(form: JsonForm, rules: Mapping[str, Any]) -> Iterator[Lines]:
    """Declare the unknown keys: the first that holds a label, what explains it, what is beside it."""
    known = {key for name in JSON_LISTS for key in texts(rules[name])}
    unknown = [(canonical(key), kind) for key, kind in form.keys if canonical(key) not in known]
    answer = next((key for key, kind in unknown if kind == "label"), None)
    for of_text in ("json_reason_keys", "json_side_keys"):
        beside = {"text": of_text}
        yield tuple(
            Line(f"rules.{'json_keys' if key == answer else beside.get(kind, 'json_side_keys')}", key)
            for key, kind in unknown
        )


def _numbers(form: Form) -> Iterator[Lines]:
    if form.sentence.count(NUMBER) == form.sentence.count(LABEL) == 1:
        yield (Line("rules.scores", form.sentence),)
        yield (Line("rules.code_forms", form.sentence.replace(NUMBER, CODE)),)


def _around(form: Form, words: Lexicon) -> Iterator[Lines]:
    """Declare what stands around a statement that may be read already."""
    table, before, behind = form.table, *form.plain.partition(LABEL)[::2]
    following = WORD.findall(behind)
    yield from ((Line(f"{table}.openers", word),) for word in following[:1])
    yield from ((Line(f"{table}.tails", word),) for word in following[:MOST_NOUNS])
    yield from ((Line(f"{table}.separators", mark),) for mark in _marks(behind))
    for mark in [*ENDED.finditer(before)][::-1]:
        if mark.end() < len(before) or not mark.group().startswith(":"):  # "the mood: {label}" is a frame
            yield from _openings(form, before[: mark.start()])
    if len(form.before) == 1 and form.before[0] in words.sentences:
        yield from _openings(form, *form.before)
    if modifier := LAST_WORD.search(before):
        yield (Line(f"{table}.modifiers", modifier.group()),)
    if clause := re.search(r"[,;] \w+ ", before):
        yield (Line(f"{table}.clauses", clause.group().rstrip()),)
    if form.behind and (field := re.match(r"[\w ]{1,30}:", form.behind[0])):
        yield (Line("rules.next_examples", field.group()),)


def _openings(form: Form, said: str) -> Iterator[Lines]:
    """Declare what stands before a statement, whole or part by part."""
    if 0 < len(said.split()) <= MOST_OF_OPENING:
        for parts in dict.fromkeys(((said,), tuple(filter(None, ENDED.split(said))))):
            yield tuple(Line(f"{form.table}.preambles", one) for one in parts)
    slotted = form.sentence.partition(LABEL)[0]
    if NAMES in slotted and (mark := ENDED.search(slotted)):
        yield (Line(f"{form.table}.openings", slotted[: mark.start()]),)


def _marks(behind: str) -> Iterator[str]:
    """Give what may part a label from its reason: a word or two, with the mark before them, or a mark.

    Not a comma alone: it parts whatever is listed.

    >>> list(_marks(", saluting the staff")), list(_marks(" ~ they smiled"))
    ([', saluting', ', saluting the'], [' ~ they', ' ~ they smiled', ' ~'])
    """
    mark = MARK.match(behind)
    if not mark:
        return
    start = mark.group().rstrip()
    words = WORD.findall(behind[mark.end() : mark.end() + REACH])
    yield from (f"{start} {' '.join(words[:count])}" for count in (1, 2) if len(words) >= count)
    if start and start != ",":
        yield start if start in ".:;" else f" {start.strip()}"


def _parts(form: Form, table: Mapping[str, Any], words: Lexicon) -> Iterator[Lines]:
    """Declare a new word as one of a part, those of most words first: they are most open to others."""
    parts = table.get("parts", {})
    for word in _new_words(form, words):
        for name in sorted(parts, key=lambda name: -len(parts[name])):
            yield (Line(f"{form.table}.parts.{name}", word),)


def _new_words(form: Form, words: Lexicon) -> list[str]:
    """Give the words of a sentence that nothing declares, though several answers have them."""
    found = [word for word in WORD.findall(form.sentence.replace(LABEL, " ")) if word not in words.declared]
    return list(
        dict.fromkeys(
            word for word in found if word.isalpha() and f"{{{word}}}" not in (NAMES, QUOTE, NUMBER, OTHER)
        )
    )


def _whole(form: Form) -> Iterator[str]:
    """Give the spellings of the sentence that may be frames."""
    for sentence in _spellings(form):
        behind = sentence.partition(LABEL)[2]
        if _is_frame(sentence) and len(behind.split()) <= MOST_BEHIND:
            yield sentence


def _spellings(form: Form) -> list[str]:
    """Give the sentence with slots, and without, unless it quotes: no other answer would say the same."""
    return list(dict.fromkeys([form.sentence, *([] if QUOTE in form.sentence else [form.plain])]))


def _is_frame(sentence: str) -> bool:
    return (
        sentence.count(LABEL) == 1 and OTHER not in sentence and NUMBER not in sentence and sentence != LABEL
    )


def _frames(form: Form) -> Iterator[Lines]:
    for sentence in _whole(form):
        yield (Line(f"{form.table}.frames", sentence),)
        if form.before:
            yield (Line(f"{form.table}.closing", sentence),)


def _pairs(form: Form, words: Lexicon) -> Iterator[Lines]:
    """Declare a frame together with what stands behind its label, or before it."""
    frames = f"{form.table}.frames"
    for sentence in _spellings(form):
        before, _, behind = sentence.partition(LABEL)
        head = before + LABEL
        if behind and OTHER not in behind and _is_frame(head):
            yield (Line(frames, head),)
            yield from (
                (Line(frames, head), Line(f"{form.table}.separators", mark)) for mark in _marks(behind)
            )
    for sentence in _whole(form):
        if len(form.before) == 1 and form.before[0] in words.sentences:
            yield from ((Line(frames, sentence), *lines) for lines in _openings(form, *form.before))
        before, _, behind = sentence.partition(LABEL)
        for mark in ENDED.finditer(before):
            frame = before[mark.end() :] + LABEL + behind
            yield from (
                (Line(frames, frame), *lines)
                for lines in _openings(form, before[: mark.start()])
                if _is_frame(frame)
            )


def _inflected(form: Form, word: str, label: str) -> Iterator[Lines]:
    """Declare a word that is like a label's, alone or with the sentence that it stands in."""
    alias = Line(f"{form.table}.aliases.{label}", word)
    yield (alias,)
    for sentence in dict.fromkeys((form.sentence, form.plain)):
        frame = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", LABEL, sentence)
        if _is_frame(frame) and len(frame.split()) <= MOST_OF_OPENING:
            yield (alias, Line(f"{form.table}.frames", frame))
    before, _, behind = form.plain.partition(word)
    if not before:
        yield from ((alias, Line(f"{form.table}.separators", mark)) for mark in _marks(behind))


def _unlabelled(form: Form, words: Lexicon, says: str | None) -> Iterator[Lines]:
    """Declare what an answer without a label's word means, where a word is like one, or a reader found it."""
    if form.kin and says in (None, form.kin[1]):
        yield from _inflected(form, *form.kin)
    if says is None:
        return
    if says == ABSTAIN:
        if NAMES in form.sentence or QUOTE in form.sentence:
            yield (Line(f"{form.table}.abstaining", form.sentence),)
        if len(form.said.split()) <= MOST_OF_OPENING:
            yield (Line(f"{form.table}.abstain", form.said),)
        return
    if len(form.said.split()) <= MOST_OF_PHRASE:
        yield (Line(f"{form.table}.phrases.{says}", form.said),)
    new = [word for word in WORD.findall(form.said) if word not in words.declared]
    yield from ((Line(f"{form.table}.description.cues.{says}", word),) for word in new[:MOST_CUES])
    yield from (
        (Line(f"{form.table}.description.{key}", word),)
        for word in new[:MOST_CUES]
        for key in ("fillers", "links")
    )
