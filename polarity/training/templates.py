"""Texts to train on, written as templates: sets of texts that differ in one thing, in one TOML file.

    [irony.if-you-love]
    slots.find = ["hair in your soup", "a fly in the tea"]
    slots.treat = ["slow-cooked broth", "a proper pot of tea"]
    NEGATIVE = ["Come here if you love {find}."]
    POSITIVE = ["Come here if you love {treat}."]

A table is one template, by the names of what it teaches and of itself. Its texts stand under their labels.
The slots are filled together, the first value of each, then the second: values that were chosen for each
other stay beside each other, and a text comes as often as there are values for it.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

from polarity.checklist.suite import slots_in
from polarity.errors import RecordError, TrainingError
from polarity.places import file_bytes
from polarity.records import write
from polarity.training.sources import slug
from polarity.validation import said_of

TEMPLATE = "template"  # the column that names each row's
FOLDER = "templates"  # in the cache
DIGEST_DIGITS = 8
STARTS = re.compile(r"(?:^|[.!?]\s+)[\"'(]*$")  # what stands before the first word of a sentence
ENDS = (".", "!", "?")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Line = Annotated[str, Field(min_length=1)]


class Template(BaseModel):
    """Texts by their labels, and what their slots are filled with, each list as long as the others."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, tuple[Line, ...]] = Field(init=False)

    slots: Mapping[str, tuple[Line, ...]] = {}

    @property
    def texts(self) -> Mapping[str, Sequence[str]]:
        """The texts of each label, with their slots."""
        return self.__pydantic_extra__

    @model_validator(mode="after")
    def _can_be_filled(self) -> "Template":
        lengths = {name: len(values) for name, values in self.slots.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"slots are filled together and must be equally long: {lengths}")
        texts = [text for found in self.texts.values() for text in found]
        if not texts:
            raise ValueError("has no text: name a label and its texts")
        used = set()
        for text in texts:
            used.update(named := slots_in(text))
            if missing := set(named) - set(self.slots):
                raise ValueError(f"no slot {min(missing)!r} for {text!r}")
        if unused := set(self.slots) - used:
            raise ValueError(f"slot {min(unused)!r} is in no text")
        return self

    @property
    def fillings(self) -> list[Mapping[str, str]]:
        """The values of its slots that go together; one filling of nothing where it has none."""
        if not self.slots:
            return [{}]
        return [
            dict(zip(self.slots, values, strict=True)) for values in zip(*self.slots.values(), strict=True)
        ]


class _File(RootModel[dict[Name, dict[Name, Template]]]):
    """What may stand in a file of templates: them by name, under what they teach."""


class TemplateRow(NamedTuple):
    """One text that a template makes."""

    text: str
    label: str
    capability: str
    template: str


def expanded(path: Path, cache: Path) -> Path:
    """Give the file with the rows of the templates at `path`: in `cache`, named by what stands in it.

    Raises:
        TrainingError: the templates cannot be read, or a key is wrong; names every one.
        RecordError: the rows cannot be written.
    """
    rows = [row._asdict() for row in template_rows(path)]
    digest = hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:DIGEST_DIGITS]
    target = cache / FOLDER / f"{slug(path.stem)}-{digest}.jsonl"
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"cannot be written: {error.strerror}", path=target) from error
        write(target, rows)
    return target


def template_rows(path: Path) -> list[TemplateRow]:
    """Read the templates at `path` and fill them, in their order; no template has one text twice.

    Raises:
        TrainingError: the file cannot be read, or a key of it is wrong; names every one.
    """
    return [
        row
        for capability, templates in _read(path).root.items()
        for name, template in templates.items()
        for row in dict.fromkeys(_rows(template, capability, f"{capability}.{name}"))
    ]


def _read(path: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(file_bytes(path).decode("utf-8-sig")))
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise TrainingError("\n".join(f"{path}: {_said(fault)}" for fault in error.errors())) from None
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, nesting without end
        raise TrainingError(f"{path}: is not TOML: {error}") from None


def _said(fault: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    value = "" if fault["type"] == "value_error" else f", found {fault['input']!r}"
    return f"{key}: {said_of(fault)}{value}"


def _rows(template: Template, capability: str, name: str) -> Iterator[TemplateRow]:
    for values in template.fillings:
        for label, texts in template.texts.items():
            for text in texts:
                yield TemplateRow(filled(text, values), label, capability, name)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Fill the slots of `text`; a value at the beginning of a sentence gets a capital letter there.

    But for a text that is written without any: its own words have none, nor does it end as a sentence does.

    >>> filled("{who} was late. {who} left.", {"who": "the bus"})
    'The bus was late. The bus left.'
    >>> filled("{who} again, lol", {"who": "the bus"})
    'the bus again, lol'
    """
    is_cased = text.endswith(ENDS) or any(
        letter.isupper() for literal, *_ in Formatter().parse(text) for letter in literal
    )
    found = ""
    for literal, name, *_ in Formatter().parse(text):
        found += literal
        if name is not None:
            value = values[name]
            found += value[:1].upper() + value[1:] if is_cased and STARTS.search(found) else value
    return found
