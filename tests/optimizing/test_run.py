"""A checkpoint is optimized, and from then on answers as before, by another library."""

import asyncio
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from polarity.backends.bert import BertBackend, begun_apart
from polarity.backends.runtimes.choice import choose
from polarity.backends.runtimes.doubting import Doubting
from polarity.backends.runtimes.kept import MODEL, PRECISE, RECORD, Optimized
from polarity.backends.runtimes.onnxruntime import OnnxRuntime
from polarity.backends.runtimes.opening import opened
from polarity.backends.runtimes.processors import has_vnni
from polarity.contract import load_contract
from polarity.errors import CheckpointError, RecordError
from polarity.optimizing import Tried, optimize
from polarity.settings import BertSettings
from polarity.types import Scores

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
TEXTS = ["Great app.", "", "It broke twice, and nobody answered my letters."]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred different texts, without labels."""
    rows = [json.loads(line)["text"] for line in (FIXTURES / "reviews.jsonl").read_text("utf-8").splitlines()]
    lines = [json.dumps({"text": f"{row} {at}"}) for at in range(5) for row in rows]
    path = tmp_path_factory.mktemp("texts") / "texts.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def optimized(
    tiny_checkpoint: Path, texts: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Tried]]:
    """A copy of the tiny checkpoint, optimized, and what was tried."""
    folder = tmp_path_factory.mktemp("optimized") / "checkpoint"
    shutil.copytree(tiny_checkpoint, folder)
    return folder, optimize(folder, texts, BertSettings(threads=1))


@pytest.mark.slow
def test_fp32_agrees_and_is_kept(optimized: tuple[Path, list[Tried]]) -> None:
    """By both libraries, on texts that int8 was not fitted to, in any company."""
    folder, tried = optimized
    fp32 = [one for one in tried if one.precision == "fp32"]
    assert ["onnxruntime", "openvino"] == [one.runtime for one in fp32]
    for one in fp32:
        assert 300 == one.measured.texts
        assert (1.0, True) == (one.measured.agreement, one.measured.is_stable)
        assert one.measured.farthest < 1e-5
        assert one.folder
        assert folder / "optimized" == one.folder.parent
    int8 = [one for one in tried if one.precision == "int8"]
    assert {"onnxruntime", *(["openvino"] if has_vnni() else [])} == {one.runtime for one in int8}
    assert all(one.measured.agrees == bool(one.folder and (one.folder / MODEL).is_file()) for one in int8)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("how", ["here", "apart"])
def test_it_answers_as_before(runtime: str, how: str, optimized: tuple[Path, list[Tried]]) -> None:
    """In this process and in one of its own."""
    found = []
    for name in ("torch", runtime):
        settings = BertSettings.model_validate(
            {"checkpoint": str(optimized[0]), "runtime": name, "precision": "fp32", "threads": 1}
        )
        assert name == choose(settings).runtime
        found.append(asyncio.run(_scores(settings, how)))
    for expected, scores in zip(*found, strict=True):
        assert pytest.approx(expected, abs=1e-5) == scores


async def _scores(settings: BertSettings, how: str) -> list[dict[str, float]]:
    apart = begun_apart(settings) if how == "apart" else None
    backend = BertBackend.load(settings, load_contract(), apart=apart)
    raws = await backend.predict(TEXTS)
    await backend.aclose()
    assert all(isinstance(raw, Scores) for raw in raws)
    return [dict(raw.probabilities) for raw in raws if isinstance(raw, Scores)]


@pytest.mark.slow
def test_what_was_kept_with_a_precise_graph_asks_it(
    optimized: tuple[Path, list[Tried]], tmp_path: Path
) -> None:
    """Where a label leads by less than the record says: here always. Without one there is nobody to ask."""
    folder = next(one.folder for one in optimized[1] if one.runtime == "onnxruntime")
    assert folder
    record = Optimized.model_validate_json((folder / RECORD).read_bytes())
    shutil.copyfile(folder / MODEL, tmp_path / PRECISE)
    shutil.copyfile(folder / MODEL, tmp_path / MODEL)
    for doubt, kind in ((0.0, OnnxRuntime), (2.0, Doubting)):
        sha256 = record.graph_sha256 if doubt else None
        own = record.model_copy(update={"doubt": doubt, "precise_sha256": sha256})
        (tmp_path / RECORD).write_text(own.model_dump_json(), "utf-8")
        found = opened(tmp_path, threads=1)
        assert kind is type(found)
        assert pytest.approx(opened(folder, threads=1).logits([[2, 5, 3]])[0]) == found.logits([[2, 5, 3]])[0]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_threads_ask_at_once(runtime: str, optimized: tuple[Path, list[Tried]]) -> None:
    """As many as it has; each row's answer is the one that it has alone, with all processors."""
    folder = next(one.folder for one in optimized[1] if (one.runtime, one.precision) == (runtime, "fp32"))
    assert folder
    network = opened(folder, threads=2)
    rows = [[2, *range(5, 5 + length), 3] for length in range(1, 30)]
    alone = [network.logits([row], is_lone=True)[0] for row in rows]
    with ThreadPoolExecutor(network.at_once) as pool:
        found = [*pool.map(network.logits, [rows] * 8)]
    assert 2 == network.at_once
    assert {"onnxruntime": 12, "openvino": 8}[runtime] == opened(folder, threads=12).at_once
    assert [[pytest.approx(row, abs=1e-5) for row in alone]] * 8 == found


@pytest.mark.slow
def test_an_optimized_checkpoint_is_run_without_torch(optimized: tuple[Path, list[Tried]]) -> None:
    """Neither torch nor transformers is imported."""
    code = (
        "import asyncio, sys\n"
        "from polarity.backends.bert import BertBackend\n"
        "from polarity.contract import load_contract\n"
        "from polarity.settings import BertSettings\n"
        "settings = BertSettings(checkpoint=sys.argv[1], runtime='onnxruntime', precision='fp32')\n"
        "backend = BertBackend.load(settings, load_contract())\n"
        "print(type(asyncio.run(backend.predict(['Fine.']))[0]).__name__)\n"
        "print(sorted({'torch', 'transformers', 'onnx', 'openvino'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(optimized[0])], capture_output=True, text=True, check=False
    )
    assert ["Scores", "[]"] == done.stdout.split("\n")[:2], done.stderr


def test_what_cannot_be_optimized_is_a_sentence(tiny_checkpoint: Path, texts: Path, tmp_path: Path) -> None:
    """Too few texts, and a network that is no BERT."""
    (tmp_path / "few.jsonl").write_text('{"text": "Fine."}\n{"text": "Bad."}\n', "utf-8")
    with pytest.raises(RecordError, match=r"^2 different texts are too few to measure by: 300 are needed$"):
        optimize(tiny_checkpoint, tmp_path / "few.jsonl")
    with pytest.raises(CheckpointError, match=r"^'some/hub-id' has no model.safetensors: only a folder that"):
        optimize("some/hub-id", texts)
