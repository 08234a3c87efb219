"""What an answer says first: when that alone would be read as another label than its closing statement.

Whoever gets only the beginning of such an answer, because it was cut, would read the opposite. What states
by itself at the very beginning therefore counts, whatever follows it: a label's word, alone or in a frame,
a lettered choice, a description that does not turn at once.
"""

import re

from polarity.contract.checks import WORDS
from polarity.contract.contradictions import shows_another_feeling
from polarity.contract.letters import LETTERED
from polarity.contract.loading import Contract
from polarity.contract.statements import LONGEST_HEAD, read_framed, read_whole

PART = re.compile(r"(?<=[.!?])\s|\n")
WORD_END = re.compile(r"\w*")
LONGEST_MARK = 20  # characters of what may stand before a choice: "option (a)"
TURN = 4  # words of a second sentence within which it turns from the first


def says_another_first(text: str, label: str | None, contract: Contract, *, turns: bool = False) -> bool:
    """Say whether the beginning of a text, which goes on, states another label by itself.

    `turns` says that what follows the text turns from it.

    >>> from polarity.contract import load_contract
    >>> contract = load_contract()
    >>> says_another_first("negative beca positive", "POSITIVE", contract)
    True
    >>> ends = (".", ", but glad.")
    >>> [says_another_first(f"the author is angry{end}", "POSITIVE", contract) for end in ends]
    [True, False]
    """
    if label is None:
        return False
    first, *others = PART.split(text, maxsplit=1)
    if _lists_choices(text, label, contract) or _names_another(first[:LONGEST_HEAD], label, contract):
        return True
    return _describes_another(first, others, label, contract, turns=turns)


def may_turn(rest: str) -> bool:
    """Say whether a cut text may still turn from its first sentence; `rest` is what is behind its cue.

    >>> may_turn(". h ..."), may_turn(". they do not like the colour of it, eith ...")
    (True, False)
    """
    if not rest.endswith("..."):
        return False
    _, *others = PART.split(rest.rstrip(" ."), maxsplit=1)
    return not others or len(WORDS.findall(others[0])) <= TURN + 1  # whose last may be cut


def _lists_choices(text: str, label: str, contract: Contract) -> bool:
    """Say whether a text begins with lettered choices of which the first is another label's."""
    letters = contract.wrappings.letters if LETTERED.search(text, 0, LONGEST_MARK) else None
    listed = letters.listed.match(text) if letters else None
    return listed is not None and contract.labels_of_words[listed["first"]] != label


def _names_another(first: str, label: str, contract: Contract) -> bool:
    """Say whether a sentence, up to a word that names or begins a label's in any language, states another."""
    words = {label: word for word, label in contract.labels_of_words.items() if word in contract.mentions}
    for found in contract.wrappings.names.finditer(first):
        named, ends = contract.mentions[found.group()], WORD_END.match(first, found.end())
        if named == label or contract.asides.match(first, ends.end() if ends else found.end()):
            continue
        said = first[: found.start()] + words.get(named, found.group())
        stated = read_whole(said, contract) or read_framed(said, contract)
        if stated and stated.label not in (None, label):
            return True
    return False


def _describes_another(first: str, others: list[str], label: str, contract: Contract, *, turns: bool) -> bool:
    """Say whether a sentence describes another label, and neither it nor the beginning of the next turns."""
    words = contract.description
    described = words.pattern.match(first, 0, LONGEST_HEAD) if words and words.anywhere.finds(first) else None
    if words is None or described is None:
        return False
    states = words.states(described["cue"], sum(map(contract.denies, WORDS.findall(described["lead"]))))
    if states in (None, label):
        return False
    rest = first[described.end("cue") :]
    if contract.contrast_pattern.finds(rest) or shows_another_feeling(rest, states, contract):
        return False
    if not others:
        return not turns
    begun = list(WORDS.finditer(others[0]))[:TURN]
    return not contract.contrast_pattern.finds(others[0][: begun[-1].end()] if begun else "")
