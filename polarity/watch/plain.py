"""What was found, as plain values: for pipelines, and for a page's data."""

from datetime import datetime
from typing import Any

from polarity.watch.drift import Drift
from polarity.watch.expected import Expected
from polarity.watch.slices import Slice
from polarity.watch.watching import SeenSetup, Watched, likely_since


def as_json(found: Watched) -> dict[str, Any]:
    """Give everything as plain values; shares are in [0, 1], times in ISO 8601."""
    question, reference = found.question, found.question.reference
    return {
        "store": found.store,
        "side": question.side,
        "created": found.created.isoformat(),
        "reference": reference and _window(*reference),
        "until": question.until.isoformat(),
        "since": question.since.isoformat(),
        "tolerance": question.tolerance,
        "judgement": found.judgement.as_json(),
        "periods": [
            {**_window(*period), "decisions": n}
            for period, n in zip(found.periods, found.counts, strict=True)
        ],
        "series": [{"kind": each.kind, "name": each.name, "means": each.means} for each in found.series],
        "drifts": [_drift_json(found, drift) for drift in found.drifts],
        "expected_accuracy": {
            "reference": _expected_json(found.expected_before),
            "after": _expected_json(found.expected_after),
            "since": _expected_json(found.expected_since),
        },
        "changes": [_moved_json(drift) for drift in found.changes],
        "setups": [_setup_json(seen) for seen in found.setups],
        "events": [
            {"at": e.at.isoformat(), "kind": e.kind, "details": dict(e.details)} for e in found.events
        ],
        "slices": [_slice_json(part) for part in found.slices],
        "noise_sample": found.repeats.share,
    }


def _window(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def _moved_json(drift: Drift) -> dict[str, Any]:
    return {
        "kind": drift.kind,
        "name": drift.name,
        "before": drift.before,
        "after": drift.after,
        "n_before": drift.n_before,
        "n_after": drift.n_after,
        "before_bounds": list(drift.before_bounds),
        "after_bounds": list(drift.after_bounds),
        "at_least": drift.at_least,
        "found": drift.is_found,
    }


def _drift_json(found: Watched, drift: Drift) -> dict[str, Any]:
    since = likely_since(found, drift).isoformat() if drift.is_found else None
    return _moved_json(drift) | {"likely_since": since}


def _expected_json(found: Expected) -> dict[str, Any]:
    return {
        "n": found.n,
        "share": found.share,
        "bounds": list(found.bounds),
        "without_confidence": found.without,
    }


def _setup_json(seen: SeenSetup) -> dict[str, Any]:
    return {
        "setup": seen.number,
        "first": seen.first.isoformat(),
        "before": seen.before,
        "since": seen.since,
        "backend": seen.setup.backend,
        "contract": seen.setup.contract._asdict(),
        "models": {name: model._asdict() for name, model in seen.setup.models.items()},
        "polarity": seen.setup.polarity_version,
        "fingerprint": seen.setup.fingerprint,
    }


def _slice_json(part: Slice) -> dict[str, Any]:
    return {
        "of": part.of,
        "name": part.name,
        "n": part.n,
        "likely_right": part.right,
        "bounds": list(part.bounds),
        "others": part.rest,
        "worse": part.is_worse,
        "no_label": part.no_label,
        "disagreement": part.disagreement,
    }
