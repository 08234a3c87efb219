"""What is read of a text that has more tokens than the network reads at once.

right       its start
head_tail   a quarter from its start, three from its end (Sun et al. 2019, "How to fine-tune BERT for
            text classification": reviews conclude at the end)
window      all of it, in windows of one length whose starts are as far apart as can be; the
            probabilities of the windows are averaged
error       nothing: the text is refused
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

Overflow = Literal["error", "right", "head_tail", "window"]
HEAD_SHARE = 4  # one part of so many is taken from the start


class Frame(NamedTuple):
    """How many tokens of its own a tokenizer puts before and behind a text."""

    before: int
    behind: int


def frame_of(marks: Sequence[int]) -> Frame:
    """Count by the marks of a text of one letter, 1 for a token of the tokenizer's own.

    >>> frame_of([1, 0, 1]), frame_of([0, 1, 1]), frame_of([1, 1])  # BERT, XLNet, no token for the letter
    (Frame(before=1, behind=1), Frame(before=0, behind=2), Frame(before=2, behind=0))
    """
    before = next((at for at, mark in enumerate(marks) if not mark), len(marks))
    return Frame(before, next((at for at, mark in enumerate(reversed(marks)) if not mark), 0))


def readings(ids: Sequence[int], frame: Frame, length: int, overflow: Overflow) -> list[list[int]]:
    """Give what is read of a text's `ids`: lists of at most `length`, each within the text's own frame.

    >>> ids = [101, 1, 2, 3, 4, 5, 6, 102]
    >>> readings(ids, Frame(1, 1), 6, "right")
    [[101, 1, 2, 3, 4, 102]]
    >>> readings(ids, Frame(1, 1), 6, "head_tail")
    [[101, 1, 4, 5, 6, 102]]
    >>> readings(ids, Frame(1, 1), 6, "window")
    [[101, 1, 2, 3, 4, 102], [101, 3, 4, 5, 6, 102]]
    >>> readings(ids, Frame(1, 1), 6, "error"), readings(ids, Frame(1, 1), 8, "error")
    ([], [[101, 1, 2, 3, 4, 5, 6, 102]])
    """
    if len(ids) <= length:
        return [list(ids)]
    end = len(ids) - frame.behind
    start, body, stop = list(ids[: frame.before]), list(ids[frame.before : end]), list(ids[end:])
    return [start + piece + stop for piece in _pieces(body, length - sum(frame), overflow)]


def _pieces(body: list[int], room: int, overflow: Overflow) -> list[list[int]]:
    match overflow:
        case "error":
            return []
        case "right":
            return [body[:room]]
        case "head_tail":
            head = room // HEAD_SHARE
            return [body[:head] + body[head - room :]]
        case "window":
            last = -(-len(body) // room) - 1
            starts = [round(at * (len(body) - room) / last) for at in range(last + 1)]
            return [body[start : start + room] for start in starts]
