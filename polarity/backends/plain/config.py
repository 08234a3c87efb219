"""What `config.json` says of a BERT that gives a text one of several labels."""

import json
from pathlib import Path
from typing import Any, NamedTuple

FILE = "config.json"
MUST_BE = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "is_decoder": False,
    "position_embedding_type": "absolute",
    "representation": None,  # a head of ours, over another vector than the first token's
}  # a key of the file -> the value that is known here
DEFAULTS: dict[str, Any] = {
    "hidden_act": "gelu",
    "is_decoder": False,
    "layer_norm_eps": 1e-12,
    "position_embedding_type": "absolute",
}  # what a BERT has that does not say
MULTI_LABEL = "multi_label_classification"


class BertConfig(NamedTuple):
    """A BERT's shape.

    names       of its labels, in the order of the logits
    layers      of the encoder, each with so many `heads`
    epsilon     what the layer norms add to a variance
    """

    names: tuple[str, ...]
    layers: int
    heads: int
    epsilon: float


def read_config(folder: Path) -> BertConfig | None:
    """Read it; None where it is missing, broken, or of anything else than such a BERT.

    >>> from importlib.resources import files
    >>> read_config(Path(str(files("polarity").joinpath("checkpoint"))))
    BertConfig(names=('negative', 'neutral', 'positive'), layers=6, heads=12, epsilon=1e-12)
    """
    found = read_json(folder / FILE)
    if found is None:
        return None
    values = DEFAULTS | found
    is_known = all(values.get(key) == value for key, value in MUST_BE.items())
    if not is_known or values.get("problem_type") == MULTI_LABEL:
        return None
    try:
        names = tuple(values["id2label"][str(at)] for at in range(len(values["id2label"])))
        layers, heads = int(values["num_hidden_layers"]), int(values["num_attention_heads"])
        return BertConfig(names, layers, heads, float(values["layer_norm_eps"]))
    except (KeyError, TypeError, ValueError):
        return None


def label_names(folder: Path) -> tuple[str, ...]:
    """Read the names of any classifier's labels, in the order of the logits; none where it does not say.

    >>> from importlib.resources import files
    >>> label_names(Path(str(files("polarity").joinpath("checkpoint"))))
    ('negative', 'neutral', 'positive')
    """
    named = (read_json(folder / FILE) or {}).get("id2label") or {}
    try:
        return tuple(str(named[at]) for at in sorted(named, key=int))
    except (TypeError, ValueError):
        return ()


def read_json(path: Path) -> dict[str, Any] | None:
    """Read an object from a JSON file; None where there is none."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
