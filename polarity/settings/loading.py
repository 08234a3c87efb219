"""Settings from all sources; what is wrong is said by its key, its value and the place where it was set."""

import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource

from polarity.errors import SettingsError
from polarity.settings.candidates import check_candidates
from polarity.settings.llm import LlmSettings
from polarity.settings.schema import FILE_VARIABLE, PREFIX, Settings, config_file
from polarity.settings.shadow import CandidateSettings
from polarity.settings.values import nearest
from polarity.validation import said_of

JSON_KINDS: Mapping[Any, type] = {tuple: list, Mapping: dict}  # how a variable holds a value of many parts
CANDIDATES = "candidates"
SECRET = ("key", "url", "headers")  # parts of names whose values are not shown
CACHE_VARIABLE = "POLARITY_CACHE"
PLACES = (FILE_VARIABLE, CACHE_VARIABLE)  # variables that are no settings: they say where things lie


def cache_folder() -> Path:
    """Name the folder for what is fetched once: `POLARITY_CACHE`, or the platform's.

    That is `polarity` in `XDG_CACHE_HOME`, else in `~/.cache`; as the XDG base directory specification
    has it, an `XDG_CACHE_HOME` that is not absolute is none.
    """
    if own := os.environ.get(CACHE_VARIABLE, "").strip():
        return Path(own)
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "polarity"


def load_settings(flags: Mapping[str, Any] | None = None) -> Settings:
    """Gather the settings from all sources. `flags` is nested like the file and wins.

    Raises:
        SettingsError: naming every key that is unknown or has a bad value, and where it was set;
            secrets are never shown.
    """
    if FILE_VARIABLE in os.environ and not config_file().is_file():
        raise SettingsError(f"{FILE_VARIABLE}: no such file: {str(config_file())!r}")
    if problems := [*_unknown_variables(os.environ), *_malformed_variables(os.environ)]:
        raise SettingsError("\n".join(problems))
    try:
        settings = Settings(**(flags or {}))
        _check_candidates(settings, flags or {})
    except ValidationError as error:
        found = (_sentence(dict(problem), flags or {}) for problem in error.errors())
        raise SettingsError("\n".join(found)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config_file()}: not TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{config_file()}: cannot be read: {error.strerror}") from None
    return settings


def again_by(load: Callable[[], Settings]) -> Callable[[], Settings]:
    """Give what loads the settings anew by `load`: never without their file, if it is there now.

    A file that is gone would be read as an empty one: what is given raises SettingsError then.
    """
    file = config_file()
    was_there = file.is_file()

    def again() -> Settings:
        if was_there and not file.is_file():
            raise SettingsError(f"the settings file is gone: {str(file)!r}: put it back, or an empty one")
        return load()

    return again


def fixed_by(overrides: Mapping[str, Any]) -> list[str]:
    """Name the variables of the environment that go before a settings file with these values in it.

    `overrides` are nested like the file; where `llm.server` is among them, every variable of `[llm]` does.
    """
    names = []
    for key, value in overrides.items():
        names.append(_variable(key))
        if isinstance(value, Mapping):
            whole = key == "llm" and "server" in value
            names += [_variable(key, part) for part in (LlmSettings.model_fields if whole else value)]
    return [name for name in os.environ if name.upper() in names]


def changed_llm(llm: LlmSettings, **values: object) -> LlmSettings:
    """Give the language model's settings with other values for some keys.

    >>> changed_llm(LlmSettings(), api="chat").api
    'chat'

    Raises:
        SettingsError: a value is none that its key can have.
    """
    try:
        return LlmSettings.model_validate({**llm.model_dump(), **values})
    except ValidationError as error:
        found = ({**problem, "loc": ("llm", *problem["loc"])} for problem in error.errors())
        raise SettingsError("\n".join(_sentence(problem, {"llm": values}) for problem in found)) from None


def _sections() -> dict[str, type[BaseModel]]:
    fields = Settings.model_fields.items()
    return {
        name: field.annotation
        for name, field in fields
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


def _keys() -> Iterator[tuple[str, ...]]:
    yield from ((name,) for name in Settings.model_fields)
    for section, model in _sections().items():
        yield from ((section, name) for name in model.model_fields)


def _variable(*key: object) -> str:
    return f"{PREFIX}{'__'.join(map(str, key))}".upper()


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    known = {_variable(*key) for key in _keys()}
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known and name not in PLACES:
            yield f"{name}: no such setting{nearest(name.upper(), {*known, *PLACES}, PREFIX)}"


def _malformed_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """A section or a table is a JSON object, a list a JSON array. The value may be a secret: not shown."""
    kinds: dict[str, type] = {_variable(name): dict for name in (*_sections(), CANDIDATES)}
    for section, model in _sections().items():
        for name, field in model.model_fields.items():
            if kind := JSON_KINDS.get(get_origin(field.annotation)):
                kinds[_variable(section, name)] = kind
    for name, value in sorted(environment.items()):
        kind = kinds.get(name.upper())
        if kind and not isinstance(_json_or_none(value), kind):
            yield f"{name}: not a JSON {'object' if kind is dict else 'array'}"


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _check_candidates(settings: Settings, flags: Mapping[str, Any]) -> None:
    try:
        check_candidates(settings)
    except SettingsError as error:
        raise SettingsError("\n".join(_placed(line, flags) for line in str(error).split("\n"))) from None


def _placed(line: str, flags: Mapping[str, Any]) -> str:
    """Say where a candidate is set; what is wrong with the shadow may be in two places."""
    section, _, name = line.partition(":")[0].partition(".")
    return f"{line}{_place((section, name.partition('.')[0]), flags)}" if section == CANDIDATES else line


def _nearest(key: Sequence[str | int]) -> str:
    if key[0] == CANDIDATES and len(key) > 1:
        prefix = f"{CANDIDATES}.{key[1]}."
        known = {f"{prefix}{name}" for name in CandidateSettings.model_fields}
        return nearest(".".join(map(str, key)), known, prefix)
    return nearest(".".join(map(str, key)), map(".".join, _keys()))


def _sentence(problem: Mapping[str, Any], flags: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    place = _place(problem["loc"], flags)
    if problem["type"] == "extra_forbidden":
        return f"{key}: no such setting{place}{_nearest(problem['loc'])}"
    secret = any(part in key for part in SECRET) or problem["type"] == "value_error" or key in _sections()
    shown = "" if secret else f" (got {problem['input']!r})"
    return f"{key}: {said_of(problem)}{shown}{place}"


def _place(key: Sequence[str | int], flags: Mapping[str, Any]) -> str:
    """Say where the one value at fault was set; a section's values may be from several places."""
    if len(key) == 1 and key[0] in _sections():
        return ""
    if _holds(flags, key):
        return ", from a flag"
    if _holds(EnvSettingsSource(Settings)(), key):
        return f", from {_variable_given(key)}"
    return f", from {config_file()}"


def _variable_given(key: Sequence[str | int]) -> str:
    """Name the variable of one key, or that of its whole section where only this one is set."""
    own = _variable(*key[:2])
    return own if own in map(str.upper, os.environ) else _variable(key[0])


def _holds(tree: Any, key: Sequence[str | int]) -> bool:
    for part in key[:2]:
        if not isinstance(tree, Mapping) or part not in tree:
            return False
        tree = tree[part]
    return True
