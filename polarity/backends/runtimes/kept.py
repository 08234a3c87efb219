"""What `polarity optimize` made of a checkpoint: a graph, and what was measured of it.

It lies in `optimized/` beside the weights or, where nothing can be written there, in the cache folder.
Weights, the library's version and the processor decide its name: after a change of any it is not found.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from polarity.backends.runtimes.base import Shape
from polarity.backends.runtimes.processors import processor
from polarity.errors import CheckpointError
from polarity.places import hash_once
from polarity.settings import cache_folder

Optimizing = Literal["onnxruntime", "openvino"]
OptimizedPrecision = Literal["fp32", "int8"]

RUNTIMES: Final[tuple[Optimizing, ...]] = ("onnxruntime", "openvino")
PRECISIONS: Final[tuple[OptimizedPrecision, ...]] = ("fp32", "int8")
FORMAT: Final = "5"  # of the graph and the record: a change makes all that was kept another's
FOLDER: Final = "optimized"
MODEL: Final = "model.onnx"
PRECISE: Final = "fp32.onnx"
RECORD: Final = "optimized.json"
AGREEMENT: Final = 0.995
FARTHEST: Final = 0.05
COMPANY: Final = 1e-3


class Measured(BaseModel):
    """What a runtime did on texts, held against torch in fp32 in the same run.

    texts      how many it was held against on
    agreement  share of them with the same label
    farthest   the most that a probability differed by
    company    the most that a probability moved by when others were in the batch
    texts_per_s, torch_texts_per_s  how quick both were
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    texts: int
    agreement: float
    farthest: float
    company: float
    texts_per_s: float
    torch_texts_per_s: float

    @property
    def times_torch(self) -> float:
        """How many times as quick as torch it is."""
        return self.texts_per_s / self.torch_texts_per_s

    @property
    def agrees(self) -> bool:
        """Whether its answers may stand for torch's."""
        return self.agreement >= AGREEMENT and self.farthest <= FARTHEST

    @property
    def is_stable(self) -> bool:
        """Whether a text's answer is its own, whoever else is in the batch."""
        return self.company <= COMPANY


class Optimized(BaseModel):
    """A graph's record; `graph_sha256` is of the file beside it.

    Where the lead of a label is less than `doubt`, a graph in fp32 answers, whose file is `precise_sha256`'s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    runtime: Optimizing
    precision: OptimizedPrecision
    recipe: str
    weights_sha256: str
    graph_sha256: str
    version: str
    processor: str
    shape: Shape
    measured: Measured
    doubt: float = 0.0
    precise_sha256: str | None = None


def places(source: str) -> list[Path]:
    """Name the folders for a checkpoint: first the one beside it, unless that is in the package."""
    packaged = Path(str(files("polarity").joinpath("checkpoint")))
    own = [] if Path(source).resolve() == packaged.resolve() else [Path(source) / FOLDER]
    return [*own, cache_folder() / FOLDER]


def installed(runtime: Optimizing) -> str | None:
    """Give a library's version, without importing it; None where it is not installed."""
    try:
        return version(runtime)
    except PackageNotFoundError:
        return None


def name_of(weights_sha256: str, runtime: Optimizing, precision: OptimizedPrecision, release: str) -> str:
    """Name what is kept, on this processor."""
    decides = json.dumps([FORMAT, weights_sha256, release, processor()])
    return f"{runtime}-{precision}-{hashlib.sha256(decides.encode()).hexdigest()[:16]}"


def found(source: str, weights: Path) -> Iterator[tuple[Optimized, Path]]:
    """Find what was made of these weights, for this processor and the libraries that are installed.

    What is of other weights is as if it were not there. Whether a graph `is_whole` is for the one to ask who
    takes it: reading tens of megabytes takes a tenth of a second each.
    """
    folders = [place for place in places(source) if place.is_dir()]
    if not folders or not weights.is_file():  # as where a hub's id is the source
        return
    sha256 = hash_once(weights)
    for runtime in RUNTIMES:
        release = installed(runtime)
        for precision in PRECISIONS if release else ():
            name = name_of(sha256, runtime, precision, str(release))
            for folder in folders:
                with suppress(OSError, ValidationError):
                    record = Optimized.model_validate_json((folder / name / RECORD).read_bytes())
                    if record.weights_sha256 == sha256:
                        yield record, folder / name


def is_whole(record: Optimized, folder: Path) -> bool:
    """Say whether the files beside a record are those that it was written for."""
    files = {MODEL: record.graph_sha256, PRECISE: record.precise_sha256}
    with suppress(OSError):
        return all(hash_once(folder / name) == sha256 for name, sha256 in files.items() if sha256)
    return False


def keep(source: str, record: Optimized, graph: Path, precise: Path | None = None) -> Path:
    """Keep a graph, the precise one if there is one, and their record, all or nothing; give the folder.

    What was kept before by this name is replaced.

    Raises:
        CheckpointError: none of the places can be written to.
    """
    name = name_of(record.weights_sha256, record.runtime, record.precision, record.version)
    for place in places(source):
        try:
            return _kept(place, name, record, {MODEL: graph, PRECISE: precise})
        except OSError as error:
            problem = f"{place}: cannot be written: {error.strerror}"
    raise CheckpointError(f"{problem}; POLARITY_CACHE names another folder")


def forget(source: str, weights_sha256: str, runtime: Optimizing, precision: OptimizedPrecision) -> None:
    """Remove what was kept before by this name: it was measured anew and is not good enough."""
    name = name_of(weights_sha256, runtime, precision, str(installed(runtime)))
    for place in places(source):
        shutil.rmtree(place / name, ignore_errors=True)


def _kept(place: Path, name: str, record: Optimized, graphs: Mapping[str, Path | None]) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=place))
    try:
        for own, graph in graphs.items():
            if graph:
                shutil.copyfile(graph, made / own)
        (made / RECORD).write_text(record.model_dump_json(indent=2) + "\n", "utf-8")
        made.chmod(0o755)  # a service may run as somebody else
        shutil.rmtree(place / name, ignore_errors=True)
        made.rename(place / name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return place / name
