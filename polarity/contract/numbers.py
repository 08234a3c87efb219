"""Numbers beside a label's word: how sure the model is, or the class's code.

A declared form with its number is read as the label alone. A code must be the one that is declared for
the label: "2 - positive" says so twice, "0 - positive" says two things. A number that no form
accounts for stays where it is, and nothing accounts for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import regex

from polarity.contract.canonical import Refused, spelled
from polarity.contract.declared import CODE, NUMBER, SLOT, texts
from polarity.contract.rules import Rules
from polarity.contract.vocabulary import any_of

LINE_FEED = "\n"
DIGIT = regex.compile(r"\d")
FRACTION = r"\d{1,3}(?:[.,]\d{1,6})? ?%|\d?[.,]\d{1,6}"  # 0.8, .8, 80 %; not 8, which may count things
NAMED = rf"{FRACTION}|\d{{1,3}}"  # "confidence: 90": here a word says what it is
LETTER = regex.compile(r"[^\W\d_]")
LINE_START = r"(?:^|(?<=\n)|(?<=: ))"
ENDS = r"(?=$|[\n;!]|[.,:](?=\s|$)| [(|/\u2013\u2014-])"
CLOSED = r"(?=$|[\s;!.,:])"
SENTENCE_BEHIND = r"(?P<on> (?=[^(|/\u2013\u2014-]))?"  # no mark parts what follows from the label


@dataclass(frozen=True)
class Numbers:
    """The declared forms, compiled: the groups are `label`, and `number` or `code`."""

    pattern: "regex.Pattern[str]"
    floor: float
    codes: Mapping[str, str]  # a label's word -> its class code
    parts: bool  # a line feed is declared to part a label from its reason

    def taken_off(self, text: str, taken: list[tuple[str, str]]) -> str:
        r"""Give a canonical text without the numbers beside label words, and add those to `taken`.

        A label that a sentence follows at once is parted from it by a line feed.

        >>> from polarity.contract import load_contract
        >>> taken = []
        >>> load_contract().wrappings.numbers.taken_off("positive (0.9) it works", taken), taken
        ('positive\nit works', [('number', '(0.9)')])

        Raises:
            Refused: `conflicting`, where a code is not that of the label beside it.
        """

        def label_of(found: "regex.Match[str]") -> str:
            label, form = found["label"], found.group()
            if not self._is_said(found) or (found["on"] and not self.parts):
                return str(form)
            taken.append(("number", form.replace(label, "", 1).strip()))
            return f"{label}\n" if found["on"] else str(label)

        return str(self.pattern.sub(label_of, text))

    def _is_said(self, found: "regex.Match[str]") -> bool:
        if found["code"] is not None:
            if self.codes.get(found["label"]) != found["code"]:
                raise Refused("conflicting")
            return True
        number = found["number"].rstrip(" %").replace(",", ".")
        is_percent = found["number"].endswith("%") or (number.isdigit() and int(number) > 1)
        return self.floor <= float(number) / (100 if is_percent else 1) <= 1


def numbers(rules: Rules) -> Numbers | None:
    """Compile the forms of a label with a number; None if none is declared."""
    word = any_of(text for words in rules.aliases.values() for text in texts(words))
    forms = [*rules.scores, *rules.code_forms]
    if not forms:
        return None
    behind, before = [], []
    for form in sorted(map(spelled, forms), key=len, reverse=True):
        if form.startswith(SLOT):
            behind.append(_expression(form.removeprefix(SLOT)))
        else:
            before.append(LINE_START + _expression(form).replace(regex.escape(SLOT), f"(?P<label>{word})"))
    suffixed = rf"(?<!\w)(?P<label>{word})(?:{'|'.join(behind) or '(?!)'})"
    codes = {
        text: str(code) for label, code in rules.codes.items() for text in texts(rules.aliases.get(label, ()))
    }
    none = "(?!)(?P<number>)(?P<code>)"  # so that there is each group, whatever is declared
    pattern = regex.compile(f"(?:{'|'.join([suffixed, *before, none])}){SENTENCE_BEHIND}")
    return Numbers(pattern, rules.score_floor, codes, LINE_FEED in rules.separators)


def _expression(form: str) -> str:
    number = NAMED if LETTER.search(form.replace(NUMBER, "").replace(SLOT, "")) else FRACTION
    escaped = str(regex.escape(form, literal_spaces=True))
    for slot, expression in ((NUMBER, f"(?P<number>{number})"), (CODE, r"(?P<code>-?\d{1,3})")):
        escaped = escaped.replace(regex.escape(slot), expression)
    return escaped + (ENDS if form.endswith("}") else CLOSED)
