"""What is said before a closing statement: which of it states something else by itself.

Reasons weigh both sides: they name the label that they decide against, and deny the one that they
decide for. Only a sentence that states by itself competes with the statement that follows: a frame,
a line that is a label, a label's word behind a verb that states or behind a colon.
"""

import re
from collections.abc import Sequence

from polarity.contract.canonical import without_edges
from polarity.contract.contradictions import agrees, is_doubted, shows_another_feeling, weighs
from polarity.contract.diagnosis import opens_an_input
from polarity.contract.loading import Contract
from polarity.contract.negation import is_denied, is_taken_back
from polarity.contract.openings import behind_opening, repeats_input
from polarity.contract.ready import QUOTATION
from polarity.contract.reasons import describes_another, stated_alone
from polarity.contract.sentences import tokens, words_in
from polarity.contract.statements import Reading, read_framed, read_sentence, read_whole
from polarity.contract.vocabulary import ALTERNATIVES, JOINTS, any_of
from polarity.types import UnmappedReason

PART = re.compile(r"(?<=[.!?])\s|\n")
ITEM = re.compile(
    r"(?:\d{1,2}[.)]|[-\u2022+]) (?P<part>[^\n]{1,80}?)(?: [-\u2013\u2014] |: | (?=\())(?P<said>[^\n]+)"
)
NUMBER = re.compile(r"[\d.,+ ]+(?: (?:points?|words?))?\.?")
NOTE = re.compile(r"(?<=\w)(?: \(|[,;.] | - )")  # behind an item's label
LEAST_WEIGHED = 2  # items: one alone may be the answer
CLAUSE = re.compile(r"[,;:()]| - | and ")
BEHIND = re.compile(r"[\s\"']*(?P<word>\w+)")
# What joins a sentence to the statement behind it: "negative or", "it is negative, so".
JOINING = any_of({"so", "thus", "hence", "therefore"} | JOINTS | ALTERNATIVES)
UNFINISHED = re.compile(rf"(?<![\s,;:/&])(?:[\s,;:/&]|(?<!\w){JOINING}(?!\w))++$")
CHOICES_JOINED = re.compile(rf"[\s,/\"']*(?:{any_of(JOINTS | ALTERNATIVES)}(?!\w))?[\s\"']*")
QUOTES = tuple("\"'")
MARKS = frozenset(",;:()-\u2013\u2014")
VERB_WITH_NOT = {"'t"}  # "isn't" is two tokens, of which the first is no verb that a contract knows
REACH = 80  # characters before a label that are looked at
MOST_BETWEEN = 6  # words before a label that may make it a mere possibility


def competes(
    text: str, label: str | None, contract: Contract, *, turns: bool = False
) -> UnmappedReason | None:
    """Say why what stands before a statement of `label` voids it, or None if it does not.

    `turns` says that the statement turns from it: "although it looks positive, ...".

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> competes("it names one negative point.", "POSITIVE", contract)
    >>> competes("the tone is negative.", "POSITIVE", contract)
    'multiple_labels'
    """
    if opens_an_input(text, contract):
        return "runaway"
    parts = PART.split(without_weighed(text, contract))
    for at, part in enumerate(parts, start=1):
        sentence = without_edges(UNFINISHED.sub("", part))
        if contract.refusals.opens(sentence):
            return "refusal"
        if sentence and (reason := _states_another(sentence, label, contract)):
            is_turned_from = turns and at == len(parts) and reason == "multiple_labels"
            if not is_turned_from or _is_framed(sentence, contract):
                return reason
    if repeats_input(text, contract):
        return None if "?" not in text and agrees(text, label, contract) else "runaway"
    if label is None or turns or weighs(text, label, contract):
        return None
    last = QUOTATION.sub(" ", _last_sentence(text))
    shows_another = shows_another_feeling(last, label, contract) or describes_another(last, label, contract)
    return "conflicting" if shows_another else None


def without_weighed(text: str, contract: Contract) -> str:
    r"""Leave out the items of a list that weigh, part by part, what is then decided.

    >>> from polarity.contract import load_contract
    >>> print(without_weighed("- food: positive\n- service: negative\nall in all", load_contract()))
    all in all
    """
    if "\n" not in text:
        return text
    first, *lines = text.split("\n")
    weighing = [line for line in lines if _weighs(line, contract)]
    if _weighs(first if ITEM.match(first) else f"- {first}", contract):  # whose mark was an edge
        weighing.append(first)
    if len(weighing) < LEAST_WEIGHED:
        return text
    return "\n".join(line for line in (first, *lines) if line not in weighing)


def _weighs(line: str, contract: Contract) -> bool:
    """Say whether an item names a part and its label, or counts a label's parts: "- service: negative"."""
    item = ITEM.fullmatch(line)
    if item is None:
        return False
    if NUMBER.fullmatch(item["said"]):
        return contract.mention_pattern.finds(item["part"])
    said = read_whole(without_edges(NOTE.split(item["said"], maxsplit=1)[0]), contract)
    if said is None or said.label is None or contract.mention_pattern.finds(item["part"]):
        return False
    return read_framed(f"{without_edges(item['part'])}: {said.span.text}", contract) is None


def _last_sentence(text: str) -> str:
    return next((part for part in reversed(PART.split(text)) if part.strip()), "")


def _states_another(sentence: str, label: str | None, contract: Contract) -> UnmappedReason | None:
    stated = _stated(sentence, contract)
    if stated and stated.label != label:
        return "multiple_labels" if stated.label else "conflicting"
    if _declines(sentence, contract) or contract.wrappings.declines.search(sentence):
        return "conflicting"
    named = list(contract.mention_pattern.all_in(sentence))
    if len({contract.mentions[found.group()] for found in named}) == len(contract.labels):
        return _of_choices(sentence, named, label, contract)
    if is_doubted(sentence, contract):
        return "conflicting"
    return _of_words(sentence, named, label, contract) or stated_alone(
        CLAUSE.split(sentence), label, contract
    )


def _stated(sentence: str, contract: Contract) -> Reading | None:
    """Read what a sentence states, also behind a declared opening: "therefore, it is negative"."""
    start: int | None = 0
    while start is not None:
        rest = without_edges(sentence[start:])
        if found := read_whole(rest, contract) or read_framed(rest, contract):
            return found
        start = behind_opening(sentence, start, contract)
    return None


def _is_framed(sentence: str, contract: Contract) -> bool:
    """Say whether a sentence, behind what concedes it, is a frame that would count at an answer's end."""
    opening = next(contract.contrast_pattern.all_in(sentence), None)
    said = sentence[opening.end() :].lstrip() if opening and not opening.start() else sentence
    return read_sentence(said, contract.counting["closing"], contract) is not None


def _declines(sentence: str, contract: Contract) -> bool:
    """Say whether a sentence begins as one that declines: "it cannot be determined as positive"."""
    if sentence.partition(" ")[0] not in contract.abstaining.first_words:
        return False
    return next(contract.abstaining.openings(words_in(sentence)), None) is not None


def _of_choices(
    sentence: str, named: Sequence[re.Match[str]], label: str | None, contract: Contract
) -> UnmappedReason | None:
    """Read the list of choices, which says something only by denying: "not positive, negative or neutral"."""
    denied, behind = False, 0
    for found in named:
        goes_on = denied and CHOICES_JOINED.fullmatch(sentence, behind, found.start())
        denied = bool(goes_on) or is_denied(sentence, found.start(), contract)
        if denied and contract.mentions[found.group()] == label:
            return "negated"
        behind = found.end()
    return None


def _of_words(
    sentence: str, named: Sequence[re.Match[str]], label: str | None, contract: Contract
) -> UnmappedReason | None:
    for found in named:
        is_its_own = contract.mentions[found.group()] == label
        denied = is_denied(sentence, found.start(), contract)
        if is_its_own and sentence[found.end() : found.end() + 1] in QUOTES and not found.start():
            return "negated"  # '"positive" must be ruled out': it speaks of the word
        if is_its_own and (denied or is_taken_back(sentence, found.end(), contract)):
            return "negated"  # whatever it denies of: nobody decides for what he denies
        if not is_its_own and not denied and _is_stated(sentence, found.start(), found.end(), contract):
            return "multiple_labels"
    return None


def _is_stated(sentence: str, start: int, end: int, contract: Contract) -> bool:
    """Say whether a label's word stands as in a frame: what is before it and behind it stands there, too."""
    behind = BEHIND.match(sentence, end)
    if (
        behind
        and behind["word"] not in contract.beside_labels.behind
        and not contract.tails.opens(behind["word"])
    ):
        return False  # "negative words"
    before = tokens(sentence, max(0, start - REACH), start)
    words = [word.text for word in before]
    if not contract.hypotheses.isdisjoint(words[-MOST_BETWEEN:]):
        return False  # "whether it is positive"
    while words and (
        words[-1] in contract.beside_labels.passed
        or words[-1] in contract.modifiers
        or contract.denies(words[-1])
    ):
        words.pop()
    return not words or words[-1] in contract.beside_labels.before or words[-1] in VERB_WITH_NOT | MARKS
