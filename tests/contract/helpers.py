"""What several tests of the contract need."""

import random
import re

GROUP = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")


def some_text_of(pattern: str, seed: int) -> str:
    """Choose one of the texts that a pattern stands for: of some patterns there are millions."""
    chance = random.Random(seed)
    while GROUP.search(pattern):
        pattern = GROUP.sub(
            lambda group: chance.choice((group[1] or f"|{group[2]}").split("|")), pattern, count=1
        )
    return " ".join(pattern.split())
