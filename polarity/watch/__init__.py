"""Watching what was decided: what it looks like over time, and whether it is still what it was.

`watch` answers a `Question` from a store alone, and `page_of` shows it.
"""

from polarity.watch.pages import page_of
from polarity.watch.watching import STATEMENT_S, Question, Watched, question_of, watch

__all__ = ["STATEMENT_S", "Question", "Watched", "page_of", "question_of", "watch"]
