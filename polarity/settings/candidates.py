"""A candidate's settings: all of the file's, with what the candidate sets otherwise."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from polarity.errors import SettingsError
from polarity.settings.llm import LlmSettings
from polarity.settings.schema import BertSettings, Settings
from polarity.settings.shadow import CandidateSettings
from polarity.settings.values import Part, nearest
from polarity.validation import said_of

BACKENDS: Final = ("bert", "llm", "both")
OWN_WORD: Final = "primary"  # what the store calls the side whose decision the caller got
Section = TypeVar("Section", bound=Part)


def overrides_of(settings: Settings, name: str) -> dict[str, Any]:
    """Give what a candidate sets otherwise, nested like the file; a backend's name is a candidate, too.

    >>> overrides_of(Settings(candidates={"weekly": {"bert": {"checkpoint": "runs/new"}}}), "weekly")
    {'bert': {'checkpoint': 'runs/new'}}
    >>> overrides_of(Settings(), "llm")
    {'backend': 'llm'}

    Raises:
        SettingsError: there is no such candidate; names those there are.
    """
    if name in settings.candidates:
        given = settings.candidates[name].model_dump(exclude_unset=True)
        return {key: value for key, value in given.items() if value not in (None, {})}
    if name in BACKENDS:
        return {"backend": name}
    known = ", ".join(sorted({*settings.candidates, *BACKENDS}))
    raise SettingsError(f"no candidate {name!r}: the settings have none of this name; known: {known}")


def candidate_settings(settings: Settings, name: str) -> Settings:
    """Give the settings by which a candidate answers.

    A candidate that names `llm.server` takes over nothing of `[llm]`: keys, prices and a model's name belong
    to the server they were written for.

    >>> candidate_settings(Settings(candidates={"hot": {"llm": {"temperature": 1.0}}}), "hot").llm.temperature
    1.0

    Raises:
        SettingsError: there is no such candidate, or a value is none that its key can have.
    """
    found = overrides_of(settings, name)
    bert, llm = found.pop("bert", {}), found.pop("llm", {})
    kept = {} if "server" in llm else _given(settings.llm)
    return settings.model_copy(
        update={
            **found,
            "bert": _section(BertSettings, {**_given(settings.bert), **bert}, f"candidates.{name}.bert"),
            "llm": _section(LlmSettings, {**kept, **llm}, f"candidates.{name}.llm"),
        }
    )


def check_candidates(settings: Settings) -> None:
    """Make sure that every candidate can be built, and that the one in the shadow can be asked and kept.

    Raises:
        SettingsError: one cannot; names the key.
    """
    for name, candidate in settings.candidates.items():
        _check(name, candidate)
        candidate_settings(settings, name)
    shadow = settings.shadow
    if shadow.name is None:
        return
    found = candidate_settings(settings, shadow.name)
    if shadow.money_per_day is not None and None in (found.llm.prompt_price, found.llm.completion_price):
        raise SettingsError(
            f"shadow.money_per_day: candidate {shadow.name!r} has no prices: "
            "set prompt_price and completion_price of its llm"
        )
    if not settings.store.enabled:
        raise SettingsError("shadow: what the candidate says goes to the store: set store.enabled = true")


def _check(name: str, candidate: CandidateSettings) -> None:
    if name == OWN_WORD or not name.replace("-", "_").isidentifier():
        raise SettingsError(f"candidates.{name}: a name is letters, digits, - and _, and not {OWN_WORD!r}")
    if not candidate.model_fields_set:
        raise SettingsError(f"candidates.{name}: is empty: say what it does otherwise")


def _given(section: Part) -> Mapping[str, Any]:
    return {key: getattr(section, key) for key in section.model_fields_set}


def _section(model: type[Section], values: Mapping[str, Any], place: str) -> Section:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = (_sentence(model, dict(problem), place) for problem in error.errors())
        raise SettingsError("\n".join(found)) from None


def _sentence(model: type[Part], problem: Mapping[str, Any], place: str) -> str:
    key = ".".join(map(str, (place, *problem["loc"])))
    if problem["type"] == "extra_forbidden":
        known = (f"{place}.{name}" for name in model.model_fields)
        return f"{key}: no such setting{nearest(key, known, place.rpartition('.')[0] + '.')}"
    return f"{key}: {said_of(problem)}"
