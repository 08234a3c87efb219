"""The pages are whole: short where they should be, made from the code, with links that lead somewhere."""

import doctest
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
import typer.main
from cogapp import Cog
from pydantic import BaseModel

from polarity.cli import app
from polarity.contract.ready import Family
from polarity.errors import PolarityError
from polarity.service.problems import PROBLEMS
from polarity.settings import Settings, load_settings
from polarity.training.recipe import Recipe, read_recipe
from polarity.types import UnmappedReason

from .pages import DOCS, PAGES, REFERENCE, ROOT, TOLD, Block, blocks

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


def test_readme_is_short() -> None:
    """A newcomer's page has at most 150 lines."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_the_picture_is_small() -> None:
    """The report's picture is a PNG of less than 200 kB."""
    picture = (DOCS / "report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 200_000


def test_what_is_made_from_the_code_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    """`make docs-reference` would change nothing."""
    status = Cog().main(["cog", "--check", "--diff", "-I", str(DOCS), *map(str, REFERENCE)])
    assert 0 == status, capsys.readouterr().out


def test_the_generator_does_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its doctests hold."""
    monkeypatch.syspath_prepend(DOCS)
    failed, tried = doctest.testmod(import_module("generated"))
    assert (0, True) == (failed, tried > 0)


def test_links_lead_somewhere() -> None:
    """Every link names a file that is there, and a heading in it; nothing is left to fill in."""
    texts = {page: page.read_text("utf-8") for page in PAGES}
    assert [] == [page for page, text in texts.items() if "@@" in text]
    assert [] == [
        f"{page}: {target}#{anchor}"
        for page, text in texts.items()
        for target, anchor in LINK.findall(text)
        if not _leads(page, target, anchor)
    ]


def _leads(page: Path, target: str, anchor: str) -> bool:
    """Say whether a link leads somewhere; what is included into a page has its links from where it stands."""
    if target.startswith(("http:", "https:")):
        return True
    found = page.parent / target if target else page
    return found.exists() and (not anchor or anchor in _anchors(found))


def _anchors(page: Path) -> set[str]:
    """Give the names of a page's headings, as both a code host and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_site() -> None:
    """Each page under docs/ stands in the index."""
    listed = re.findall(r"^([\w/-]+)$", (DOCS / "index.md").read_text("utf-8"), re.MULTILINE)
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in PAGES if DOCS in page.parents}
    assert pages - {"index"} == set(listed)


def _settings() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (f"{name}.{key}" for key in field.annotation.model_fields)
        else:
            yield name


def test_names_are_documented() -> None:
    """Every setting, problem code, Unmapped reason and rule family stands in the reference."""
    told = "".join(page.read_text("utf-8") for page in REFERENCE)
    names = [*_settings(), *PROBLEMS, *get_args(UnmappedReason), *get_args(Family), "frame"]
    assert [] == [name for name in names if f"`{name}`" not in told]


def test_choices_are_documented() -> None:
    """Who chooses a setting's value from a few finds each of them in its row."""
    page = (DOCS / "reference" / "configuration.md").read_text("utf-8")
    for name, values in (("backend", "`bert`, `llm`, `both`"), ("llm.api", "`completions`, `chat`")):
        assert re.search(rf"^\| `{name}` .*One of {values}\. \|$", page, re.MULTILINE)


def _commands(group: object, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, *path, name) if hasattr(command, "commands") else [(*path, name)]


def test_every_command_is_told() -> None:
    """A page that is written by hand shows how each command is used."""
    told = "\n".join(page.read_text("utf-8") for page in TOLD)
    commands = [" ".join(path) for path in _commands(typer.main.get_command(app))]
    assert commands
    assert [] == [command for command in commands if not re.search(rf"polarity {command}\b", told)]


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.id)
def test_toml_can_be_read(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each TOML block is a recipe, or settings, without an unknown key."""
    file = tmp_path / "shown.toml"
    file.write_text(block.text, "utf-8")
    if "[[data]]" in block.text:
        recipe = read_recipe(file)
        assert set(Recipe.model_fields) - {"notes"} == recipe.model_fields_set
    else:
        monkeypatch.setenv("POLARITY_CONFIG", str(file))
        assert load_settings().model_fields_set


def test_a_wrong_setting_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads the TOML blocks refuses a key that there is not."""
    (tmp_path / "shown.toml").write_text('backends = "both"\n', "utf-8")
    monkeypatch.setenv("POLARITY_CONFIG", str(tmp_path / "shown.toml"))
    with pytest.raises(PolarityError, match="backends: no such setting"):
        load_settings()
