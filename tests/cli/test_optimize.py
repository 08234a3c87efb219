"""`polarity optimize`."""

import json
import shutil
from pathlib import Path

import pytest

from .conftest import FIXTURES, Run


@pytest.mark.slow
def test_it_says_what_was_tried_and_what_answers(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """As JSON and as a table; `doctor` says the same."""
    checkpoint = Path(shutil.copytree(tiny_checkpoint, tmp_path / "checkpoint"))
    rows = [json.loads(line)["text"] for line in (FIXTURES / "reviews.jsonl").read_text("utf-8").splitlines()]
    lines = [json.dumps({"body": f"{row} {at}"}) for at in range(4) for row in rows]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines), "utf-8")
    status, out, err = run(
        "optimize", checkpoint, tmp_path / "texts.jsonl", "--text-column", "body", "--json"
    )
    assert 0 == status
    assert err.startswith("measuring onnxruntime fp32\n")
    found = json.loads(out)
    assert ["onnxruntime", "openvino", "onnxruntime"] == [one["runtime"] for one in found["tried"]][:3]
    told = run("doctor", "--backend", "bert", "--checkpoint", checkpoint, "--json").out
    said = {one["what"]: one["detail"] for one in json.loads(told)}
    assert found["choice"] == said["bert runtime"]


def test_files_without_texts_are_a_sentence(run: Run, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Nothing is measured, and the exit status is 1."""
    (tmp_path / "texts.jsonl").write_text('{"text": "Fine."}\n', "utf-8")
    status, out, err = run("optimize", tiny_checkpoint, tmp_path / "texts.jsonl")
    assert (1, "") == (status, out)
    assert "error: 1 different texts are too few to measure by: 300 are needed\n" == err
