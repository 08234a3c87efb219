"""Which rows of a file are trained on, and which fifth is kept to choose by: the same ones in every run."""

import hashlib
from typing import Literal

Side = Literal["train", "dev"]
PARTS = 5  # of which one is dev's


def folded(text: str) -> str:
    """Give what texts have in common that differ in case and white space only.

    >>> folded(" A  Kettle.") == folded("a kettle.")
    True
    """
    return " ".join(text.casefold().split())


def side_of(group: str) -> Side:
    """Say on which side whatever is called `group` stands; case and white space make no other name.

    >>> side_of("It broke."), side_of("A kettle."), side_of("a  kettle.")
    ('train', 'dev', 'dev')
    """
    digest = hashlib.sha256(folded(group).encode("utf-8", "surrogatepass")).digest()
    return "dev" if int.from_bytes(digest[:8]) % PARTS == 0 else "train"
