"""What is plainly wrong with a checkpoint's files, where the libraries that read them say what fell over."""

import json
from pathlib import Path
from typing import Final

POINTER: Final = b"version https://git-lfs.github.com/spec/"  # how a file begins that Git LFS has not fetched
CONFIG: Final = "config.json"  # every model has it


def plainly_wrong(folder: Path) -> str | None:
    """Say what is wrong with a folder's files, if it is one of the plain things; None if it is not.

    >>> plainly_wrong(Path("/nowhere")) is None
    True
    """
    for path in sorted(folder.glob("*")):
        if path.is_file() and _begins(path, POINTER):
            return f"{path.name} is a pointer of Git LFS, not the file: `git lfs pull` fetches that"
    try:
        names = json.loads((folder / CONFIG).read_bytes()).get("id2label")
    except FileNotFoundError:
        return f"it holds no {CONFIG}, so it is no checkpoint" if folder.is_dir() else None
    except (OSError, ValueError, RecursionError, AttributeError):
        return None
    if isinstance(names, list):
        table = json.dumps({str(at): name for at, name in enumerate(names)}, ensure_ascii=False)
        return f"{CONFIG} lists its labels where numbers should lead to them: id2label should be {table}"
    return None


def _begins(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError:
        return False
