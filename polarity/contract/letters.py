"""The letter of a choice beside a label's word: "(b) negative" names it twice.

Which letter stands for which label is the prompt's to say, so that a letter says nothing of its own: it is
taken off in a declared form, and the label's word stays.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from polarity.contract.canonical import spelled
from polarity.contract.declared import LETTER, SLOT, texts
from polarity.contract.rules import Rules
from polarity.contract.vocabulary import any_of

LETTERED = re.compile(r"(?<![\w'])[a-h](?=[)\].: -])")  # a quick look: most answers hold none
CHOICE = re.compile(r"(?<![\w'])[a-h](?=[)\].:])")  # "c)" is no French word
LINE_START = r"(?:^|(?<=\n)|(?<=: )|(?<=\b(?:is|es) )|(?<=\b(?:ist|est) )|(?<=\bjest ))"
BEFORE = r"(?:^|(?<=\n)|(?<=[\w:] ))"  # brackets part a letter from the words before it
ENDS = r"(?![\w'])"
MARK = r"[(\[]?[a-h](?: ?[)\].:]{1,2}| -)"
JOINED = r" ?[,;/|.]?[ \n](?:(?:and|or) )?"  # between choices
CUT = r"(?:[(\[] ?[a-h]?|[a-h])(?: ?\.\.\.|$)"  # within the mark of a choice


@dataclass(frozen=True)
class Letters:
    """The declared forms, compiled: each form's one group is the label's word."""

    near: re.Pattern[str]  # a letter beside a label's word: most answers hold none, and are done with
    pattern: re.Pattern[str]
    listed: re.Pattern[str]  # choices, or one that another was to follow; the group `first` is a label's word

    def taken_off(self, text: str, taken: list[tuple[str, str]]) -> str:
        """Give a canonical text without the letters beside label words, and add those to `taken`.

        What lists choices stays as it is: none of them is the answer, also where the list was cut.

        >>> from polarity.contract import load_contract
        >>> taken = []
        >>> load_contract().wrappings.letters.taken_off("the answer is (b) negative", taken), taken
        ('the answer is negative', [('letter', '(b)')])
        """
        if not self.near.search(text):
            return text
        lists = [found.span() for found in self.listed.finditer(text)]

        def label_of(found: re.Match[str]) -> str:
            if any(start <= found.start() < end for start, end in lists):
                return str(found.group())
            label = str(next(filter(None, found.groups())))
            taken.append(("letter", found.group().replace(label, "", 1).strip()))
            return label

        return self.pattern.sub(label_of, text)


def letters(rules: Rules) -> Letters | None:
    """Compile the forms of a label with a letter; None if none is declared."""
    if not rules.letter_forms:
        return None
    word = any_of(text for words in rules.aliases.values() for text in texts(words))
    forms = sorted(map(spelled, rules.letter_forms), key=len, reverse=True)
    near = rf"(?<![\w'])[a-h](?! \w)[^\w\n]{{1,4}}{word}|(?<!\w){word}[^\w\n]{{1,4}}[a-h](?![\w'])"
    either = "|".join(_expression(form, word) for form in forms)
    return Letters(re.compile(near), re.compile(either), _listed(word, forms))


def _listed(word: str, forms: Sequence[str]) -> re.Pattern[str]:
    """Match lettered choices up to the last that has a label, or up to the mark of one that was cut."""
    called = rf"(?:{any_of({form.partition(LETTER)[0].rstrip('([') for form in forms} - {''})})?"
    first = rf"(?<![\w'])(?P<mark>{called}{MARK}) ?(?P<first>{word}){ENDS}"
    mark, cut = rf"{JOINED}(?!(?P=mark)){called}{MARK}", rf"{JOINED}{called}{CUT}"
    return re.compile(rf"{first}(?:(?:{mark} ?{word}{ENDS})+(?:{mark}|{cut})?|{mark}|{cut})")


def _expression(form: str, word: str) -> str:
    escaped = re.escape(form).replace(re.escape(LETTER), "[a-h]").replace(re.escape(SLOT), f"({word})")
    is_bare = form.startswith(LETTER) and not form.startswith(LETTER + ")")
    return (LINE_START if is_bare else BEFORE) + escaped + ENDS
