"""The JSON report: one object with everything, for machines and for mapping the answers again."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from shutil import copyfileobj
from typing import Any, TextIO

from polarity.comparison import Pair, Summary, kind
from polarity.records import beside
from polarity.report.content import Report, Subject
from polarity.report.formats.values import Remembered, decision_object
from polarity.stored import Origin, Side, spelled
from polarity.types import Answer

ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Pairs:
    """Takes pairs into a file beside the target, and puts what they come to in front of them."""

    def __init__(self, file: TextIO, taken: TextIO, subject: Subject) -> None:
        self._file, self._taken, self._subject = file, taken, subject
        self._none_yet = True
        self._left, self._right = (Remembered(_spelling(side)) for side in (subject.left, subject.right))

    def add(self, pair: Pair) -> None:
        """Take one pair."""
        self._taken.write("\n    " if self._none_yet else ",\n    ")
        head, tail = _dumped(_head(pair))[:-1], _dumped(_tail(pair))[1:]
        self._taken.write(
            f'{head}, "left": {self._left(pair.left)}, "right": {self._right(pair.right)}, {tail}'
        )
        self._none_yet = False

    def finish(self, report: Report) -> None:
        """Write `summary`, `judgement`, `contract`, `left_out`, `meta`, and `pairs`, one pair a line."""
        self._file.write(f'{{\n  "summary": {_lines(summary_object(report.summary))}')
        self._file.write(f',\n  "judgement": {_lines(report.judgement.as_json())}')
        self._file.write(f',\n  "contract": {_lines(self._subject.contract.ref._asdict())}')
        self._file.write(f',\n  "left_out": {_lines(asdict(report.left_out))}')
        self._file.write(f',\n  "meta": {_lines(_meta(self._subject))}')
        self._file.write(',\n  "pairs": [')
        self._taken.seek(0)
        copyfileobj(self._taken, self._file)
        self._file.write("\n  ]\n}\n")


@contextmanager
def streaming(file: TextIO, path: Path, subject: Subject) -> Iterator[Pairs]:
    """Begin to take pairs into a file that will lie at `path`."""
    with beside(path, "pairs") as taken:
        yield Pairs(file, taken, subject)


def _head(pair: Pair) -> dict[str, Any]:
    return {"id": pair.id, "place": pair.place, "text": pair.text, "gold": pair.gold, "kind": kind(pair)}


def _tail(pair: Pair) -> dict[str, Any]:
    tail: dict[str, Any] = {"decision": decision_object(pair.result)}
    if pair.repeats:
        tail["repeats"] = [spelled(answer.raw) for answer in pair.repeats]
    if pair.columns:
        tail["columns"] = dict(pair.columns)
    return tail


def _spelling(of: Side) -> Callable[[Answer], str]:
    def side(answer: Answer) -> str:
        return _dumped({"backend": of.backend} | spelled(answer.outcome) | {"raw": spelled(answer.raw)})

    return side


def _lines(value: dict[str, Any]) -> str:
    """One key a line: a person can read it, and a comparison of two reports shows what changed."""
    lines = (f"    {_dumped(key)}: {_dumped(item)}" for key, item in value.items())
    return "{\n" + ",\n".join(lines) + "\n  }"


def _dumped(value: Any) -> str:
    """Keep every string exact.

    Half of a surrogate pair, which UTF-8 cannot hold, is left to the file: `records.replacing`
    writes it as an escape that is JSON's own.
    """
    return ENCODER.encode(value)


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
        "failed_by": {"left": dict(summary.left_failed), "right": dict(summary.right_failed)},
        "failed": {"left": summary.left_failures, "right": summary.right_failures},
        "usage": {"left": summary.left_usage._asdict(), "right": summary.right_usage._asdict()},
        "unmapped": {"left": dict(summary.left_unmapped), "right": dict(summary.right_unmapped)},
        "unmapped_answers": {
            "left": [answer._asdict() for answer in summary.left_unmapped_answers],
            "right": [answer._asdict() for answer in summary.right_unmapped_answers],
        },
        "decided_by": dict(summary.decided_by),
        "marginal_shift": asdict(summary.marginal_shift),
        "asymmetry": asdict(summary.asymmetry),
        "slices": [asdict(part) for part in summary.slices],
        "gold": summary.gold and asdict(summary.gold),
        "noise": summary.noise and asdict(summary.noise),
    }


def _meta(subject: Subject) -> dict[str, Any]:
    return {
        "created": subject.created.isoformat(timespec="seconds"),
        "source": subject.source,
        "left": asdict(subject.left),
        "right": asdict(subject.right),
        "version": subject.version,
        "settings": dict(subject.settings),
        "remapped": subject.remapped and _origin(subject.remapped),
        "warnings": subject.warnings,
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "contract": origin.contract._asdict(),
        "created": origin.created.isoformat(timespec="seconds"),
    }
