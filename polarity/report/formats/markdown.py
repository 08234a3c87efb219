"""The Markdown report: short, for a pull request or a job's summary page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from polarity.comparison import AgainstGold, Pair
from polarity.pages.invisible import message_text, visible
from polarity.pages.markdown import escaped, quoted, table
from polarity.report import figures, wording
from polarity.report.content import Report
from polarity.report.formats.values import decision_object
from polarity.report.listing import Listed
from polarity.report.listing import listed as listed_pairs
from polarity.statistics.counted import counted
from polarity.statistics.intervals import Interval
from polarity.types import Answer, Completion

# Pairs of each kind, and characters of a text: a comment on a pull request holds 65,536 characters.
MOST, LONGEST = 40, 200


def write(file: TextIO, report: Report) -> None:
    """Write the headline, the figures, the matrix, and of each kind the `MOST` pairs to look at first.

    What comes from outside, names of columns too, is escaped or stands in code.
    """
    file.writelines(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    left, right = (escaped(wording.name(side)) for side in report.subject.sides)
    yield f"# Do {left} and {right} agree?"
    yield ""
    yield f"**{escaped(' '.join(wording.headline(report)))}**"
    yield ""
    for sentence in report.subject.warnings:
        yield f"Warning: {escaped(visible(sentence))}."
        yield ""
    yield from _gates(report)
    yield from _figures(report)
    yield from _matrix(report)
    if report.summary.decided_by:
        yield from _counts("Decided by", report.summary.decided_by.items())
    yield from _unmapped(report)
    yield from _left_out(report)
    for listed in listed_pairs(report):
        yield from _pairs(listed, report)
    yield from _origin(report)


def _figures(report: Report) -> Iterator[str]:
    summary = report.summary
    if summary.kappa is None:
        yield f"Cohen's kappa is undefined: {escaped(summary.kappa_undefined or '')}."
    else:
        yield (
            f"Cohen's kappa is {summary.kappa:.2f} ({wording.kappa_word(summary.kappa)} agreement): "
            "0 is what luck alone would reach, 1 is perfect."
        )
    yield ""
    left, right = wording.name(report.subject.left.called), wording.name(report.subject.right.called)
    said = ([found.name, escaped(found.value), found.meaning] for found in figures.estimates(summary))
    yield from _table(["measure", "value (95 %)", "what it means"], said)
    yield from (f"{escaped(sentence)}\n" for sentence in figures.lean(summary, left, right))
    if summary.noise:
        yield f"{escaped(figures.noise(summary.noise, right))}\n"
    if summary.gold:
        yield from _gold(summary.gold, {"left": left, "right": right, "decision": "the decision"})
    yield from _slices(report)


def _gold(gold: AgainstGold, names: Mapping[str, str]) -> Iterator[str]:
    yield f"## Against {counted(gold.n, 'messages')} with a gold label"
    yield ""
    rows = (
        [escaped(names[who]), _share(found.accuracy), _share(found.macro_f1)]
        for who, found in gold.graded.items()
    )
    yield from _table(["who", "accuracy (95 %)", "macro-F1 over the labels in gold (95 %)"], rows)
    yield from (f"{escaped(sentence)}\n" for sentence in figures.differences(gold, names))
    oracle = figures.oracle(gold.oracle, names["left"], names["right"])
    yield from _table(["who is right", "messages"], ([escaped(who), f"{count:,}"] for who, count in oracle))


def _share(found: Interval) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _slices(report: Report) -> Iterator[str]:
    if worst := figures.worst_slices(report.summary):
        yield "## Where they differ more than elsewhere"
        yield ""
        rows = (
            [
                escaped(part.of),
                quoted(message_text(part.name)),
                f"{part.n:,}",
                _share(part.disagreement),
                figures.p_value(part.p),
            ]
            for part in worst
            if part.p is not None
        )
        yield from _table(["slice of", "slice", "messages", "disagreement (95 %)", "p (Holm)"], rows)


def _gates(report: Report) -> Iterator[str]:
    if gates := report.judgement.gates:
        yield f"## {'Gate' if len(gates) == 1 else 'Gates'} {report.judgement.status}"
        yield ""
        yield from _table(["gate", "result"], ([escaped(gate.reason), gate.status] for gate in gates))


def _matrix(report: Report) -> Iterator[str]:
    names = report.summary.categories
    left, right = wording.title(report.subject.left.called), wording.title(report.subject.right.called)
    yield f"## {escaped(left)} down, {escaped(right)} across"
    yield ""
    rows = zip(names, report.summary.matrix, strict=True)
    yield from _table(["", *names], ([escaped(name), *map(str, row)] for name, row in rows))


def _counts(heading: str, counts: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    yield from _table([heading, "messages"], ([escaped(name), str(count)] for name, count in counts))


def _unmapped(report: Report) -> Iterator[str]:
    """List the answers that were not mapped, alike ones as one, and what would suggest a reading."""
    sides, summary = report.subject.sides, report.summary
    answers = (summary.left_unmapped_answers, summary.right_unmapped_answers)
    rows = sorted(
        (
            (-count, [quoted(visible(text)), escaped(wording.title(side)), reason, f"{count:,}"])
            for side, found in zip(sides, answers, strict=True)
            for text, reason, count in found
        ),
        key=lambda row: row[0],
    )
    if rows:
        yield "## What was written and could not be mapped"
        yield ""
        yield from _table(["it wrote", "who", "reason", "messages"], [cells for _, cells in rows[:MOST]])
        how = "" if report.stored else f", after a report as JSON, too ({quoted('-o report.json')})"
        yield f"For lines that would read them{how}: {quoted(visible(wording.suggest_command(report)))}"
        yield ""


def _left_out(report: Report) -> Iterator[str]:
    if report.left_out.rows:
        yield f"## Rows that were left out ({report.left_out.rows:,})"
        yield ""
        rows = (
            [quoted(visible(reason.problem)), f"{reason.rows:,}", quoted(visible(reason.first))]
            for reason in report.left_out.reasons[:MOST]
        )
        yield from _table(["reason", "rows", "first at"], rows)


def _pairs(listed: Listed, report: Report) -> Iterator[str]:
    left, right = wording.title(report.subject.left.called), wording.title(report.subject.right.called)
    shown = listed.pairs[:MOST]
    some = "" if listed.total == len(shown) else f", {len(shown):,} of them shown"
    yield f"## {listed.title} ({listed.total:,}{some})"
    yield ""
    yield listed.lead
    yield ""
    yield from _table(["id", "text", left, right, "decision", "gold"], map(_pair_cells, shown))


def _pair_cells(pair: Pair) -> list[str]:
    decision = decision_object(pair.result)
    said = ", ".join(filter(None, (decision["label"], decision["decided_by"])))
    return [
        quoted(message_text(pair.id)),
        quoted(message_text(pair.text if len(pair.text) <= LONGEST else f"{pair.text[:LONGEST]}…")),
        _answer(pair.left),
        _answer(pair.right),
        escaped(said),
        escaped(pair.gold or ""),
    ]


def _answer(answer: Answer) -> str:
    said = f" {quoted(visible(answer.raw.text[:LONGEST]))}" if isinstance(answer.raw, Completion) else ""
    return escaped(wording.what_happened(answer.outcome)) + said


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield from table([escaped(cell) for cell in header], list(rows))
    yield ""


def _origin(report: Report) -> Iterator[str]:
    subject, ref = report.subject, report.subject.contract.ref
    left, right = (
        f"{escaped(side.called)}: {quoted(visible(side.model))}"
        for side in (report.subject.left, report.subject.right)
    )
    yield (
        f"{quoted(visible(subject.source))}, {subject.created:%Y-%m-%d %H:%M %Z}; contract {ref.id} "
        f"{ref.version} ({ref.sha256[:12]}); {left}; {right}; polarity {escaped(report.subject.version)}."
    )
    if tokens := wording.tokens(report):
        yield ""
        yield escaped(" ".join(tokens))
    if report.subject.remapped:
        yield ""
        yield f"Remapped: {escaped(wording.origin(report.subject.remapped))}."
