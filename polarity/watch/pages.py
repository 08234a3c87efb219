"""What was found, for people: the same tables on a terminal, in Markdown and on a page, with pictures."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from itertools import groupby
from typing import Any, Final

from polarity.pages.flat import flattened
from polarity.pages.page import Page
from polarity.pages.tables import Sheet
from polarity.pages.timeline import sparkline, timeline
from polarity.watch.drift import Drift
from polarity.watch.plain import as_json
from polarity.watch.series import Kind, Series
from polarity.watch.slices import Slice
from polarity.watch.watching import SeenSetup, Watched, likely_since

MOST_SLICES: Final = 12
MOST_EVENTS: Final = 50
SHA256: Final = re.compile("[0-9a-f]{64}")
OF_A_HASH: Final = 12  # characters
NOT_SHOWN: Final = "not shown"
CALLED: Final[Mapping[Kind, str]] = {
    "label": "Share of labels",
    "no label": "Texts without a label",
    "confidence": "Mean confidence",
    "unknown": "Share of a text that is unknown",
    "language": "Languages",
    "disagreement": "BERT against the LLM: disagreement",
    "unmapped": "Unmapped answers, by reason",
    "noise": "Noise floor: another label, same text and setup",
    "shadow": "Disagreement with candidates",
}


def page_of(found: Watched) -> Page:
    """Put everything on a page."""
    question = found.question
    return Page(
        kind="Watch",
        about=question.side,
        headline=headline(found),
        origin=f"{found.store}, {_time(found.created)} UTC; polarity {version('polarity')}.",
        version=version("polarity"),
        data=as_json(found),
        sheets=sheets_of(found),
        judgement=f"{_start_of(found.judgement.reason)}.",
        lead=_lead(found),
        draw=lambda: pictures(found),
    )


def headline(found: Watched) -> str:
    """Say in one sentence whether anything drifted."""
    moved = [drift for drift in found.drifts if drift.is_found]
    if found.judgement.status == "inconclusive":
        return "Too little is known to say whether anything drifted"
    if not moved:
        return "Nothing is shown to have drifted"
    since = _time(likely_since(found, moved[0]))
    return f"{_start_of(_name(moved[0]))} drifted, likely since {since}" + (
        f", and {len(moved) - 1} more" if moved[1:] else ""
    )


def sheets_of(found: Watched) -> list[Sheet]:
    """Give every table."""
    return [
        _drifts(found),
        _expected(found),
        _changes(found),
        _setups(found),
        _events(found),
        _slices(found.slices),
    ]


def pictures(found: Watched) -> dict[str, str]:
    """Draw what is watched over the periods, a picture for each kind of which there was any, title -> SVG."""
    if not found.periods:
        return {}
    ends = (_time(found.periods[0].since), _time(found.periods[-1].until))
    return {
        CALLED[kind]: timeline(
            {each.name: each.means for each in group}, title=CALLED[kind], ends=ends, cut=found.reference
        )
        for kind, group in groupby(filter(_has_any, found.series), key=lambda each: each.kind)
    }


def _has_any(series: Series) -> bool:
    return any(series.means)


def _lead(found: Watched) -> str:
    question = found.question
    reference = question.reference
    assert reference is not None  # noqa: S101 - `watch` has filled it in
    return (
        f"{sum(found.counts):,} decisions of {question.side} from {_time(reference.since)} to "
        f"{_time(question.until)} UTC. The reference is up to {_time(reference.until)}; the test may be "
        f"looked at as often as one likes, and of 20 services that do not drift it reports one at most. That "
        f"is for texts that come by themselves: one that is sent a thousand times counts as a thousand. Less "
        f"than {question.tolerance:g} is no drift."
    )


def _drifts(found: Watched) -> Sheet:
    trends = {(each.kind, each.name): sparkline(each.means) for each in found.series}
    rows = [
        (
            _name(drift),
            _share(drift.before),
            _share(drift.after),
            f"{drift.at_least:+.3f} at least, since {_time(likely_since(found, drift))}"
            if drift.is_found
            else NOT_SHOWN,
            f"{drift.n_before:,} / {drift.n_after:,}",
            trends[drift.kind, drift.name],
        )
        for drift in found.drifts
    ]
    header = ("measure", "reference", "after", "moved", "decisions", "trend")
    note = "Each measure is a share, or a mean between 0 and 1. Decisions: in the reference, and after it."
    return Sheet("Against the reference", header, rows, note=note)


def _expected(found: Watched) -> Sheet:
    rows = [
        (
            name,
            _share(part.share),
            f"{part.bounds.low:.3f} to {part.bounds.high:.3f}",
            f"{part.n:,}",
            f"{part.without:,}",
        )
        for name, part in (
            ("reference", found.expected_before),
            ("after it", found.expected_after),
            (f"since {_time(found.question.since)}", found.expected_since),
        )
    ]
    note = (
        "The mean of calibrated confidence. It is the accuracy only as far as the confidence is calibrated "
        "for these texts, and on other ones it may be off by ten points and more, either way."
    )
    return Sheet(
        "Expected accuracy, without labels",
        ("when", "expected", "bounds", "labels", "without confidence"),
        rows,
        note=note,
    )


def _changes(found: Watched) -> Sheet:
    since = _time(found.question.since)
    title = f"What changed since {since}"
    if found.changes_from is None:
        return Sheet(title, ("measure",), [], note="There is nothing before it, or nothing since.")
    rows = [
        (
            _name(drift),
            _share(drift.before),
            _share(_since_mean(found, drift)),
            f"{drift.at_least:+.3f} at least" if drift.is_found else NOT_SHOWN,
        )
        for drift in found.changes
    ]
    header = ("measure", f"from {_time(found.changes_from)}", "since then", "moved")
    return Sheet(title, header, rows, note="As long before as since, as far as it is looked at.")


def _since_mean(found: Watched, drift: Drift) -> float | None:
    """Give the mean of all that came since, which the test's own is not where the change came later."""
    at = sum(period.until <= found.question.since for period in found.periods)
    series = next(each for each in found.series if (each.kind, each.name) == (drift.kind, drift.name))
    return series.mean_of(series.counts[at:].sum(0))


def _setups(found: Watched) -> Sheet:
    rows = [
        (
            str(seen.number),
            _time(seen.first),
            f"{seen.before:,}",
            f"{seen.since:,}",
            "new" if not seen.before else "gone" if not seen.since else "",
            _said(seen),
        )
        for seen in found.setups
    ]
    header = ("setup", "first seen", "decisions before", "since", "", "what it is")
    return Sheet("Setups", header, rows, foreign=("what it is",))


def _said(seen: SeenSetup) -> str:
    setup = seen.setup
    models = "; ".join(
        f"{name} {model.name} {model.weights[:12] if model.weights else 'of unknown weights'}"
        for name, model in setup.models.items()
    )
    contract = f"contract {setup.contract.id} {setup.contract.version}"
    made = f"{setup.backend}; {contract}; {models}; polarity {setup.polarity_version}"
    return f"{made}; fingerprint {setup.fingerprint[:12]}" if setup.fingerprint else made


def _events(found: Watched) -> Sheet:
    rows = [(_time(event.at), event.kind, _details(event.details)) for event in found.events[-MOST_EVENTS:]]
    return Sheet("Events since then", ("when", "what", "details"), rows, foreign=("what", "details"))


def _details(details: Mapping[str, Any]) -> str:
    """Spell what stands in an event's details; of a hash its beginning, of nothing nothing.

    >>> _details({"changed": ["bert.threads"], "models": {"bert": {"name": "small", "prompt": None}}})
    'changed: bert.threads; models.bert.name: small'
    """
    told = [
        (key, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in flattened(details)
        if value not in (None, [])
    ]
    return "; ".join(
        f"{key}: {value[:OF_A_HASH] if SHA256.fullmatch(value) else value}" for key, value in told
    )


def _slices(slices: Sequence[Slice]) -> Sheet:
    rows = [
        (
            part.of,
            part.name,
            f"{part.n:,}",
            _share(part.right),
            _share(part.rest),
            "yes" if part.is_worse else NOT_SHOWN,
            _share(part.no_label),
            _share(part.disagreement),
        )
        for part in slices[:MOST_SLICES]
    ]
    header = ("of", "slice", "decisions", "likely right", "all others", "worse", "no label", "disagreement")
    note = "Likely right is the mean confidence, where no label counts as 0. Of what came since then."
    return Sheet("The worst slices", header, rows, foreign=("slice",), note=note)


def _name(drift: Drift) -> str:
    return drift.kind if drift.kind == drift.name else f"{drift.kind} {drift.name}"


def _start_of(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.3f}"
