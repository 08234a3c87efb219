"""An answer in a Markdown table: the keys and values of one object.

A table of one row is such an object: its header's cells are the keys, the row's the values. So is one of
two columns that has a key and its value in each row. A table with several rows of answers is none: nobody
knows which of them is the answer.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from polarity.contract.adornments import without_adornments
from polarity.contract.canonical import canonical
from polarity.contract.contradictions import is_doubted
from polarity.contract.loading import Contract
from polarity.contract.openings import repeats_input

RULE = r"\|?[ \t\r]*:?-+:?[ \t\r]*(?:\|[ \t\r]*:?-+:?[ \t\r]*)*\|?[ \t\r]*"
TABLE = re.compile(
    rf"^[ \t\r]*(?P<head>\|[^\n]*)\n[ \t\r]*{RULE}(?P<rows>(?:\n[ \t\r]*\|[^\n]*)+)", re.MULTILINE
)
CELL_END = re.compile(r"(?<!\\)\|")
KEYED = re.compile(
    r"[ \t]*(?:(?:[-*\u2022+]|\d{1,2}[.)])[ \t]+)?"
    r"(?P<key>[*_]{0,3}\w[\w /-]{0,30}[*_]{0,3})[ \t]*:(?P<value>[^\n]+)"
)
MOST_NAMED = 3  # words under a key that may stand beside the label; more is an input
PAIR = 2
CUT = " ..."  # what a cut cell goes on with


class Table(NamedTuple):
    """What a table says, and what stands before it and behind it."""

    before: str
    values: Mapping[str, str]
    behind: str
    head: str  # as it stands there


def read_table(text: str, contract: Contract, *, cut: bool = False) -> Table | None:
    r"""Read the one table in a text; None if there is none, or one that is no object.

    `cut` says that the token limit ended the text: a last cell that never closes then goes on.

    >>> from polarity.contract import load_contract
    >>> text = "| Text | Sentiment |\n|---|---|\n| It works. | Positive |"
    >>> dict(read_table(text, load_contract()).values)
    {'Text': 'It works.', 'Sentiment': 'Positive'}
    """
    found = TABLE.search(text)
    if found is None or TABLE.search(text, found.end()):
        return None
    head, *rows = [_cells(line) for line in (found["head"], *found["rows"].strip().split("\n"))]
    if cut and found.end() == len(text) and not text.rstrip().endswith("|"):
        rows[-1][-1] += CUT
    pairs = _pairs(head, rows, contract)
    values = dict(pairs)
    if not values or len(values) < len(pairs):
        return None
    return Table(text[: found.start()], values, text[found.end() :], found["head"])


def read_lines(text: str, contract: Contract) -> Table | None:
    r"""Read lines of keys and values as the object that they are; None where the first names the label.

    A line that opens as an input of the prompt does makes none: whose label follows nobody knows.

    >>> from polarity.contract import load_contract
    >>> dict(read_lines("Topic: price\nSentiment: Negative", load_contract()).values)
    {'Topic': 'price', 'Sentiment': 'Negative'}
    """
    lines = [line for line in text.split("\n") if line.strip()]
    found = list(takewhile(bool, map(KEYED.fullmatch, lines)))
    if len(found) < max(len(lines), PAIR):
        return None
    pairs = [(canonical(line["key"]), line["key"], line["value"]) for line in found if line]
    keys = [key for key, _, _ in pairs]
    if len(set(keys)) < len(keys):
        return None
    if keys[0] in contract.wrappings.label_keys or _begins_as_label(keys[0], contract):
        return None
    inputs = {word.rstrip(":") for word in contract.prompt_lines}
    if any(_is_input(key, value, inputs, contract) for key, _, value in pairs):
        return None
    if any(repeats_input(f"{key}: ", contract) for key in keys) or is_doubted(canonical(text), contract):
        return None
    return Table("", {name: value.strip() for _, name, value in pairs}, "", " ".join(keys))


def _begins_as_label(key: str, contract: Contract) -> bool:
    """Say whether a key's first word goes on behind a label's: cut there, the text would state that label."""
    named = contract.wrappings.names.match(key)
    return named is not None and key[named.end() : named.end() + 1].isalnum()


def _is_input(key: str, value: str, inputs: Collection[str], contract: Contract) -> bool:
    """Say whether a line repeats an input, or makes one up: "example: it leaks", "review 1: it leaks"."""
    if any(word in inputs for word in key.split()):
        return True
    return key in contract.wrappings.side_keys and len(value.split()) > MOST_NAMED


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    return [cell.strip() for cell in CELL_END.split(line.removesuffix("|"))]


def _pairs(head: list[str], rows: Sequence[list[str]], contract: Contract) -> list[tuple[str, str]]:
    """Give the keys of a table with their values, or nothing. A key goes without the list of choices."""
    head = [_key(cell, contract) for cell in head]
    keys, label_keys = [canonical(cell) for cell in head], contract.wrappings.label_keys
    if any(len(row) != len(head) for row in rows):
        return []
    if len(rows) == 1 and any(key in label_keys for key in keys) and not contract.mentions.keys() & keys:
        return list(zip(head, rows[0], strict=True))
    if len(head) == PAIR and keys[1] not in label_keys:
        return [(key, value) for key, value in (head, *rows)]
    return []


def _key(cell: str, contract: Contract) -> str:
    key = canonical(cell)
    bare = without_adornments(key, contract, [])
    return cell if bare == key else bare
