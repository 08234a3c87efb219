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
from polarity.contract.review.amending import Line
from polarity.contract.review.forms import LABEL, NUMBER, OTHER, QUOTE, TOKEN, Form, Lexicon
from polarity.contract.review.forms import WORDS as NAMES
from polarity.contract.rules import texts

Lines = tuple[Line, ...]
Tables = Mapping[str, Mapping[str, Any]]

PATTERN_MARKS = re.compile(r"[\[\]()|<>]")
MARK = re.compile(r"(?: ?[^\w\s{}\"'] ?|\s+)")
ENDED = re.compile(r"[,:!.;] ")
CODE = "{code}"
ABSTAIN = "abstain"
MOST_BEHIND = 6  # words behind a label that one frame may hold; more is a reason
MOST_OF_OPENING = 10  # words
MOST_OF_PHRASE = 6
MOST_CUES = 4  # words that a reader may have read a label in
JSON_LISTS = ("json_keys", "json_reason_keys", "json_side_keys")


def proposals(form: Form, tables: Tables, words: Lexicon, says: str | None = None) -> Iterator[Lines]:
    """Give what might make a contract read a form, each one or two lines, each once.

    `says` is what readers found in all its answers: a label or "abstain".

    >>> from polarity.contract import load_contract
    >>> from polarity.contract.review.forms import form_of, lexicon, tables
    >>> contract = load_contract()
    >>> words = lexicon(contract, [])
    >>> found = list(proposals(form_of("Positive, praising them.", words), tables(contract), words))
    >>> (Line("rules.separators", ", praising"),) in found
    True
    """
    seen: set[Lines] = set()
    for lines in _all(form, tables, words, says):
        kept = tuple(line for line in dict.fromkeys(lines) if _may_stand(line, form, tables))
        if kept and len(kept) == len(lines) and kept not in seen:
            seen.add(kept)
            yield kept


def _all(form: Form, tables: Tables, words: Lexicon, says: str | None) -> Iterator[Lines]:
    table = form.table
    yield from ((Line(f"rules.{key}", text),) for key, text in form.taken)
    if form.json:
        yield from _of_json(form, tables["rules"])
    elif form.label:
        yield from _numbers(form)
        yield from _around(form)
        yield from (
            (Line(f"{table}.parts.{part}", word),)
            for word in _new_words(form, words)
            for part in tables[table].get("parts", ())
        )
        yield from _frames(form)
        yield from _pairs(form)
    else:
        yield from _unlabelled(form, words, says)


def _may_stand(line: Line, form: Form, tables: Tables) -> bool:
    """Say whether the file has a list for a line, and the line is no pattern by accident."""
    path = line.key.removeprefix(f"{form.table}." if line.key.startswith(form.table) else "rules.").split(".")
    found: Any = tables[form.table if line.key.startswith(form.table) else "rules"]
    for key in path:
        if not isinstance(found, Mapping):
            return False
        found = found.get(key, () if path[0] in ("aliases", "phrases") else None)
    literal = path[0] in ("separators", "clauses", "end_tokens", "scores", "code_forms")
    return (
        isinstance(found, tuple)
        and bool(line.text.strip())
        and (literal or not PATTERN_MARKS.search(line.text))
    )


def _of_json(form: Form, rules: Mapping[str, Any]) -> Iterator[Lines]:
    """Declare the keys that no list names: what holds a label, what explains it, what is beside it."""
    known = {key for name in JSON_LISTS for key in texts(rules[name])}
    unknown = (
        [(canonical(key), kind) for key, kind in form.json.keys if canonical(key) not in known]
        if form.json
        else []
    )
    for of_text in ("json_reason_keys", "json_side_keys"):
        lists = {"label": "json_keys", "text": of_text}
        yield tuple(Line(f"rules.{lists.get(kind, 'json_side_keys')}", key) for key, kind in unknown)


def _numbers(form: Form) -> Iterator[Lines]:
    if form.sentence.count(NUMBER) == form.sentence.count(LABEL) == 1:
        yield (Line("rules.scores", form.sentence),)
        yield (Line("rules.code_forms", form.sentence.replace(NUMBER, CODE)),)


def _around(form: Form) -> Iterator[Lines]:
    """Declare what stands around a statement that may be read already."""
    table, before, behind = form.table, *form.plain.partition(LABEL)[::2]
    yield from ((Line(f"{table}.separators", mark),) for mark in _marks(behind))
    if first := WORD.match(behind.lstrip()):
        yield (Line(f"{table}.tails", first.group()),)
        yield (Line(f"{table}.openers", first.group()),)
    for end in [mark.end() for mark in ENDED.finditer(before)][::-1]:
        yield from _openings(form, before[: end - 1].rstrip(",:!.; "))
    if form.before:
        yield from _openings(form, *form.before)
    for modifier in _last_words(before):
        yield (Line(f"{table}.modifiers", modifier),)
    if mark := re.search(r"[,;] \w+ ", before):
        yield (Line(f"{table}.clauses", mark.group().rstrip()),)
    if form.behind and (field := re.match(r"[\w ]{1,30}:", form.behind[0])):
        yield (Line("rules.next_examples", field.group()),)


def _openings(form: Form, *said: str) -> Iterator[Lines]:
    if all(0 < len(one.split()) <= MOST_OF_OPENING for one in said):
        yield tuple(Line(f"{form.table}.preambles", one) for one in said)
    slotted = form.sentence.partition(LABEL)[0]
    if len(said) == 1 and NAMES in slotted and (mark := ENDED.search(slotted)):
        yield (Line(f"{form.table}.openings", slotted[: mark.start()]),)


def _marks(behind: str) -> Iterator[str]:
    """Give what may part a label from its reason: a mark, a word, a mark with a word or two.

    >>> list(_marks(", praising the staff"))
    [', praising', ', praising the', ',']
    """
    if not behind:
        return
    mark = MARK.match(behind)
    start = mark.group().rstrip() or " " if mark else ""
    words = WORD.findall(behind[: mark.end() + 60] if mark else "")
    for count in (1, 2):
        if mark and len(words) > count:
            yield f"{start}{'' if start == ' ' else ' '}{' '.join(words[:count])}"
    if start.strip():
        yield start if start in ".,:;" else f" {start}"


def _last_words(before: str) -> Iterator[str]:
    """Give the last word before a label, and the last two."""
    found = [(mark.start(), mark.group()) for mark in TOKEN.finditer(before)]
    for count in (1, 2):
        if len(found) >= count and all(text[0].isalpha() for _, text in found[-count:]):
            yield before[found[-count][0] :].strip()


def _new_words(form: Form, words: Lexicon) -> list[str]:
    """Give the words of a sentence that nothing declares, though several answers have them."""
    found = [word for word in WORD.findall(form.sentence.replace(LABEL, " ")) if word not in words.declared]
    return list(
        dict.fromkeys(
            word for word in found if word.isalpha() and f"{{{word}}}" not in (NAMES, QUOTE, NUMBER, OTHER)
        )
    )


def _whole(form: Form) -> Iterator[str]:
    """Give the sentence with its names and quotations as slots, and as it stands, if it may be a frame."""
    for sentence in dict.fromkeys((form.sentence, form.plain)):
        behind = sentence.partition(LABEL)[2]
        if _is_frame(sentence) and len(behind.split()) <= MOST_BEHIND:
            yield sentence


def _is_frame(sentence: str) -> bool:
    return (
        sentence.count(LABEL) == 1 and OTHER not in sentence and NUMBER not in sentence and sentence != LABEL
    )


def _frames(form: Form) -> Iterator[Lines]:
    for sentence in _whole(form):
        yield (Line(f"{form.table}.frames", sentence),)
        if form.before:
            yield (Line(f"{form.table}.closing", sentence),)


def _pairs(form: Form) -> Iterator[Lines]:
    """Declare a frame together with what stands behind its label, or before it."""
    frames = f"{form.table}.frames"
    for sentence in dict.fromkeys((form.sentence, form.plain)):
        before, _, behind = sentence.partition(LABEL)
        head = before + LABEL
        if behind and _is_frame(head):
            yield (Line(frames, head),)
            yield from (
                (Line(frames, head), Line(f"{form.table}.separators", mark)) for mark in _marks(behind)
            )
    for sentence in _whole(form):
        if form.before:
            yield from ((Line(frames, sentence), *lines) for lines in _openings(form, *form.before))
        before, _, behind = sentence.partition(LABEL)
        for mark in ENDED.finditer(before):
            frame = before[mark.end() :] + LABEL + behind
            yield from (
                (Line(frames, frame), *lines)
                for lines in _openings(form, before[: mark.start()])
                if _is_frame(frame)
            )


def _unlabelled(form: Form, words: Lexicon, says: str | None) -> Iterator[Lines]:
    """Declare what an answer without a label's word means, where a reader found it."""
    if says is None:
        return
    if says == ABSTAIN:
        yield (Line(f"{form.table}.abstaining", form.sentence),)
        yield (Line(f"{form.table}.abstain", form.plain),)
        return
    if len(form.plain.split()) <= MOST_OF_PHRASE:
        yield (Line(f"{form.table}.phrases.{says}", form.plain),)
    new = [word for word in WORD.findall(form.plain) if word not in words.declared]
    yield from ((Line(f"{form.table}.description.cues.{says}", word),) for word in new[:MOST_CUES])
    yield from (
        (Line(f"{form.table}.description.{key}", word),)
        for word in new[:MOST_CUES]
        for key in ("fillers", "links")
    )
