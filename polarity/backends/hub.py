"""Checkpoints that are named by a hub id: what lies in the cache, or is fetched into it."""

import logging
from pathlib import Path
from typing import Final

import huggingface_hub
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

from polarity.backends.folders import CONFIG
from polarity.errors import CheckpointError

log = logging.getLogger(__name__)

HUB_TIMEOUT_S: Final = 10.0
MAX_DETAIL: Final = 300  # characters of another library's message
LOADED: Final = ("*.json", "*.safetensors", "*.txt", "*.model")  # what any loader may want of a checkpoint
NOWHERE: Final = "is no folder here and cannot be loaded from the hub"
UNREACHED: Final = "no such folder; the hub cannot be reached, and its cache has no such model"
NOT_LOADED: Final = "*/*"  # the same once more, for other libraries


def folder_of(source: str) -> Path:
    """Give a folder as it is, and that of a hub id's files.

    Raises:
        CheckpointError: there is neither.
    """
    if Path(source).is_dir():
        return Path(source)
    cached_only = not is_on_hub(source)
    try:
        found = huggingface_hub.snapshot_download(
            source,
            allow_patterns=[*LOADED],
            ignore_patterns=NOT_LOADED,
            local_files_only=cached_only,
            etag_timeout=HUB_TIMEOUT_S,
        )
    except Exception as error:  # the hub's client, HTTP, sockets and the disk each raise their own
        raise CheckpointError(f"{source!r} {NOWHERE}: {one_line(error)}") from error
    return Path(found)


def is_on_hub(source: str) -> bool:
    """Ask the hub once for a source that is no folder; if it does not answer, the cache is what is left.

    The loaders would ask for every file, again and again: most of a minute before they give up.

    Raises:
        CheckpointError: it is no hub id, there is no such model, or no answer and nothing in the cache.
    """
    try:
        huggingface_hub.model_info(source, timeout=HUB_TIMEOUT_S)
    except HFValidationError:
        raise CheckpointError(f"{source!r}: no such folder") from None
    except RepositoryNotFoundError:
        raise CheckpointError(f"{source!r}: no such folder, and the hub has no such model") from None
    except Exception as error:  # noqa: BLE001 - the hub's client, HTTP and sockets each raise their own
        log.info("the hub does not answer: %s", error)
        if not isinstance(huggingface_hub.try_to_load_from_cache(source, CONFIG), str):
            raise CheckpointError(f"{source!r}: {UNREACHED}") from None
        return False
    return True


def one_line(error: Exception) -> str:
    r"""Say what kind of error it is, and what it says.

    >>> one_line(ValueError("a\n b"))
    'ValueError: a b'
    """
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return line if len(line) <= MAX_DETAIL else f"{line[:MAX_DETAIL]}..."
