"""How people spell a contract's labels, in files that are labelled already."""

from collections.abc import Iterable, Mapping

from polarity.contract.canonical import canonical


def spellings(*named: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Canonical spelling -> label, of pairs of a spelling and a label; what two labels share is left out.

    >>> spellings([("HAM", "HAM"), ("SPAM", "SPAM")], [("junk", "SPAM"), ("spam", "SPAM")])
    {'ham': 'HAM', 'spam': 'SPAM', 'junk': 'SPAM'}
    >>> spellings([("ok", "HAM"), ("OK", "SPAM")])
    {}
    """
    found: dict[str, set[str]] = {}
    for pairs in named:
        for spelling, label in pairs:
            found.setdefault(canonical(spelling), set()).add(label)
    return {spelling: labels.pop() for spelling, labels in found.items() if len(labels) == 1}
