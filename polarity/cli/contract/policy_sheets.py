"""What a policy is worth, as tables: by who decided, and by the share of texts that went to the LLM."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polarity.pages.tables import Sheet

if TYPE_CHECKING:
    from polarity.tuning.policy_worth import Measured, Step


def sides(title: str, rows: Sequence["Measured"]) -> Sheet:
    """One line each: who decided, on which data, and how often it was right."""
    header = ("data", "who", "n", "accuracy", "macro-F1", "to the LLM", "against BERT [95 %]")
    cells = [(row.data, row.who, f"{row.n:,}", *_scores(row)) for row in rows]
    return Sheet(title, header, cells)


def shares(title: str, steps: Sequence["Step"]) -> Sheet:
    """One line each: the threshold, the share of texts that went to the LLM, and what they brought."""
    header = ("skip_llm_above", "accuracy", "macro-F1", "to the LLM", "against BERT [95 %]")
    cells = [
        ("-" if step.skip_llm_above is None else f"{step.skip_llm_above:.6f}", *_scores(step.measured))
        for step in steps
    ]
    return Sheet(title, header, cells)


def _scores(row: "Measured") -> tuple[str, str, str, str]:
    against = row.difference
    difference = f"{against.value:+.4f} [{against.low:+.4f}, {against.high:+.4f}]" if against else ""
    return f"{row.accuracy:.4f}", f"{row.macro_f1:.4f}", f"{row.llm_share:.1%}", difference
