"""BERT's tokenizer without transformers: the same ids, for any text."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from polarity.backends.by_transformers import tokens_of
from polarity.backends.plain.tokenizer import read_tokenizer
from polarity.backends.tokens import Tokens
from polarity.settings import BertSettings

ODD = [
    "",
    " ",
    "[CLS] is a word [SEP] and so is [MASK], [PAD], [UNK]",
    "[cls]no[SEP]space[sep]",
    "Caf\u00e9, cafe\u0301, \u00c9COLE, \u0130stanbul, stra\u00dfe, \ufb01ne",
    "\u6f22\u5b57 and \u304b\u306a, \ud55c\uae00",
    "\u200bzero\u200dwidth\ufeff\x00nul\ufffd \x7f\x85\u00a0\u3000",
    "\U0001f621\U0001f3ff\u200d\U0001f469 \U0001f1e9\U0001f1ea",
    "a" * 101 + " " + "b" * 100 + "##piece",
    "don't... can't!!! 3.14 $5 \u20ac7 #tag @name http://a.b/c?d=e&f",
    "word " * 700,
]
PIECES = st.one_of(
    st.text(max_size=30), st.sampled_from(ODD), st.sampled_from(["[SEP]", "[MASK]", "##", "the"])
)


def _both(folder: Path | str) -> tuple[Tokens, Tokens]:
    plain = read_tokenizer(Path(folder))
    assert plain
    return plain, tokens_of(AutoTokenizer.from_pretrained(folder))


@pytest.fixture(scope="module")
def shipped() -> tuple[Tokens, Tokens]:
    """The shipped checkpoint's, read by either."""
    return _both(BertSettings().source)


def test_all_that_is_known_is_the_same(shipped: tuple[Tokens, Tokens], tiny_checkpoint: Path) -> None:
    """What batches and windows need."""
    for plain, usual in (shipped, _both(tiny_checkpoint)):
        assert _known(usual) == _known(plain)


def _known(tokens: Tokens) -> tuple[Any, ...]:
    return tokens.frame, tokens.max_length, tokens.pad_id, tokens.pads_left, tokens.size


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_have_the_same_ids(text: str, shipped: tuple[Tokens, Tokens]) -> None:
    """Special tokens that callers write, accents, signs without width, words without end."""
    plain, usual = shipped
    assert usual.encode([text]) == plain.encode([text])


@given(st.lists(st.lists(PIECES, max_size=4).map(" ".join), min_size=1, max_size=4))
def test_any_texts_have_the_same_ids(shipped: tuple[Tokens, Tokens], texts: list[str]) -> None:
    """Alone and in company, and nothing is cut."""
    plain, usual = shipped
    sound = [text.encode("utf-8", "replace").decode() for text in texts]
    assert usual.encode(sound) == plain.encode(sound)


def _changed(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "tokenizer_config.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")

    return change


@pytest.mark.parametrize(
    "change",
    [
        _changed(do_lower_case=False),
        _changed(strip_accents=True, do_lower_case=False),
        _changed(tokenize_chinese_chars=False),
        _changed(padding_side="left", model_max_length=None),
        _changed(unk_token={"content": "[UNK]", "__type": "AddedToken"}),
        lambda folder: (folder / "special_tokens_map.json").write_text('{"cls_token": "[CLS]"}', "utf-8"),
    ],
)
def test_what_the_configuration_says_is_done(
    change: Callable[[Path], Any], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Whatever `tokenizer.json` holds, from the time when it was saved."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "changed")
    change(folder)
    plain, usual = _both(folder)
    assert _known(usual) == _known(plain)
    texts = [*ODD, "The APP", "th\u00e9 app\u00e9"]
    assert usual.encode(texts) == plain.encode(texts)


def _added(folder: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["unheardof"])
    tokenizer.save_pretrained(folder)


@pytest.mark.parametrize(
    "change",
    [
        _added,
        _changed(tokenizer_class="PreTrainedTokenizerFast"),
        _changed(cls_token="[NONE]"),
        _changed(cls_token="[SEP]"),
        _changed(cls_token=7),
        _changed(extra_special_tokens=["the"]),
        _changed(strip_accents="perhaps"),
        _changed(model_max_length="long"),
        _changed(added_tokens_decoder={"7": {"content": "the"}}),
        lambda folder: (folder / "special_tokens_map.json").write_text('{"cls_token": "the"}', "utf-8"),
        lambda folder: (folder / "added_tokens.json").write_text("{}", "utf-8"),
        lambda folder: (folder / "tokenizer.json").unlink(),
        lambda folder: (folder / "tokenizer.json").write_text('{"added_tokens": [1]}', "utf-8"),
        lambda folder: (folder / "tokenizer_config.json").write_text("{", "utf-8"),
    ],
)
def test_what_is_not_a_berts_is_left_alone(
    change: Callable[[Path], Any], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Tokens that somebody added, another class, files that say two things: no guess, and no error."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "other")
    assert read_tokenizer(folder)
    change(folder)
    assert read_tokenizer(folder) is None
