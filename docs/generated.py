"""The parts of the pages that are made from the code, each a function that gives Markdown.

The pages call them between `[[[cog` and `[[[end]]]`. `make docs-reference` mends the pages, a test
compares them.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

import polarity
from polarity import errors
from polarity.cli import app
from polarity.cli.contract.markdown import block
from polarity.contract import load_contract
from polarity.contract.review.page import short_page
from polarity.contract.schema import ContractFile
from polarity.pages.markdown import escaped, quoted, table
from polarity.pages.meanings import FAILURES, UNMAPPED
from polarity.service import schemas
from polarity.service.problems import PROBLEMS, Problem, ProblemItem
from polarity.settings import Settings
from polarity.stored.forms import SHOWN_FORMS
from polarity.training import keys
from polarity.training.recipe import Recipe

CODE = re.compile(r"(`[^`]+`)")
METAVARS = {Path: "FILE", int: "N", float: "VALUE", str: "TEXT"}
TYPES = {str: "text", int: "whole number", float: "number", bool: "yes or no", Path: "path"}


def settings() -> str:
    """Every setting, its default and what it is, a table for each section of the file."""
    parts: dict[str, list[list[str]]] = {"": []}
    for name, field in Settings.model_fields.items():
        model = _model(field.annotation)
        if model is None:
            parts[""].append(_field_row(name, field))
        else:
            rows = [_field_row(f"{name}.{key}", part) for key, part in model.model_fields.items()]
            parts[f"`[{name}]`: {_first_line(model)}"] = rows
    return _titled(parts, ("key", "default", "what"))


def problems() -> str:
    """Every code of a problem and its status."""
    rows = [[str(status.value), quoted(code), title] for code, (status, title) in PROBLEMS.items()]
    return _table(("status", "code", "what"), rows)


def contract_tables() -> str:
    """What the default contract does with answers: exactly what `polarity contract show` prints."""
    return "\n".join(block(short_page(load_contract(), UNMAPPED)))


def contract_keys() -> str:
    """Every key of a contract file, table by table."""
    parts: dict[str, list[list[str]]] = {}
    for key, model in _models(ContractFile, ""):
        title = f"`[{key}]`: {_first_line(model)}" if key else "The file itself"
        parts[title] = [
            _field_row(f"{key}.{name}" if key else name, field)
            for name, field in model.model_fields.items()
            if _model(field.annotation) is None
        ]
    return _titled(parts, ("key", "default", "what"))


def failures() -> str:
    """Why a backend may have given no answer."""
    return _table(("reason", "what it means"), [[quoted(name), text] for name, text in FAILURES.items()])


def request() -> str:
    """The fields of a request."""
    return _fields_of(schemas.PolarityRequest)


def response() -> str:
    """The fields of a response and of its parts, those of every raw output and outcome among them."""
    below = {form for shown in SHOWN_FORMS.values() for form in _below(shown)}
    spans = sorted(below, key=lambda form: form.__name__)
    parts = (
        schemas.PolarityResponse,
        schemas.ResultView,
        schemas.AnswerView,
        *SHOWN_FORMS.values(),
        *spans,
        schemas.ContractView,
        schemas.UsageView,
    )
    return "\n\n".join(f"`{_view_name(part)}`: {_first_line(part)}\n\n{_fields_of(part)}" for part in parts)


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield from filter(None, (_model(field.annotation) for field in model.model_fields.values()))


def problem_fields() -> str:
    """The fields of a problem."""
    return "\n\n".join(
        f"`{part.__name__}`: {_first_line(part)}\n\n{_fields_of(part)}" for part in (Problem, ProblemItem)
    )


def commands() -> str:
    """Every command: what it does, its arguments and its options."""
    return "\n\n".join(_command(path, command) for path, command in all_commands())


def all_commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give each command with its words, in the order of `polarity --help`."""
    yield from _commands_of(typer.main.get_command(app))


def recipe_keys() -> str:
    """Every key of a recipe: what it takes, what holds without it, what it is."""
    rows = [
        [
            quoted(key.name),
            _prose(key.values),
            quoted(key.default) if key.default else "",
            _prose(key.meaning),
        ]
        for key in keys.recipe_keys(Recipe.model_json_schema())
    ]
    return _table(("key", "values", "default", "what"), rows)


def public_names() -> str:
    """Let Sphinx document each public name of the package from its docstring."""
    names = sorted(polarity.__all__, key=str.lower)
    functions = [name for name in names if inspect.isfunction(getattr(polarity, name))]
    classes = [name for name in names if inspect.isclass(getattr(polarity, name))]
    parts = {
        "Functions": [f".. autofunction:: polarity.{name}" for name in functions],
        "Classes": [_autoclass(name) for name in classes if not _is_value(name)],
        "What travels": [f".. autoclass:: polarity.{name}" for name in classes if _is_value(name)],
    }
    return "\n\n".join(
        "\n".join([f"## {title}", "", "```{eval-rst}", *("\n\n".join(found).split("\n")), "```"])
        for title, found in parts.items()
    )


def error_tree() -> str:
    """The tree of what is raised, as its module draws it."""
    return f"```text\n{inspect.cleandoc(errors.__doc__ or '')}\n```"


def _is_value(name: str) -> bool:
    return str(getattr(polarity, name).__module__) == "polarity.types"


def _autoclass(name: str) -> str:
    found = getattr(polarity, name)
    if issubclass(found, BaseModel):
        return f".. autoclass:: polarity.{name}\n   :no-index-entry:"
    return f".. autoclass:: polarity.{name}\n   :members:"


def _commands_of(group: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands_of(command, *path, name)
        else:
            yield (*path, name), command


def _command(path: tuple[str, ...], command: Any) -> str:
    """Spell one command's section."""
    shown = [
        param for param in command.params if param.name != "help" and not getattr(param, "hidden", False)
    ]
    rows = [[_spelled(param), _param_default(param), _prose(param.help or "")] for param in shown]
    title = f"## polarity {' '.join(path)}"
    return "\n\n".join(
        [title, _prose(command.help or ""), *([_table(("", "default", "what"), rows)] if rows else [])]
    )


def _spelled(param: Any) -> str:
    """Spell an argument, or all names of an option with the kind of value that it takes."""
    if param.param_type_name == "argument":
        return quoted((param.metavar or param.name).strip("{}[]").removesuffix("...").upper())
    kind = "" if param.is_flag else f" {param.metavar or _metavar(param.type_descriptor.annotation)}"
    return quoted(", ".join([*param.opts, *param.secondary_opts]) + kind)


def _metavar(annotation: Any) -> str:
    """Say what an option takes.

    >>> _metavar(list[Path] | None), _metavar(Literal["bert", "llm"])
    ('FILE', 'bert|llm')
    """
    if get_origin(annotation) is Literal:
        return "|".join(map(str, get_args(annotation)))
    inner = [_metavar(part) for part in get_args(annotation) if part is not NoneType]
    return inner[0] if inner else METAVARS.get(annotation, "TEXT")


def _param_default(param: Any) -> str:
    """Say what holds if it is not given."""
    if param.required:
        return "required"
    if isinstance(param.show_default, str):
        return _prose(param.show_default)
    nothing = param.default in (None, False, ()) or callable(param.default)
    return "" if nothing else quoted(str(param.default))


def _prose(text: str) -> str:
    """Escape what Markdown would read, paragraph by paragraph, but for what stands in backticks.

    >>> _prose("a <b> of `c_d`")
    'a &#60;b&#62; of `c_d`'
    """
    return "\n\n".join(_paragraph(part) for part in inspect.cleandoc(text).split("\n\n"))


def _paragraph(text: str) -> str:
    parts = CODE.split(" ".join(text.split()))
    return "".join(part if CODE.fullmatch(part) else _escaped(part) for part in parts)


def _escaped(text: str) -> str:
    """Keep the blanks at both ends, which `escaped` takes for layout."""
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{head}{escaped(text)}{tail}" if text.strip() else text


def _models(model: type[BaseModel], key: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Walk over a model and those below it, each with the key of its table."""
    yield key, model
    for name, field in model.model_fields.items():
        inner = _model(field.annotation)
        if inner is not None:
            yield from _models(inner, f"{key}.{name}" if key else name)


def _model(annotation: Any) -> type[BaseModel] | None:
    """Find the model that an annotation holds: itself, in a tuple, or beside None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, Union, UnionType, Annotated):
        return next(filter(None, map(_model, get_args(annotation))), None)
    return None


def _fields_of(model: type[BaseModel]) -> str:
    rows = [
        [quoted(name), _kind(field.annotation), _prose(field.description or "")]
        for name, field in model.model_fields.items()
    ]
    return _table(("field", "kind", "what"), rows)


def _view_name(model: type[BaseModel]) -> str:
    return model.__name__.removesuffix("View")


def _field_row(key: str, field: FieldInfo) -> list[str]:
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    choice = kinds[0] if len(kinds) == 1 else field.annotation  # a setting that may also be left out
    choices = f"One of {_kind(choice)}." if get_origin(choice) is Literal else ""
    return [quoted(key), _default_of(field), f"{_prose(field.description or '')} {choices}".strip()]


def _default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, SecretStr):
        return _default(default.get_secret_value()) or "none"
    return "none" if "SecretStr" in str(field.annotation) else _default(default)


def _default(value: Any) -> str:
    empty = value is None or value in ((), {}, "") or isinstance(value, BaseModel | SecretStr)
    if isinstance(value, bool):
        return quoted(str(value).lower())
    return "" if empty or not isinstance(value, str | int | float) else quoted(str(value))


def _kind(annotation: Any) -> str:
    """Say a type in a few words.

    >>> _kind(Annotated[int, "at least 1"] | None), _kind(tuple[str, ...])
    ('whole number or null', 'list of text')
    """
    if annotation in (None, NoneType):
        return "null"
    if isinstance(annotation, type) and annotation in TYPES:
        return TYPES[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return ", ".join(quoted(str(value)) for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(map(_kind, inner)))
    return _container(annotation, origin, inner)


def _container(annotation: Any, origin: Any, inner: tuple[Any, ...]) -> str:
    if origin in (list, tuple, Sequence):
        return f"list of {_kind(inner[0])}"
    if origin in (dict, Mapping):
        return f"object of {_kind(inner[1])}"
    model = _model(annotation)
    return quoted(_view_name(model)) if model else quoted(getattr(annotation, "__name__", str(annotation)))


def _first_line(model: type) -> str:
    return _prose(inspect.cleandoc(model.__doc__ or "").split("\n")[0])


def _titled(parts: Mapping[str, list[list[str]]], header: Sequence[str]) -> str:
    return "\n\n".join(
        "\n\n".join(filter(None, (title, _table(header, rows)))) for title, rows in parts.items() if rows
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(table(header, list(rows)))
