"""Completion -> the answer in it: opens what answers are wrapped in, and keeps what stands beside.

In this order: a byte-order mark, one closed reasoning block at the start, end tokens at the end,
LaTeX commands around a statement, an invented next example behind a label alone, one code fence,
one table or lines of keys and values, one JSON object, and what stands beside a label's word (`adornments`).
What stands before a fence, a table or an object stays part of the answer, so that it must be accounted for,
but for a sentence that only announces it; what stands behind it, or under a declared key for reasons, is
the answer's reason.

Nothing is dropped unread: every word of a completion is in the answer, or in what is kept beside it,
or the contract declares that it may be taken off, and it is among what was taken.
"""

import re
from typing import NamedTuple

import regex

from polarity.contract.adornments import CHOICES_OPEN, Taken, without_adornments
from polarity.contract.canonical import Refused, canonical, canonical_answer, refuse_disguise
from polarity.contract.checks import WORDS
from polarity.contract.json_answers import Opened, open_json, read_object
from polarity.contract.leads import DRESS, whole_lead, without_announcement
from polarity.contract.letters import LETTERED
from polarity.contract.loading import Contract
from polarity.contract.negation import CLAUSE_END
from polarity.contract.reasons import stated_alone
from polarity.contract.statements import read_framed, read_whole
from polarity.contract.tables import Table, read_lines, read_table

BYTE_ORDER_MARK = "\ufeff"
CUT = " ..."  # what a cut answer goes on with
FENCE = regex.compile(
    r"(?P<before>[^`]*)```(?P<tag>[^\n`]*)\n(?P<inside>[^`]*)(?:```(?P<after>[^`]*))?"
)  # which the token limit may have left open
OBJECT = regex.compile(
    r"""\A[\s"'«“*]*+(?P<opens>\{|\[\s*[{"])|(?P<opens>\{\s*"[^"{}]*"\s*:)"""
)  # at the start whatever holds one, behind words only what is no mere brace
HIDES = re.compile(r"[{\[\n]")  # what canonical text may show an object by
NEXT_EXAMPLE = regex.compile(
    r"(?P<first>[^\n]++)\n(?:[ \t#*_=-]*+\n)++(?P<next>[^\n]{1,80})"
)  # a line, a blank one, a line
BLOCK_STARTS = ("<", "[")
TOKEN_ENDS = (">", "]")
AROUND = " \t\r\n\"'«»“”„*_"  # around a whole table it says nothing
MOST_NOTATIONS = 3  # one inside another
LONGEST_TOKEN = 64  # characters, with the blanks before it
UNWRAPPED = re.compile(
    r"[A-Za-z .,:;!?'\"*()-]*"
)  # holds nothing that could be taken off: most answers do not


class Answer(NamedTuple):
    """Canonical text of an answer, and of what was said beside it.

    `reason` stands behind the answer, `explanation` under the keys for reasons of a JSON object. Where
    something stands before such an object, `alone` is what the object holds, and `lead` is what stands
    before if that is whole sentences; both stand in `text`, too.
    `taken` is what was taken off as it stood there, each part with what it was.
    """

    text: str
    reason: str = ""
    explanation: str = ""
    lead: str = ""
    alone: str = ""
    taken: tuple[tuple[str, str], ...] = ()


def unwrap(text: str, contract: Contract, *, cut: bool = False) -> Answer:
    """Open what an answer is wrapped in. `cut` says that the token limit ended the text.

    What is cut goes on with an ellipsis in its canonical text.

    >>> from polarity.contract import load_contract
    >>> text = '<think>They are angry.</think>{"label": "Negative", "reason": "It broke."}</s>'
    >>> answer = unwrap(text, load_contract())
    >>> answer.text, answer.explanation
    ('negative', 'it broke')
    >>> answer.taken[:2]
    (('reasoning block', '<think>They are angry.</think>'), ('end token', '</s>'))

    Raises:
        Refused: invisible or confusable characters, an unclosed reasoning block, broken JSON.
    """
    text = text.removeprefix(BYTE_ORDER_MARK).strip(" \t")
    taken: Taken = []
    if UNWRAPPED.fullmatch(text):
        said = canonical(text + CUT if cut else text)
        if not said.isalpha() and (CHOICES_OPEN in said or LETTERED.search(said)):
            said = without_adornments(said, contract, taken)
        return Answer(said, taken=tuple(taken))
    text = _without_marks(text, contract, taken)
    after, is_whole = "", False
    if "\n" in text:
        text, is_whole = _without_next_example(text, contract, taken)
        text, after = _without_fence(text, contract, taken)
    if opened := _object(text, after, contract, taken, cut=cut):
        return opened
    if cut and not after and not is_whole:
        text += CUT
    text = _bare(text, contract, taken)
    opened = _uncovered(text, after, contract, taken, cut=cut) if HIDES.search(text) else None
    return opened or Answer(text, canonical_answer(after) if after else "", taken=tuple(taken))


def _without_marks(text: str, contract: Contract, taken: Taken) -> str:
    """Take off what servers and habits leave around an answer, and refuse what is disguised."""
    if text.lstrip().startswith(BLOCK_STARTS):
        text = _without_reasoning(text.lstrip(), contract, taken)
    refuse_disguise(text)
    if text.rstrip().endswith(TOKEN_ENDS):
        text = _without_end_tokens(text.rstrip(), contract, taken)
    return _without_notations(text, contract, taken) if "\\" in text else text


def _object(text: str, after: str, contract: Contract, taken: Taken, *, cut: bool) -> Answer | None:
    """Read a table, lines of keys and values, or JSON; None where a text holds none of them."""
    if contract.rules.tables and "\n" in text and (table := _table(text, contract, cut=cut)):
        read = _in_table(table, after, contract, taken)
        if read:
            return read
    opening = OBJECT.search(text) if "{" in text or "[" in text else None
    if opening is None:
        return None
    start = opening.start("opens")
    return _opened(text[:start], open_json(text[start:].lstrip(), contract), after, contract, taken)


def _uncovered(text: str, after: str, contract: Contract, taken: Taken, *, cut: bool) -> Answer | None:
    """Read lines of keys and values that only canonical text shows, behind a picture or in brackets.

    An object or a fence that only shows there is none.
    """
    table = _table(text, contract, cut=cut) if contract.rules.tables and "\n" in text else None
    read = _in_table(table, after, contract, taken) if table else None
    if read is None and OBJECT.search(text):
        raise Refused("malformed_json")
    if "```" in text and FENCE.fullmatch(text):
        raise Refused("undeclared")
    return read


def reasoning_end(text: str, contract: Contract) -> int | None:
    """Give the place behind a closed reasoning block at the start of a text: 0 without a block.

    None where it never closes.

    >>> from polarity.contract import load_contract
    >>> reasoning_end("<think>Hm.</think>Neutral", load_contract())
    18
    """
    opening = contract.wrappings.reasoning.match(text)
    if opening is None:
        return 0
    name = re.escape(opening["tag"])
    closing = re.compile(rf"[<\[]/{name}[>\]]", re.IGNORECASE).search(text, opening.end())
    if closing:
        return closing.end()
    return None if text.startswith("<") else 0


def _without_reasoning(text: str, contract: Contract, taken: Taken) -> str:
    end = reasoning_end(text, contract)
    if end is None:
        raise Refused("truncated")
    if end:
        taken.append(("reasoning block", text[:end]))
    return text[end:].lstrip()


def _without_end_tokens(text: str, contract: Contract, taken: Taken) -> str:
    """Take off the end tokens at the very end: each may stand there several times."""
    tokens, end = contract.wrappings.end_tokens, len(text)
    while token := tokens.search(text, max(0, end - LONGEST_TOKEN), end):
        end = token.start()
    if end < len(text):
        taken.append(("end token", text[end:].strip()))
    return text[:end]


def _without_notations(text: str, contract: Contract, taken: Taken) -> str:
    """Take off commands around a statement, the innermost first."""

    def inside(found: re.Match[str]) -> str:
        said = canonical(found["inside"])
        if not read_whole(said, contract.tongue_of(said)):
            return str(found.group())
        taken.append(("notation", f"\\{found['name']}"))
        return str(found["inside"])

    for _ in range(MOST_NOTATIONS):
        text = contract.wrappings.notation.sub(inside, text)
    return text


def _without_next_example(text: str, contract: Contract, taken: Taken) -> tuple[str, bool]:
    """Cut behind a label alone on its line, where an example follows that the model invented."""
    openings = contract.wrappings.next_examples
    found = NEXT_EXAMPLE.match(text.lstrip()) if openings else None
    following = canonical(found["next"]) if found else ""
    if found is None or not following.startswith(openings) or _objects(following, contract):
        return text, False
    first = canonical(found["first"])
    contract = contract.tongue_of(first)
    if not read_whole(first, contract) and not read_framed(first, contract):
        return text, False
    taken.append(("next example", text.lstrip()[found.start("next") :]))
    return str(found["first"]), True


def _objects(following: str, contract: Contract) -> bool:
    """Say whether what looks like the next example objects to the label before it: "text: but actually"."""
    said = following.partition(":")[2]
    first = WORDS.search(said)
    word = first.group() if first else ""
    if (
        word in contract.contrasts
        or contract.denies(word)
        or stated_alone(CLAUSE_END.split(said), None, contract)
    ):
        return True
    return contract.retractions.finds(said) or contract.mention_pattern.finds(said)


def _without_fence(text: str, contract: Contract, taken: Taken) -> tuple[str, str]:
    """Give a text without its one fence, and what stands behind the fence."""
    fenced = FENCE.fullmatch(text) if "```" in text else None
    if fenced is None:
        return text, ""
    tag, inside = fenced["tag"].strip(), fenced["inside"]
    if tag and canonical(tag) in contract.wrappings.fence_tags:
        taken.append(("fence tag", tag))
    elif tag:
        inside = f"{tag}\n{inside}"
    return fenced["before"] + inside, fenced["after"] or ""


def _table(text: str, contract: Contract, *, cut: bool) -> Table | None:
    text = text.strip(AROUND)
    found = read_table(text, contract, cut=cut) if "|" in text else None
    return found or (None if cut else read_lines(text, contract))


def _in_table(table: Table, after: str, contract: Contract, taken: Taken) -> Answer | None:
    """Read a table as the object that it is; None where it says nothing plain."""
    try:
        opened = read_object(table.values, table.behind, contract)
        return _opened(table.before, opened, after, contract, [*taken, ("table", table.head)])
    except Refused:
        return None


def _opened(before: str, opened: Opened, after: str, contract: Contract, taken: Taken) -> Answer:
    """Put an opened object in its place."""
    if opened.behind and OBJECT.search(opened.behind):
        raise Refused("conflicting")
    if ("{" in opened.answer or "[" in opened.answer) and OBJECT.search(opened.answer):
        raise Refused("malformed_json")  # a cell, or a value, with half an object in it
    refuse_disguise(opened.answer)  # a JSON escape may have hidden one until now
    taken.append(("JSON", " ".join(opened.unread)))
    if before:
        before = without_announcement(before, contract, taken)
    lead = whole_lead(before, contract) if before else ""
    return Answer(
        text=_bare(before + opened.answer, contract, taken),
        reason=canonical_answer(f"{opened.behind}\n{after}") if opened.behind or after else "",
        explanation=canonical_answer("\n".join(opened.reasons)) if opened.reasons else "",
        lead=lead,
        alone=_bare(opened.answer, contract, []) if before.strip(DRESS) else "",
        taken=tuple(taken),
    )


def _bare(text: str, contract: Contract, taken: Taken) -> str:
    """Give the canonical text of an answer, without what stands beside its label words."""
    text = canonical_answer(text)
    if text.startswith("<") and reasoning_end(text, contract) is None:
        raise Refused("truncated")  # it began in quotes, in a fence or in an object
    bare = without_adornments(text, contract, taken)
    if bare != text and bare.startswith(BLOCK_STARTS) and reasoning_end(bare, contract) != 0:
        raise Refused("truncated")  # it began behind a picture
    return bare
