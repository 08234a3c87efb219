"""Findings written down: HTML for people, Markdown for a pull request, JSON for machines.

Texts and names come from outside and are escaped; the page needs nothing from the network and forbids
itself scripts.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from polarity.checklist.findings import Findings, Group
from polarity.checklist.judging import Judged
from polarity.checklist.suite import Suite
from polarity.checklist.wording import TITLES, answer, caution, expected, header, headline, points, row, share
from polarity.errors import RecordError
from polarity.pages.markdown import escaped, quoted, table
from polarity.records import replacing
from polarity.statistics.gates import Judgement
from polarity.types import ContractRef


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What was judged: the suite, by which contract, when, by what. `models` is by backend.

    `judgement` is what the gates came to.
    """

    suite: Suite
    models: Mapping[str, str]
    contract: ContractRef
    created: datetime
    version: str
    judgement: Judgement

    def as_json(self) -> dict[str, Any]:
        """Give all but the judgement as plain values."""
        file = self.suite.file
        return {
            "suite": {"id": file.id, "version": file.version, "sha256": self.suite.sha256},
            "models": dict(self.models),
            "contract": self.contract._asdict(),
            "created": self.created.isoformat(),
            "version": self.version,
        }


def check_suffix(path: Path) -> None:
    """Make sure that findings can be written as `path`: before any model is asked, not after.

    Raises:
        RecordError: no format has this suffix; names those that are known.
    """
    if path.suffix.lower() not in WRITERS:
        raise RecordError(f"unknown suffix {path.suffix!r}; known: {', '.join(WRITERS)}", path=path)


def write_findings(path: Path, found: Findings, about: About, *, shown: int) -> None:
    """Write findings as `.html`, `.json` or `.md`: whole, or not at all.

    JSON has every case. The others show at most `shown` cases that both backends fail, or that one
    passes and the other fails.

    Raises:
        RecordError: the suffix is unknown or the file cannot be written.
    """
    check_suffix(path)
    with replacing(path) as file:
        WRITERS[path.suffix.lower()](file, found, about, shown)


def _write_json(file: TextIO, found: Findings, about: About, _: int) -> None:
    content = {"about": about.as_json(), "judgement": about.judgement.as_json(), **found.as_json()}
    file.write(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _write_markdown(file: TextIO, found: Findings, about: About, shown: int) -> None:
    file.writelines(f"{line}\n" for line in _markdown(found, about, shown))


def _markdown(found: Findings, about: About, shown: int) -> Iterator[str]:
    yield from (f"# {escaped(headline(found))}", "", escaped(_origin(about)), "", escaped(caution(found)), "")
    if about.judgement.sentence:
        yield from (f"**{escaped(about.judgement.sentence)}**", "")
    for level, title in TITLES.items():
        yield from (f"## {title}", "")
        rows = [[escaped(cell) for cell in row(part)] for part in found.at(level)]
        yield from table([escaped(cell) for cell in header(found)], rows)
        yield ""
    for group in found.groups:
        yield from _group_in_markdown(group, found.sides, shown)


def _group_in_markdown(group: Group, sides: Sequence[str], shown: int) -> Iterator[str]:
    yield from (f"## {escaped(group.title)}: {len(group.cases):,}", "")
    cases = group.spread(shown)
    if cases:
        yield from table(["test", "expected", "text", *map(escaped, sides)], _case_rows(cases, sides))
        yield ""


def _case_rows(cases: Sequence[Judged], sides: Sequence[str]) -> list[list[str]]:
    """Give each text of a case its row: the perturbed one stands below the original."""
    rows = []
    for judged in cases:
        head = [escaped(judged.test.name), escaped(expected(judged.test))]
        for at, text in enumerate(judged.texts):
            answers = [escaped(answer(judged.said[side][at])) for side in sides]
            rows.append([*(head if at == 0 else ("", "")), quoted(text), *answers])
    return rows


def _write_html(file: TextIO, found: Findings, about: About, shown: int) -> None:
    page = _template().render(
        headline=headline(found),
        judgement=about.judgement.sentence,
        origin=_origin(about),
        caution=caution(found),
        suite=about.suite.file,
        version=about.version,
        found=found,
        titles=TITLES,
        tests={judged.test.name: judged.test for judged in found.cases},
        header=header(found),
        groups=[(group, group.spread(shown)) for group in found.groups],
        answer=answer,
        expected=expected,
        share=share,
        points=points,
    )
    file.write(page)


WRITERS: Mapping[str, Callable[[TextIO, Findings, About, int], None]] = {
    ".html": _write_html,
    ".json": _write_json,
    ".md": _write_markdown,
}


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("polarity.checklist", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("checklist.html.j2")


def _origin(about: About) -> str:
    file, ref = about.suite.file, about.contract
    models = ", ".join(f"{backend} {model}" for backend, model in about.models.items())
    return (
        f"Suite {file.id} {file.version} ({about.suite.sha256[:12]}), {about.created:%Y-%m-%d %H:%M %Z}; "
        f"{models}; contract {ref.id} {ref.version} ({ref.sha256[:12]}); polarity {about.version}."
    )
