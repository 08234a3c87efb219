"""`polarity weights`, over the catalogue in the package; nothing is fetched here."""

import json
from pathlib import Path

import pytest

from polarity.weights import named

from .conftest import Run


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own; the folder with the weights in it."""
    monkeypatch.setenv("POLARITY_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "cache" / "weights"
    path.mkdir(parents=True)
    return path


def test_they_are_listed(run: Run, cache: Path) -> None:
    """A line a name, with what is there of it, its size and its licence."""
    (cache / "qwen2.5-0.5b.partial").mkdir()
    (cache / "qwen2.5-1.5b.gguf").write_bytes(b"GGUF")
    status, out, err = run("weights", "list")
    assert (0, "") == (status, err)
    assert [
        ["qwen2.5-1.5b", "changed", "1,117"],
        ["qwen2.5-0.5b", "partial", "491"],
        ["smollm2", "there", "98"],
    ] == [line.split()[:3] for line in out.splitlines()]
    assert 3 == out.count("MB  Apache-2.0  ")


def test_they_are_listed_for_machines(run: Run, cache: Path) -> None:
    """With `--json` an object a name: where it comes from, by hash, and what it is asked by."""
    assert [] == list(cache.iterdir())
    status, out, _ = run("weights", "list", "--json")
    assert 0 == status
    first, _, last = json.loads(out)
    assert {"name", "title", "origin", "licence", "form", "size", "sha256", "state"} == set(first)
    assert ("qwen2.5-1.5b", "absent", "chat") == (first["name"], first["state"], first["form"])
    assert ("smollm2", "there", "completions") == (last["name"], last["state"], last["form"])


@pytest.mark.usefixtures("cache")
def test_a_path_is_printed(run: Run) -> None:
    """Of weights that are there, and nothing else; `fetch` prints it too, and has nothing to fetch."""
    for command in ("path", "fetch"):
        status, out, err = run("weights", command, "smollm2")
        assert (0, "") == (status, err)
        assert named("smollm2").size == Path(out.removesuffix("\n")).stat().st_size


@pytest.mark.usefixtures("cache")
def test_what_is_not_fetched_has_no_path(run: Run) -> None:
    """The error is the command that fetches it; status 1, for scripts."""
    what = "qwen2.5-1.5b is not fetched: polarity weights fetch qwen2.5-1.5b fetches it (1,117 MB)"
    assert (1, "", f"error: {what}\n") == run("weights", "path", "qwen2.5-1.5b")


@pytest.mark.parametrize("command", ["path", "fetch", "remove"])
def test_an_unknown_name(run: Run, command: str) -> None:
    """The names that there are are listed."""
    names = "qwen2.5-1.5b, qwen2.5-0.5b, smollm2"
    error = f"error: no weights are named 'gpt': there are {names}\n"
    assert (1, "", error) == run("weights", command, "gpt")


def test_they_are_removed(run: Run, cache: Path) -> None:
    """It is said which file it was; one that is not there cannot be removed."""
    (cache / "qwen2.5-1.5b.gguf").write_bytes(b"GGUF")
    assert (0, "", f"removed {cache / 'qwen2.5-1.5b.gguf'}\n") == run("weights", "remove", "qwen2.5-1.5b")
    status, _, err = run("weights", "remove", "qwen2.5-1.5b")
    assert 1 == status
    assert err.startswith("error: qwen2.5-1.5b is not fetched: there is nothing to remove in ")


@pytest.mark.usefixtures("cache")
def test_a_model_that_is_not_fetched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names it in the settings hears what to type, before anything is asked."""
    monkeypatch.setenv("POLARITY_LLM__GGUF", "qwen2.5-1.5b")
    status, out, err = run("classify", "Fine.", "--backend", "llm")
    assert (1, "") == (status, out)
    assert err.startswith("error: qwen2.5-1.5b is not fetched: polarity weights fetch qwen2.5-1.5b ")
