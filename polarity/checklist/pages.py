"""Findings as a page, in each format."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from polarity.checklist.findings import Findings, Group
from polarity.checklist.judging import Judged
from polarity.checklist.suite import Suite
from polarity.checklist.wording import TITLES, answer, caution, expected, header, headline, points, row, share
from polarity.pages import page as pages
from polarity.pages.html import environment
from polarity.pages.tables import Sheet
from polarity.pages.writing import write_outputs
from polarity.statistics.gates import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class About(pages.Provenance):
    """What was judged: the suite; what the gates came to. `models` is by backend."""

    suite: Suite
    models: Mapping[str, str]
    judgement: Judgement

    def as_json(self) -> dict[str, Any]:
        """Give all but the judgement as plain values."""
        file = self.suite.file
        return {
            "suite": {"id": file.id, "version": file.version, "sha256": self.suite.sha256},
            "models": dict(self.models),
            **self.made_by(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistPage(pages.Page):
    """What HTML shows otherwise than tables of text: of each group the cases in `shown`, rates as bars."""

    found: Findings
    suite: Suite
    shown: Sequence[tuple[Group, Sequence[Judged]]]


def write_findings(paths: Sequence[Path], found: Findings, about: About, *, shown: int) -> None:
    """Write findings as `.html`, `.json` or `.md`: all files whole, or none.

    JSON has every case. The others show at most `shown` cases that both backends fail, or that one
    passes and the other fails.

    Raises:
        RecordError: a suffix is unknown or a file cannot be written.
    """
    write_outputs(paths, WRITERS, checklist_page(found, about, shown=shown))


def checklist_page(found: Findings, about: About, *, shown: int) -> ChecklistPage:
    """Put findings on a page, at most `shown` cases of each group; see `write_findings`."""
    groups = [(group, group.spread(shown)) for group in found.groups]
    return ChecklistPage(
        kind="Behavioural tests",
        about=f"{about.suite.file.id} {about.suite.file.version}",
        headline=headline(found),
        origin=_origin(about),
        lead=caution(found),
        version=about.version,
        judgement=about.judgement.sentence,
        data={"about": about.as_json(), "judgement": about.judgement.as_json(), **found.as_json()},
        sheets=[*_parts(found), *(_cases(group, cases, found.sides) for group, cases in groups)],
        found=found,
        suite=about.suite,
        shown=groups,
    )


def _parts(found: Findings) -> Iterator[Sheet]:
    for level, title in TITLES.items():
        yield Sheet(title, tuple(header(found)), [tuple(row(part)) for part in found.at(level)])


def _cases(group: Group, cases: Sequence[Judged], sides: Sequence[str]) -> Sheet:
    """Give each text of a case its row: the perturbed one stands below the original."""
    rows = []
    for judged in cases:
        head = (judged.test.name, expected(judged.test))
        for at, text in enumerate(judged.texts):
            answers = (answer(judged.said[side][at]) for side in sides)
            rows.append((*(head if at == 0 else ("", "")), text, *answers))
    title = f"{group.title}: {len(group.cases):,}"
    return Sheet(title, ("test", "expected", "text", *sides), rows, foreign=("text",))


def _write_html(file: TextIO, page: ChecklistPage) -> None:
    template = environment("polarity.checklist").get_template("checklist.html.j2")
    found = page.found
    file.writelines(
        template.generate(
            page=page,
            version=page.version,
            suite=page.suite.file,
            found=found,
            titles=TITLES,
            tests={judged.test.name: judged.test for judged in found.cases},
            header=header(found),
            answer=answer,
            expected=expected,
            share=share,
            points=points,
        )
    )


WRITERS: Mapping[str, Callable[[TextIO, ChecklistPage], None]] = {**pages.WRITERS, ".html": _write_html}


def _origin(about: About) -> str:
    file = about.suite.file
    models = ", ".join(f"{backend} {model}" for backend, model in about.models.items())
    return about.sentence(f"Suite {file.id} {file.version} ({about.suite.sha256[:12]})", models)
