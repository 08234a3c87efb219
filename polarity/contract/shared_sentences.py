"""Sentences that two lists of one contract both declare, though the lists count in different places.

`frames` count before and behind reasons, `leading` only before them, `closing` only behind them or as
the whole answer: a sentence in two of these lists contradicts itself. A part, `<name>`, is one word here.
"""

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from polarity.contract.languages import Language
from polarity.contract.parts import REFERENCE, read_sentence_pattern
from polarity.contract.patterns import Group
from polarity.contract.rules import Rules
from polarity.contract.sentences import UNKNOWN_WORD, WORDS, Sentences

LISTS = ("frames", "leading", "closing")


def declared_twice(key: str, declared: Rules | Language) -> Iterator[str]:
    """Say which sentence of one list another declares, too; the lists stand under `key`.

    >>> from polarity.contract import load_contract
    >>> list(declared_twice("rules", load_contract().file.rules))
    []
    """
    found = {name: getattr(declared, name) for name in LISTS}
    for one, other in combinations(LISTS, 2):
        if text := shared(found[one], found[other]):
            yield (
                f"{key}.{other}: {text!r} is already declared under {key}.{one}, and the two count in "
                f"different places: take it out of one"
            )


@lru_cache(maxsize=64)  # a contract with one line more asks again of the lists that it leaves alone
def shared(patterns: tuple[str, ...], others: tuple[str, ...]) -> str | None:
    """Give the shortest sentence that both sets of patterns stand for; None if there is none.

    >>> shared(("the (tone|mood) is {label}",), ("[overall,] the mood is {label}",))
    'the mood is {label}'
    """
    ours, theirs = _sentences(patterns), _sentences(others)
    waiting = deque([(ours.start, theirs.start, "")])
    seen = {(id(ours.start), id(theirs.start))}
    while waiting:
        here, there, text = waiting.popleft()
        if here.ends and there.ends:
            return text.strip()
        for word in sorted(ours.next_words(here) | theirs.next_words(there)):
            said = UNKNOWN_WORD if word == WORDS else word
            reached, answered = ours.after(here, said), theirs.after(there, said)
            if reached and answered and (id(reached), id(answered)) not in seen:
                seen.add((id(reached), id(answered)))
                waiting.append((reached, answered, f"{text} {word}"))
    return None


@lru_cache(maxsize=len(LISTS))
def _sentences(patterns: tuple[str, ...]) -> Sentences:
    names = {
        name: Group([[f"<{name}>"]], optional=False) for one in patterns for name in REFERENCE.findall(one)
    }
    return Sentences(read_sentence_pattern(pattern, names) for pattern in patterns)
