"""Records of what was optimized, without optimizing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from polarity.backends.facts import WEIGHTS
from polarity.backends.runtimes.base import Shape
from polarity.backends.runtimes.kept import (
    Measured,
    Optimized,
    OptimizedPrecision,
    Optimizing,
    installed,
    keep,
)
from polarity.backends.runtimes.processors import processor
from polarity.places import file_hash

KeepOne = Callable[..., Path]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A folder with something in the place of weights."""
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / WEIGHTS).write_bytes(b"weights")
    return tmp_path / "checkpoint"


@pytest.fixture
def keep_one(checkpoint: Path, tmp_path: Path) -> KeepOne:
    """Keep a graph that is none, measured as the arguments say."""

    def kept(
        runtime: Optimizing = "onnxruntime",
        precision: OptimizedPrecision = "fp32",
        *,
        times: float = 2.0,
        agreement: float = 1.0,
        company: float = 0.0,
        precise: bytes | None = None,
    ) -> Path:
        (tmp_path / "graph").write_bytes(b"graph")
        if precise:
            (tmp_path / "precise").write_bytes(precise)
        found = Measured(
            texts=1000,
            agreement=agreement,
            farthest=0.01,
            company=company,
            texts_per_s=10 * times,
            torch_texts_per_s=10,
        )
        record = Optimized(
            runtime=runtime,
            precision=precision,
            recipe=precision,
            weights_sha256=file_hash(checkpoint / WEIGHTS),
            graph_sha256=file_hash(tmp_path / "graph"),
            version=str(installed(runtime)),
            processor=processor(),
            shape=Shape(("a", "b"), 8, 9),
            measured=found,
            precise_sha256=file_hash(tmp_path / "precise") if precise else None,
        )
        return keep(str(checkpoint), record, tmp_path / "graph", tmp_path / "precise" if precise else None)

    return kept
