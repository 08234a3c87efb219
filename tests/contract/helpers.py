"""What several tests of the contract need."""

import random
import re
from collections.abc import Mapping

from polarity.contract.parts import inlined

GROUP = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")


SLOTS = {"{words}": "green paint", "{quote}": '"we paint it green"'}


def some_text_of(pattern: str, seed: int, parts: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Choose one of the texts that a pattern stands for: of some patterns there are millions."""
    chance = random.Random(seed)
    pattern = inlined(pattern, parts or {})
    for slot, words in SLOTS.items():
        pattern = pattern.replace(slot, words)
    while GROUP.search(pattern):
        pattern = GROUP.sub(lambda group: chance.choice((group[1] or f"|{group[2]}").split("|")), pattern)
    return re.sub(r" '(?=\w)", "'", " ".join(pattern.split())).replace(" ,", ",").replace(" :", ":")
