"""A file of templates -> rows, the same ones each time; what is wrong with it is named."""

from pathlib import Path

import pytest

from polarity.errors import RecordError, TrainingError
from polarity.records import read
from polarity.training.templates import TemplateRow, expanded, template_rows

TWO = """
[irony.if-you-love]
slots.place = ["the bar", "Lou's"]
slots.find = ["flies", "dust"]
NEGATIVE = ["Go to {place} if you love {find}."]
POSITIVE = ["{place} is lovely.", "lovely!"]

[neutral.hours]
NEUTRAL = ["Open till six."]
"""


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return path


def test_slots_are_filled_together(tmp_path: Path) -> None:
    """The first value of each slot stands beside the first of the others; a text without slots comes once."""
    template = ("irony", "irony.if-you-love")
    assert [
        TemplateRow("Go to the bar if you love flies.", "NEGATIVE", *template),
        TemplateRow("The bar is lovely.", "POSITIVE", *template),
        TemplateRow("lovely!", "POSITIVE", *template),
        TemplateRow("Go to Lou's if you love dust.", "NEGATIVE", *template),
        TemplateRow("Lou's is lovely.", "POSITIVE", *template),
        TemplateRow("Open till six.", "NEUTRAL", "neutral", "neutral.hours"),
    ] == template_rows(_written(tmp_path, TWO))


def test_rows_are_kept_by_what_stands_in_them(tmp_path: Path) -> None:
    """The same templates give the same file, which is not written again; other ones another file."""
    path, cache = _written(tmp_path, TWO), tmp_path / "cache"
    first = expanded(path, cache)
    records = list(read(first))
    assert 6 == len(records)
    assert {"irony.if-you-love", "neutral.hours"} == {record.extra["template"] for record in records}
    written = first.stat().st_mtime_ns
    assert (first, written) == (expanded(path, cache), first.stat().st_mtime_ns)
    path.write_text(TWO.replace("six", "seven"), "utf-8")
    assert first != expanded(path, cache)
    assert 2 == len(list(first.parent.iterdir()))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('"flies", "dust"', '"flies"'), "slots are filled together and must be equally long: "),
        (
            ("{find}", "{found}"),
            "irony.if-you-love: no slot 'found' for 'Go to {place} if you love {found}.'",
        ),
        (("{find}", "it"), "irony.if-you-love: slot 'find' is in no text"),
        (("{find}", "{find:>9}"), "irony.if-you-love: 'find' is no slot: it takes a name in braces"),
        (("{find}", "{find"), "irony.if-you-love: "),
        (('NEUTRAL = ["Open till six."]', ""), "neutral.hours: has no text: name a label and its texts"),
        (('["Open till six."]', "[]"), "neutral.hours: has no text: name a label and its texts"),
        (('["Open till six."]', '"Open till six."'), "neutral.hours.NEUTRAL: "),
        (('["Open till six."]', '[""]'), "neutral.hours.NEUTRAL.0: "),
        (("[neutral.hours]", "[neutral.Hours]"), "neutral.Hours: "),
        (("[neutral.hours]", "[neutral.hours"), "is not TOML: "),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """File, template and value stand in the error, and nothing is made of the rest."""
    path = _written(tmp_path, TWO.replace(*change))
    with pytest.raises(TrainingError) as caught:
        template_rows(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)


def test_every_wrong_template_is_named(tmp_path: Path) -> None:
    """Who mends a file mends it once."""
    path = _written(tmp_path, TWO.replace("{find}", "it").replace("Open till six.", "{time}"))
    with pytest.raises(TrainingError) as caught:
        template_rows(path)
    assert 2 == len(str(caught.value).splitlines())


def test_templates_that_are_not_there_are_named(tmp_path: Path) -> None:
    """The file is named, and why it cannot be read."""
    with pytest.raises(TrainingError, match=r"mine\.toml: cannot be read: No such file or directory$"):
        template_rows(tmp_path / "mine.toml")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file where a folder should be is an error that names the place."""
    (tmp_path / "cache").touch()
    with pytest.raises(RecordError, match="cannot be written: "):
        expanded(_written(tmp_path, TWO), tmp_path / "cache")
