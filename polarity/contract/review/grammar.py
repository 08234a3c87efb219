"""A contract's sentences as a grammar to read: what each is made of, with answers drawn from it.

`[...]` may be left out, `(a | b)` is one of several, what stands in quotation marks is said so, and any
other name is a rule of its own below. An example is mapped when it is made: what is shown is read.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from polarity.contract import mapper
from polarity.contract.loading import Contract
from polarity.contract.rules import Rules
from polarity.contract.sentences import LABEL, QUOTE, WORDS
from polarity.types import Abstention, Completion, Verdict

PIECE = re.compile(r"[\[\]()|]|<[^<>]+>|\{\w+\}|[^\[\]()|<>{}]+")
SLOTS = {LABEL: "statement", WORDS: "some-words", QUOTE: "quotation"}
FILLED = {WORDS: "Acme", QUOTE: '"Acme moved."'}  # a name in every language
SENTENCES = ("frames", "leading", "closing", "abstaining")
AROUND = ("openings", "clauses", "separators", "afterwords", "echoes")
SHOWN = 8  # items of a list of words
EXAMPLES = 2  # of one sentence of the contract's own; one of a language's
DRAWS = 12  # of which the shortest are shown
TAKEN = 0.25  # how often what may be left out is not


def grammar(contract: Contract) -> list[str]:
    """Write the grammar line by line: of the contract's own rules, then of each language.

    >>> from polarity.contract import load_contract
    >>> lines = grammar(load_contract())
    >>> lines[1]
    'statement  = [modifier [modifier]] word [("and" | ",") companion]'
    >>> lines[2]
    'word       = NEGATIVE: "negative" | "negatively"'
    """
    lines = ["# the contract's own rules", *_of_rules(contract)]
    for code, tongue in contract.tongues.items():
        lines += ["", f"# {contract.file.languages[code].name} ({code})", *_of_rules(tongue)]
    return lines


def readable(pattern: str) -> str:
    """Write a pattern as a grammar's rule.

    >>> readable("the <a text>[s] (is|seems) {label}")
    '"the" a-text["s"] ("is" | "seems") statement'
    """
    return "".join(map(_readable_piece, PIECE.findall(pattern)))


def _readable_piece(piece: str) -> str:
    if piece == "|":
        return " | "
    if piece in SLOTS:
        return SLOTS[piece]
    if piece.startswith("<"):
        return piece[1:-1].replace(" ", "-")
    words = piece.strip(" ")
    if not words or piece in "[]()":
        return piece
    before, after = (" " if piece[edge].isspace() else "" for edge in (0, -1))
    return f"{before}{_quoted(words)}{after}"


def drawn(pattern: str, rules: Rules, chance: random.Random) -> str:
    """Draw one of the texts that a pattern stands for; its statement stays a slot.

    >>> from polarity.contract import load_contract
    >>> drawn("(the|a) tone of {words} is {label}", load_contract().rules, random.Random(0))
    'a tone of Acme is {label}'
    """
    text, _ = _drawn(PIECE.findall(pattern), 0, rules.parts, chance)
    return re.sub(r" (?=[,:.;])|(?<=\w) (?='s\b)", "", " ".join(text.split()))


def _drawn(
    pieces: Sequence[str], at: int, parts: Mapping[str, tuple[str, ...]], chance: random.Random
) -> tuple[str, int]:
    """Draw from the alternatives up to the end of a group; say where it ends."""
    alternatives = [""]
    while at < len(pieces) and pieces[at] not in ("]", ")"):
        piece = pieces[at]
        if piece in ("[", "("):
            inside, at = _drawn(pieces, at + 1, parts, chance)
            alternatives[-1] += inside if piece == "(" or chance.random() < TAKEN else ""
        elif piece == "|":
            alternatives.append("")
        elif piece.startswith("<"):
            one = chance.choice(parts[piece[1:-1]])
            alternatives[-1] += _drawn(PIECE.findall(one), 0, parts, chance)[0]
        else:
            alternatives[-1] += FILLED.get(piece, piece)
        at += 1
    return chance.choice(alternatives), at


def _of_rules(contract: Contract) -> Iterator[str]:
    rules = contract.rules
    companions = ' [("and" | ",") companion]' if rules.companions else ""
    yield f"statement  = {'[modifier [modifier]] ' if rules.modifiers else ''}word{companions}"
    for name, named in (("word", rules.aliases), ("companion", rules.companions), ("phrase", rules.phrases)):
        yield from (f"{name:10} = {label}: {_several(words)}" for label, words in named.items())
    yield from _lists(rules, ("modifiers", "abstain"))
    for key in SENTENCES:
        for place, pattern in enumerate(getattr(rules, key), start=1):
            yield f"{key}.{place} = {readable(pattern)}"
            yield from (f"    {example}" for example in _examples(pattern, contract))
    yield from _lists(rules, AROUND)
    yield from (f"{name.replace(' ', '-')} = {_several(patterns)}" for name, patterns in rules.parts.items())


def _lists(rules: Rules, keys: Sequence[str]) -> Iterator[str]:
    yield from (f"{key:10} = {_several(found)}" for key in keys if (found := getattr(rules, key)))


def _several(patterns: Sequence[str]) -> str:
    """Write alternatives: short lists whole, of long ones the beginning and how many there are."""
    shown = " | ".join(map(readable, patterns[:SHOWN]))
    return shown if len(patterns) <= SHOWN else f"{shown} | ... ({len(patterns)} in all)"


def _quoted(words: str) -> str:
    return f'"{words}"' if '"' not in words else f"'{words}'"


def _examples(pattern: str, contract: Contract) -> Iterator[str]:
    """Give answers that a sentence stands for, each with what the contract reads in it."""
    chance, label = random.Random(pattern), contract.labels[-1]
    word = contract.rules.aliases[label][-1 if contract.tongue else 0]
    texts = {drawn(pattern, contract.rules, chance).replace(LABEL, word) for _ in range(DRAWS)}
    read = (_read(text, contract) for text in sorted(texts, key=lambda text: (len(text), text)))
    yield from islice(filter(None, read), 1 if contract.tongue else EXAMPLES)


def _read(text: str, contract: Contract) -> str:
    """Write a text as an answer, with what the contract reads in it; nothing if that is nothing."""
    answer = f"{text[:1].upper()}{text[1:]}."
    outcome = mapper.map(Completion(text=answer), contract)
    if not isinstance(outcome, Verdict | Abstention):
        return ""
    return f"{answer}  -> {outcome.label if isinstance(outcome, Verdict) else 'abstention'}"
