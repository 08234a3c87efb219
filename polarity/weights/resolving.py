"""What `llm.gguf` says, by a name or a path -> the file that is loaded, and what is known of it."""

from pathlib import Path
from typing import NamedTuple

from polarity.errors import WeightsError
from polarity.places import hash_once
from polarity.settings import LlmSettings
from polarity.weights.catalogue import DEFAULT, Form, entries, named
from polarity.weights.shelf import path_of, weights_folder


class Weights(NamedTuple):
    """A file of weights: what it is called, where it lies, and the endpoint its model was made for.

    `form` is None for a file that is not of the catalogue; `recorded` is the hash, where it is known.
    """

    name: str
    path: Path
    form: Form | None = None
    recorded: str | None = None

    def sha256(self) -> str:
        """Give the file's hash, in hex; a file is read for it unless its hash was recorded.

        Raises:
            WeightsError: it cannot be read.
        """
        try:
            return self.recorded or hash_once(self.path)
        except OSError as error:
            raise WeightsError(f"{self.path}: cannot be read: {error.strerror}") from None


def resolved(gguf: str | None) -> Weights:
    """Find the weights that `llm.gguf` names: a name of the catalogue first, else a file.

    A file that is called as an entry is meant by `./NAME`.

    Raises:
        WeightsError: they are not fetched, or there is no such name and no such file; says what to do.
    """
    names = entries()
    if gguf is None or gguf in names:
        entry = named(gguf or DEFAULT)
        recorded = None if entry.installed else entry.sha256
        return Weights(entry.name, path_of(entry, weights_folder()), entry.form, recorded)
    path = Path(gguf)
    if path.is_file():
        return Weights(path.name, path)
    if "/" in gguf or path.suffix == ".gguf":
        raise WeightsError(f"llm.gguf: no such file: {gguf!r}")
    raise WeightsError(f"llm.gguf: {gguf!r} is no file and no name of weights; the names: {', '.join(names)}")


def form_of(settings: LlmSettings) -> Form:
    """Say which endpoint is asked: what the settings say, else what the weights were made for.

    Raises:
        WeightsError: see `resolved`.
    """
    if settings.api:
        return settings.api
    return (resolved(settings.gguf).form if settings.server == "embedded" else None) or "completions"
