"""The settings file with other values in it, all else as it stands: comments, order, white space."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, Item

from polarity.errors import SettingsError


def switched(text: str, overrides: Mapping[str, Any]) -> str:
    r"""Set the `overrides`, nested like the file, in a settings file's text; nobody stays in the shadow.

    A table that names `llm.server` takes the place of `[llm]`, as it does for a candidate.

    >>> print(switched('# ours\n[shadow]\nbackend = "llm"\nshare = 0.5\n', {"backend": "llm"}))
    # ours
    backend = "llm"
    <BLANKLINE>
    [shadow]
    share = 0.5
    <BLANKLINE>

    Raises:
        SettingsError: the text is not TOML.
    """
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise SettingsError(f"not TOML: {error}") from None
    for key, value in overrides.items():
        if not isinstance(value, Mapping):
            document[key] = _item(value)
            continue
        if key == "llm" and "server" in value:
            document.pop(key, None)
        table = document.setdefault(key, tomlkit.table())
        for name, part in value.items():
            table[name] = _item(part)
    shadow = document.get("shadow")
    if isinstance(shadow, AbstractTable):
        shadow.pop("candidate", None)
        shadow.pop("backend", None)
    return tomlkit.dumps(document)


def _item(value: Any) -> Item:
    return tomlkit.item(str(value) if isinstance(value, Path) else value)
