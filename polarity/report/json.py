"""The JSON report: one object with everything, for machines and for mapping the answers again."""

import json
from dataclasses import asdict
from typing import Any, TextIO

from polarity.comparison import Summary
from polarity.report.content import Report
from polarity.report.judging import Judgement
from polarity.report.plain import pair_object
from polarity.stored import Origin


def write(file: TextIO, report: Report) -> None:
    """Write `summary`, `judgement`, `contract`, `meta` and `pairs`, of which one stands on each line."""
    file.write(f'{{\n  "summary": {_lines(summary_object(report.summary))}')
    file.write(f',\n  "judgement": {_lines(judgement_object(report.judgement))}')
    file.write(f',\n  "contract": {_lines(report.contract.ref._asdict())}')
    file.write(f',\n  "meta": {_lines(_meta(report))}')
    file.write(',\n  "pairs": [')
    file.writelines(
        (",\n    " if at else "\n    ") + _dumped(pair_object(pair, report))
        for at, pair in enumerate(report.pairs)
    )
    file.write("\n  ]\n}\n")


def _lines(value: dict[str, Any]) -> str:
    """One key a line: a person can read it, and a comparison of two reports shows what changed."""
    lines = (f"    {_dumped(key)}: {_dumped(item)}" for key, item in value.items())
    return "{\n" + ",\n".join(lines) + "\n  }"


def _dumped(value: Any) -> str:
    """Keep every string exact.

    Half of a surrogate pair, which UTF-8 cannot hold, is left to the file: `records.replacing`
    writes it as an escape that is JSON's own.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def summary_object(summary: Summary) -> dict[str, Any]:
    """The statistics as plain values. `matrix` counts: a row for each left category, right across."""
    return {
        "n": summary.n,
        "compared": summary.compared,
        "agreements": summary.agreements,
        "mapping_disagreements": summary.mapping_disagreements,
        "model_disagreements": summary.model_disagreements,
        "opposite": summary.opposite,
        "failures": summary.failures,
        "agreement": summary.agreement,
        "disagreement": summary.disagreement,
        "kappa": summary.kappa,
        "kappa_undefined": summary.kappa_undefined,
        "estimates": {name: asdict(found) for name, found in summary.estimates.items()},
        "matrix": {"categories": summary.categories, "counts": summary.matrix},
        "failed": {"left": summary.left_failures, "right": summary.right_failures},
        "unmapped": {"left": dict(summary.left_unmapped), "right": dict(summary.right_unmapped)},
        "decided_by": dict(summary.decided_by),
        "marginal_shift": asdict(summary.marginal_shift),
        "asymmetry": asdict(summary.asymmetry),
        "slices": [asdict(part) for part in summary.slices],
        "gold": summary.gold and asdict(summary.gold),
        "noise": summary.noise and asdict(summary.noise),
    }


def judgement_object(judgement: Judgement) -> dict[str, Any]:
    """What all gates come to, and each of them."""
    gates = [
        {
            **asdict(gate.bound),
            "found": gate.found.value,
            "n": gate.found.n,
            "status": gate.status,
            "reason": gate.reason,
        }
        for gate in judgement.gates
    ]
    return {"status": judgement.status, "reason": judgement.reason, "gates": gates}


def _meta(report: Report) -> dict[str, Any]:
    return {
        "created": report.created.isoformat(timespec="seconds"),
        "source": report.source,
        "left": {"backend": report.left.backend, "model": report.left.model},
        "right": {"backend": report.right.backend, "model": report.right.model},
        "version": report.version,
        "settings": dict(report.settings),
        "remapped": report.remapped and _origin(report.remapped),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "contract": origin.contract._asdict(),
        "created": origin.created.isoformat(timespec="seconds"),
    }
