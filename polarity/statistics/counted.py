"""A number and what it counts, as it is said."""

import re

NOUN = re.compile(r"s\b")


def counted(count: int, things: str) -> str:
    """Count things, of whose words in the plural the first that ends in an s is the noun.

    >>> counted(1, "model disagreements"), counted(1234, "texts with gold")
    ('1 model disagreement', '1,234 texts with gold')
    """
    return f"{count:,} {NOUN.sub('', things, count=1) if count == 1 else things}"
