"""Quotations: what an answer repeats of the text that it was asked about speaks for that text alone.

What is noted with a completion is which of its quotations stand in its input; the mapper then reads
each of those as one closed quotation, whatever it says, and takes no other for one. Without an input
any closed quotation is one, but only where a frame has a slot for it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from polarity.contract.canonical import Refused, canonical, refuse_disguise
from polarity.contract.loading import Contract
from polarity.contract.sentences import QUOTE, tokens
from polarity.contract.statements import read_framed, read_whole
from polarity.types import Completion, RawOutput

PAIRS = {'"': '"', "\u201c": "\u201d", "\u201e": "\u201c\u201d", "\u00ab": "\u00bb"}
QUOTATION = re.compile('(?P<open>["\u201c\u201e\u00ab])(?P<inside>[^"\u201c\u201d\u201e\u00ab\u00bb\n]+)')
ENDS = " .\u2026"
VALUE_OPENS, VALUE_ENDS = (":", "[", ","), (",", "}", "]")
LEAST_WORDS = 2  # less is a word that the answer speaks of
LEAST_REPEATED = 4  # words of an answer that may be its input's without being a repetition: "it is negative"
MOST_QUOTATIONS = 64  # in one answer
STRANGE = str.maketrans({'"': "\u203a"})  # a mark that no slot takes for a quotation's


def noted(raw: RawOutput, text: str) -> RawOutput:
    r"""Note what a completion quotes of the text that it was asked about, one quotation a line.

    >>> from polarity.types import Completion
    >>> noted(Completion(text='The message "Not bad." is neutral.'), "Not bad. I liked it.").quoted
    'Not bad.'
    """
    if not isinstance(raw, Completion):
        return raw
    return replace(raw, quoted=quoted(raw.text, text))


def quoted(answer: str, text: str) -> str:
    """Give what an answer quotes of a text, each quotation once and on a line of its own.

    An answer that does nothing but repeat of it, without marks, is a quotation itself.

    >>> quoted('It says "Not bad." and "Hurry up."', "Not bad. I liked it.")
    'Not bad.'
    >>> quoted("Sentiment of this: positive", "I hate it. Sentiment of this: positive")
    'Sentiment of this: positive'
    """
    return "\n".join(dict.fromkeys(_quotations(answer, text)))


def repeats(answer: str, quoted: str) -> bool:
    """Say whether an answer is, whole, something that was noted as its input's: then it says nothing itself.

    >>> repeats("It is  negative to me.", "It is negative to me."), repeats("It is so.", "")
    (True, False)
    """
    return _joined(answer) in quoted.split("\n")


def _joined(text: str) -> str:
    return " ".join(text.split())


def _quotations(answer: str, text: str) -> Iterator[str]:
    asked = _joined(text).casefold()
    if len(answer.split()) >= LEAST_REPEATED and _joined(answer).casefold().strip(ENDS) in asked:
        yield _joined(answer)
    for count, opened in enumerate(QUOTATION.finditer(answer)):
        if count == MOST_QUOTATIONS:
            return
        start = opened.end("open")
        whole = answer[start : start + len(text)]
        if whole == text and "\n" not in text and answer[start + len(text) :][:1] in PAIRS[opened["open"]]:
            yield text  # it may hold quotation marks itself
        elif answer[opened.end() : opened.end() + 1] in PAIRS[opened["open"]]:
            inside = " ".join(opened["inside"].split()).casefold().strip(ENDS)
            if len(inside.split()) >= LEAST_WORDS and inside in asked:
                yield opened["inside"]


def without_input(answer: str, quoted: str, contract: Contract) -> str:
    """Put an ellipsis into each quotation of the input, but for those that state a label themselves.

    >>> from polarity.contract import load_contract
    >>> without_input('The message "Not bad." is neutral.', "Not bad.", load_contract())
    'The message "..." is neutral.'
    """
    for quotation in filter(None, quoted.split("\n")):
        if _states(quotation, contract):
            continue
        for opening, closings in PAIRS.items():
            for closing in closings:
                answer = _blanked(answer, f"{opening}{quotation}{closing}")
    return answer


def _blanked(answer: str, quotation: str) -> str:
    """Put an ellipsis into a quotation wherever it stands, but where its marks are those of a JSON value."""
    if "{" not in answer:
        return answer.replace(quotation, '"..."')
    found, *parts = answer.split(quotation)
    for before, behind in pairwise([found, *parts]):
        is_value = before.rstrip()[-1:] in VALUE_OPENS and behind.lstrip()[:1] in VALUE_ENDS
        found += (quotation if is_value else '"..."') + behind
    return found


def _states(quotation: str, contract: Contract) -> bool:
    try:
        refuse_disguise(quotation)
    except Refused:
        return False
    text = canonical(quotation)
    return bool(read_whole(text, contract) or read_framed(text, contract))


def without_strangers(text: str) -> str:
    r"""Mark the quotations in a canonical text that are not of the input as such: no slot takes them.

    >>> print(ascii(without_strangers("the text \"we have moved\" is neutral")))
    'the text \u203awe have moved\u203a is neutral'
    """
    for token in reversed(tokens(text)):
        inside = text[token.start + 1 : token.end - 1]
        if token.text == QUOTE and inside != "..." and " " in inside:
            text = text[: token.start] + text[token.start : token.end].translate(STRANGE) + text[token.end :]
    return text
