"""Candidates: what they take over from the rest of the file, and what is said of one that cannot be."""

from pathlib import Path

import pytest

from polarity.errors import SettingsError
from polarity.settings import Settings, candidate_settings, load_settings

FILE = """
[llm]
server = "remote"
base_url = "http://127.0.0.1:9/v1"
api_key = "old-key"
model = "old"

[candidates.renamed.llm]
model = "new"

[candidates.elsewhere.llm]
server = "remote"
base_url = "http://127.0.0.1:8/v1"

[candidates.weekly.bert]
checkpoint = "runs/new"
"""


def _load(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    file = folder / "polarity.toml"
    file.write_text(text)
    monkeypatch.setenv("POLARITY_CONFIG", str(file))
    return load_settings()


def test_a_candidate_is_the_file_with_what_it_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a candidate does not name stays; the settings themselves are as they were."""
    settings = _load(FILE, tmp_path, monkeypatch)

    found = candidate_settings(settings, "renamed")

    assert ("new", "old-key") == (found.llm.model, found.llm.api_key.get_secret_value())
    assert "old" == settings.llm.model
    assert "runs/new" == candidate_settings(settings, "weekly").bert.checkpoint


def test_another_server_takes_nothing_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One server's key is never sent to another: a candidate that names a server starts from nothing."""
    found = candidate_settings(_load(FILE, tmp_path, monkeypatch), "elsewhere")

    assert ("default", "") == (found.llm.model, found.llm.api_key.get_secret_value())


def test_a_backend_is_a_candidate_by_its_name() -> None:
    """Nothing need be declared to try the other backend."""
    assert "llm" == candidate_settings(Settings(), "llm").backend


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[candidates.a.llm]\nmodle = 1",
            r"a\.llm\.modle: no such setting; nearest: candidates\.a\.llm\.model, from",
        ),
        (
            '[candidates.a]\nbackend = "llm"\nagent = "x"',
            r"^candidates\.a\.agent: no such setting, from .*polarity\.toml$",
        ),
        (
            '[candidates.a]\nbackend = "llm"\nbackendd = "x"',
            r"a\.backendd: no such setting, from .*\.toml; nearest: candidates\.a\.backend$",
        ),
        (
            "[candidates.a.bert]\nprecison = 'int8'",
            r"bert\.precison: no such .* nearest: candidates\.a\.bert\.precision, from .*\.toml$",
        ),
        (
            "[candidates.a.bert]\nmax_length = 1",
            r"candidates\.a\.bert\.max_length: .*greater than or equal to 8",
        ),
        ('[candidates.primary]\nbackend = "llm"', r"candidates\.primary: a name is"),
        ("[candidates.a]", r"candidates\.a: is empty"),
        ('[candidates.a]\nbackend = "bart"', r"candidates\.a\.backend"),
        ('[shadow]\ncandidate = "nobody"', "no candidate 'nobody'"),
        ('[shadow]\ncandidate = "a"\nbackend = "llm"', "both set"),
        ('[shadow]\nbackend = "llm"', "store.enabled = true"),
        (
            '[shadow]\nbackend = "llm"\nmoney_per_day = 1.0\n[store]\nenabled = true',
            r"shadow\.money_per_day: candidate 'llm' has no prices",
        ),
    ],
)
def test_what_cannot_be_is_said_at_once(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in a candidate is found when the settings are read, not when it is to take over."""
    with pytest.raises(SettingsError, match=said):
        _load(text, tmp_path, monkeypatch)
