"""`polarity serve`: the flags; the service itself has its own tests."""

import signal
from pathlib import Path

import pytest

from polarity.service import starting
from polarity.settings import Settings

from .conftest import Run


def _kept(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    kept: list[Settings] = []
    monkeypatch.setattr(starting, "serve", lambda settings, **_: kept.append(settings))
    return kept


def test_flags_become_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each flag wins over the environment; what is not given stays as it was set."""
    kept = _kept(monkeypatch)
    monkeypatch.setenv("POLARITY_SERVICE__PORT", "1234")
    monkeypatch.setenv("POLARITY_SERVICE__MAX_TEXTS", "7")
    flags = ("--backend", "both", "--checkpoint", "ck", "--strategy", "free", "--host", "::1", "--port", 0)
    assert (0, "", "") == run("serve", *flags)
    (found,) = kept
    assert ("both", "ck", "free") == (found.backend, found.bert.checkpoint, found.llm.strategy)
    assert ("::1", 0, 7) == (found.service.host, found.service.port, found.service.max_texts)


def test_one_line_switches_the_backend(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`backend` in the settings file is enough, and the environment wins over it."""
    kept = _kept(monkeypatch)
    (tmp_path / "polarity.toml").write_text('backend = "llm"\n', "utf-8")
    run("serve")
    monkeypatch.setenv("POLARITY_BACKEND", "both")
    run("serve")
    assert ["llm", "both"] == [settings.backend for settings in kept]


def test_a_hangup_before_it_is_listened_to_ends_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for a reload while the service starts is not the one who kills it."""
    heard = []
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    monkeypatch.setattr(starting, "serve", lambda *_, **__: heard.append(signal.getsignal(signal.SIGHUP)))
    try:
        run("serve")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert [signal.SIG_IGN] == heard


@pytest.mark.slow
def test_a_missing_checkpoint_ends_the_service(process: Run) -> None:
    """A service that can never answer exits with 1 and says why, without a traceback."""
    status, out, err = process("serve", "--checkpoint", "/nowhere", "--port", 0)
    assert (1, "") == (status, out)
    assert err.splitlines()[-1].startswith("error: '/nowhere'")  # above it may stand the service's log
    assert "Traceback" not in err
