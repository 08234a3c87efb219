"""What a policy is worth as a page, in each format, and as tables for a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from polarity.pages.page import Page, Provenance
from polarity.pages.tables import Sheet
from polarity.statistics.intervals import Interval
from polarity.tuning.policy_worth import POOLED, SweepPoint, Worth

BERT, LLM = "against BERT (95 %)", "against the LLM (95 %)"


def policy_page(
    measured: Sequence[Worth],
    points: Sequence[SweepPoint],
    *,
    reports: Sequence[str],
    made: Provenance,
) -> Page:
    """Put what `compare` and `sweep` found on a page; `reports` names the files that were read."""
    about, name = ", ".join(reports), f"{made.contract.id} {made.contract.version}"
    whole = _whole(measured)
    rows = {"measured": [asdict(row) for row in measured], "sweep": [asdict(point) for point in points]}
    return Page(
        kind="Policy tried",
        about=about,
        headline=_headline(whole),
        lead=_lead(whole["both"]),
        origin=made.sentence(about),
        version=made.version,
        data={
            "about": {"reports": list(reports), "created": made.created.isoformat(), "version": made.version},
            "contract": made.contract._asdict(),
            **rows,
        },
        sheets=[
            sides(f"The policy of {name} and each backend alone", measured),
            gains(f"The policy of {name} against each backend alone", measured),
            shares("Accuracy by the share of texts that go to the LLM", points),
        ],
        draw=lambda: _pictures(points),
    )


def sides(title: str, rows: Sequence[Worth]) -> Sheet:
    """One line each: who decided, on which data, and how often it was right."""
    header = ("data", "who", "n", "accuracy", "macro-F1", "to the LLM")
    return Sheet(title, header, [(row.data, row.who, f"{row.n:,}", *_scores(row)) for row in rows])


def gains(title: str, rows: Sequence[Worth]) -> Sheet:
    """One line for each that both decided: the difference in accuracy to each backend alone."""
    cells = [
        (row.data, row.who, _spelled(row.difference), _spelled(row.against_llm))
        for row in rows
        if row.difference and row.against_llm
    ]
    return Sheet(title, ("data", "who", BERT, LLM), cells)


def shares(title: str, points: Sequence[SweepPoint]) -> Sheet:
    """One line each: the threshold, the share of texts that went to the LLM, and what they brought."""
    header = ("skip_llm_above", "accuracy", "macro-F1", "to the LLM", BERT)
    cells = [
        (
            "-" if point.skip_llm_above is None else f"{point.skip_llm_above:.6f}",
            *_scores(point.measured),
            _spelled(point.measured.difference),
        )
        for point in points
    ]
    return Sheet(title, header, cells)


def _whole(measured: Sequence[Worth]) -> dict[str, Worth]:
    """Give what was measured on all rows, by who decided: pooled, or of the only file."""
    pooled = len({row.data for row in measured}) > 1
    return {row.who: row for row in measured if not pooled or row.data == POOLED}


def _headline(whole: Mapping[str, Worth]) -> str:
    both, bert = whole["both"], whole["bert"]
    return (
        f"The policy is right on {both.accuracy:.1%} of {both.n:,} texts, BERT alone on {bert.accuracy:.1%}."
    )


def _lead(both: Worth) -> str:
    sent = f"{both.llm_share:.1%} of the texts go to the LLM."
    if not (change := both.difference):
        return sent
    low, high = 100 * change.low, 100 * change.high
    return f"That is {100 * change.value:+.1f} points (95 %: {low:+.1f} to {high:+.1f}); {sent}"


def _pictures(points: Sequence[SweepPoint]) -> dict[str, str]:
    from polarity.pages.charts import lines_chart

    series = {
        "accuracy": [(point.measured.llm_share, point.measured.accuracy) for point in points],
        "macro-F1": [(point.measured.llm_share, point.measured.macro_f1) for point in points],
    }
    title = "What more LLM calls bring"
    return {title: lines_chart(series, title=title, x="share of texts that go to the LLM", y="score")}


def _scores(row: Worth) -> tuple[str, str, str]:
    return f"{row.accuracy:.4f}", f"{row.macro_f1:.4f}", f"{row.llm_share:.1%}"


def _spelled(found: Interval | None) -> str:
    return f"{found.value:+.4f} ({found.low:+.4f} to {found.high:+.4f})" if found else ""
