"""The switch itself: the settings file written anew, the old one kept beside it, and put back on demand."""

import os
import stat
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from polarity.asking.fingerprint import fingerprint_hash, models_of
from polarity.contract import load_contract
from polarity.errors import SettingsError, StoreError
from polarity.promotion.pages import Judged
from polarity.records import replacing
from polarity.settings import Settings, candidate_settings, config_file, fixed_by
from polarity.settings.switching import switched
from polarity.store import open_store
from polarity.types import Model

KEPT, TAKEN_BACK = "before", "taken-back"
STAMP: Final = "%Y%m%dT%H%M%S%fZ"  # sorts by time
OWN: Final = 0o600


class Switch(NamedTuple):
    """A settings file that was written anew, and where the one is that it took the place of."""

    file: Path
    kept: Path


def check_unchanged(about: Judged, settings: Settings) -> None:
    """Make sure that the candidate is today what was judged, as far as it is known: also how it is asked.

    Raises:
        SettingsError: it is not. Says what differs.
        PolarityError: the candidate's contract or models cannot be read.
    """
    assert about.other is not None, "who is judged has answered"  # noqa: S101
    now = candidate_settings(settings, about.candidate)
    contract = load_contract(now.contract)
    problems = []
    if contract.ref != about.other.contract:
        problems.append(f"its contract was {about.other.contract} and is {contract.ref}")
    for name, model in models_of(now, contract, now.asked).items():
        tried = about.other.models.get(name)
        if tried not in (model, Model(model.name)):  # of one by its name only nothing more is known
            problems.append(f"its {name} was {tried} and is {model}")
    tried_as = about.other.fingerprint
    if not problems and tried_as not in (None, fingerprint_hash(now, contract, now.asked)):
        problems.append(
            "something in [bert] or [llm] has changed that its answers depend on, such as temperature, "
            "extra_body, base_url, precision or calibration"
        )
    if problems:
        raise SettingsError(
            f"candidate {about.candidate!r} is not what was judged: {'; '.join(problems)}: "
            "let it answer in the shadow as it is now"
        )


def apply(overrides: Mapping[str, Any], name: str) -> Switch:
    """Write the `overrides` of candidate `name` into the settings file; keep the old one beside it.

    Raises:
        SettingsError: a variable of the environment would go before the file, or the file is not TOML.
        RecordError: a file cannot be written; then the settings are as they were.
    """
    if variables := fixed_by(overrides):
        raise SettingsError(f"{', '.join(variables)} would go before the file: unset it, then apply")
    file = config_file()
    old = _content(file)
    new = switched(old.decode("utf-8-sig"), overrides)
    kept = file.with_name(f"{file.name}.{KEPT}-{name}.{_stamp(_kept(file))}")
    _write(kept, old, like=file)
    _write(file, new.encode(), like=file)
    return Switch(file, kept)


def roll_back() -> Switch:
    """Put the last settings file back that was kept; the one that stood there is kept, too.

    Raises:
        SettingsError: none was kept.
        RecordError: a file cannot be written; then the settings are as they were.
    """
    file = config_file()
    kept = _kept(file)
    if not kept:
        raise SettingsError(f"{file}: nothing to go back to: no {file.name}.{KEPT}-* beside it")
    taken = file.with_name(f"{file.name}.{TAKEN_BACK}.{_stamp(kept)}")
    _write(taken, _content(file), like=file)
    _write(file, _content(kept[-1]), like=kept[-1])
    kept[-1].unlink()
    return Switch(file, taken)


def note(settings: Settings, kind: str, details: Mapping[str, Any]) -> str | None:
    """Write the event into the store, if there is one; say why not where it cannot be."""
    if not settings.store.enabled:
        return None
    try:
        with open_store(settings.store.url.get_secret_value()) as store:
            store.note_event(kind, details)
    except StoreError as error:
        return str(error)
    return None


def _kept(file: Path) -> list[Path]:
    """Give the files that were kept, the last one last."""
    return sorted(file.parent.glob(f"{file.name}.{KEPT}-*"), key=_stamp_of)


def _stamp_of(path: Path) -> str:
    return path.name.rsplit(".", 1)[-1]


def _stamp(kept: Sequence[Path]) -> str:
    """Name this moment; where the clock was set back, one behind the last of those that were kept."""
    now = datetime.now(UTC)
    if kept and (last := _stamp_of(kept[-1])) >= format(now, STAMP):
        now = datetime.strptime(last, STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1)
    return format(now, STAMP)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from None


def _write(file: Path, content: bytes, *, like: Path) -> None:
    """Write a file whole, for those only who may read the other one: keys may be in it."""
    mode = stat.S_IMODE(like.stat().st_mode) if like.exists() else OWN
    with replacing(file) as written:
        os.fchmod(written.fileno(), mode)
        written.buffer.write(content)
