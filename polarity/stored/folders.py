"""Folders of labelled rows: what was labelled in bulk, in Parquet parts, and the manifest that names them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from polarity.stored.reading import read_object, shaped
from polarity.types import ContractRef, Model, Usage

MANIFEST: Final = "_manifest.json"  # engines that read a folder pass over what begins so
ERRORS: Final = "_errors"  # the folder of the rows that got no label


class Part(BaseModel):
    """A file of the folder: which rows it holds, and what became of them.

    `first` is its first row's number in the whole input, from 1. `input` is the sha256 of the rows that it
    was made of, `sha256` that of the file. `errors` counts rows without a label by the reason.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    first: int
    rows: int
    input: str
    sha256: str
    errors: Mapping[str, int]
    usage: Mapping[str, Usage]


class Manifest(BaseModel):
    """What a folder holds, and what its answers depend on: see `asking.fingerprint`.

    `parts` are there once it is `finished`. `raws` says whether every row has what the backends said.
    """

    model_config = ConfigDict(frozen=True)

    polarity: str
    finished: bool = False
    fingerprint: Mapping[str, Any]
    contract: ContractRef
    models: Mapping[str, Model]
    raws: bool
    parts: Sequence[Part] = ()
    rows: int = 0
    labelled: int = 0
    errors: Mapping[str, int] = {}
    usage: Mapping[str, Usage] = {}

    def spelled(self) -> str:
        """Spell it as a file of JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


_MANIFEST: Final[TypeAdapter[Manifest]] = TypeAdapter(Manifest)


def read_manifest(folder: Path) -> Manifest | None:
    """Read what a folder says of itself; None where it says nothing.

    Raises:
        RecordError: its manifest is broken. Names the file and the place.
    """
    path = folder / MANIFEST
    return shaped(_MANIFEST, read_object(path), path=path) if path.is_file() else None
