"""BERT's tokenizer without transformers: WordPiece over a vocabulary, by the library that transformers uses.

Of `tokenizer.json` the vocabulary is taken, and the rest is as `tokenizer_config.json` says: so transformers
does it. Tokens that somebody added are left to it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from polarity.backends.overflow import frame_of
from polarity.backends.plain.config import read_json
from polarity.backends.tokens import Tokens

FILE: Final = "tokenizer.json"
CONFIG: Final = "tokenizer_config.json"
OLDER: Final = "special_tokens_map.json"  # says again what the configuration does
ADDED: Final = "added_tokens.json"
LISTED: Final = "added_tokens"  # in `tokenizer.json`
CLASSES: Final = ("BertTokenizer", "BertTokenizerFast")
SPECIAL: Final = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}  # a key of the configuration -> the token, where it names none
MUST_BE_EMPTY: Final = ("extra_special_tokens", "additional_special_tokens", "split_special_tokens")
FLAGS: Final = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
NO_LIMIT: Final = int(1e30)  # of a tokenizer that was made for no length, as transformers says it


def read_tokenizer(folder: Path) -> Tokens | None:
    """Read it; None where the files are not there, or are broken, or not those of such a tokenizer."""
    config, found = read_json(folder / CONFIG), read_json(folder / FILE)
    if config is None or found is None or (folder / ADDED).exists():
        return None
    if config.get("tokenizer_class") not in CLASSES or any(map(config.get, MUST_BE_EMPTY)):
        return None
    vocabulary = _vocabulary(found)
    special = _special(config, read_json(folder / OLDER) or {})
    ids = {token: vocabulary[token] for token in special.values() if token in vocabulary}
    if not len(ids) == len(SPECIAL) < len(vocabulary) or not _adds_only(ids, config, found):
        return None
    return _tokens(vocabulary, config, special)


def _special(config: Mapping[str, Any], older: Mapping[str, Any]) -> dict[str, str]:
    """Give BERT's own tokens by their keys; none where two files differ."""
    named = {key: _content(config.get(key, token)) for key, token in SPECIAL.items()}
    if named | {key: _content(token) for key, token in older.items()} != named:
        return {}
    return {key: token for key, token in named.items() if token is not None}


def _vocabulary(found: Mapping[str, Any]) -> dict[str, int]:
    model = found.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    return vocabulary if isinstance(vocabulary, dict) else {}


def _content(token: Any) -> str | None:
    """Give a token's text, which may be held with its flags."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else None


def _adds_only(ids: Mapping[str, int], config: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether both files add these tokens to the vocabulary, and no other ones; one may add none."""
    expected = {str(at): {"content": token, **FLAGS} for token, at in ids.items()}
    try:
        added = {
            str(token["id"]): {key: token[key] for key in token if key != "id"}
            for token in found["added_tokens"]
        }
    except (KeyError, TypeError):
        return False
    return added == expected and config.get("added_tokens_decoder", expected) == expected


def _tokens(
    vocabulary: dict[str, int], config: Mapping[str, Any], special: Mapping[str, str]
) -> Tokens | None:
    first, last = special["cls_token"], special["sep_token"]
    try:
        tokenizer = Tokenizer(WordPiece(vocabulary, unk_token=special["unk_token"]))
        tokenizer.normalizer = BertNormalizer(
            clean_text=True,
            handle_chinese_chars=config.get("tokenize_chinese_chars", True),
            strip_accents=config.get("strip_accents"),
            lowercase=config.get("do_lower_case", True),
        )
        limit = int(config.get("model_max_length") or NO_LIMIT)
    except (TypeError, ValueError, OverflowError):
        return None
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(token, vocabulary[token]) for token in (first, last)]
    )
    tokenizer.add_special_tokens([*special.values()])

    def encode(texts: Sequence[str]) -> list[list[int]]:
        return [found.ids for found in tokenizer.encode_batch_fast(list(texts))]

    return Tokens(
        encode=encode,
        frame=frame_of(tokenizer.encode("a").special_tokens_mask),
        max_length=limit,
        pad_id=vocabulary[special["pad_token"]],
        pads_left=config.get("padding_side") == "left",
        size=tokenizer.get_vocab_size(),
    )
