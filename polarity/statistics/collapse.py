"""Whether a classifier has collapsed: a label is never given, or nearly everything is given the same one."""

from collections import Counter
from collections.abc import Sequence

FEWEST = 5  # rows of a label, of which a classifier that knows half of it misses all once in 32 times
LEAST_SHARE = 0.1  # of the rows with other labels: as many must at least be given another one
FEWEST_TEXTS = 30  # without gold: so many of one label may well be what a file is


def collapse(gold: Sequence[str], given: Sequence[str]) -> str | None:
    """Say in what way the labels `given` to rows have collapsed; None where they have not.

    A label of which there are at least 5 rows is never given, or one is given to so many rows that not a
    tenth of those left for the others remain. Both are relative to gold: 98 % of one label may be right.

    >>> collapse(["HAM"] * 8 + ["SPAM"] * 6, ["HAM"] * 14)
    'never gives SPAM, which 6 of 14 rows are'
    >>> collapse(["HAM"] * 50 + ["SPAM"] * 50, ["SPAM"] + ["HAM"] * 99)
    'gives HAM to 99 of 100 rows, of which 50 are'
    >>> collapse(["HAM"] * 98 + ["SPAM"] * 2, ["HAM"] * 99 + ["SPAM"]) is None
    True
    """
    if not gold:
        return None
    wanted, found = Counter(gold), Counter(given)
    never = [label for label in sorted(wanted) if wanted[label] >= FEWEST and not found[label]]
    if never:
        rows = ", ".join(f"{wanted[label]:,}" for label in never)
        return f"never gives {', '.join(never)}, which {rows} of {len(gold):,} rows are"
    label, most = found.most_common(1)[0]
    if len(given) - most < LEAST_SHARE * (len(gold) - wanted[label]):
        return f"gives {label} to {most:,} of {len(gold):,} rows, of which {wanted[label]:,} are"
    return None


def collapse_unseen(given: Sequence[str]) -> str | None:
    """Say whether at least 30 texts without gold have all been given one label; None where they have not.

    >>> collapse_unseen(["HAM"] * 100)
    'gives HAM to all of 100 texts'
    >>> collapse_unseen(["HAM"] * 29 + ["SPAM"]) is None
    True
    """
    if len(given) < FEWEST_TEXTS or len(set(given)) > 1:
        return None
    return f"gives {given[0]} to all of {len(given):,} texts"
