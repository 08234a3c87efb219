"""A small contract with something under every key, and others that differ from it in one key."""

import tomllib
from collections.abc import Sequence
from typing import Any

import tomlkit

from polarity.contract import Contract

SOURCE = """\
id = "answers"
version = "1.2.3"
description = "Yes or no."
labels = ["NO", "EVEN", "YES"]
binding = { e = "EVEN", n = "NO", y = "YES" }

[prompt]
instruction = "Answer."
template = "Q: {text}"
cue = "A:"
stop = ["#"]
examples = [{ text = "Is it on?", label = "YES" }]

[rules]
max_chars = 200
coverage_floor = 0.1
modifiers = ["surely", "very"]
frames = ["[the] answer is {label}", "(it|this) (is|seems) {label}"]
tails = ["with"]
abstain = ["perhaps", "(hard|difficult) to say"]
preambles = ["well", "of course"]
separators = [".", ", because"]
retractions = ["or rather", "hmm"]
negators = ["not", "never"]
contrasts = ["but", "yet"]
refusals = ["sorry"]
fields = ["q:", "a:"]
json_keys = ["answer"]
json_side_keys = ["score"]
json_reason_keys = ["why"]

[rules.aliases]
NO = ["no", "nay"]
EVEN = ["even"]
YES = ["yes", "aye aye"]

[rules.phrases]
NO = ["not (at all|ever)"]
YES = ["you bet"]

[rules.mentions]
NO = ["nope"]
YES = ["yep"]

[rules.description]
subjects = ["the man", "she"]
links = ["is", "was"]
fillers = ["so", "rather"]

[rules.description.denied]
NO = ["glad"]

[rules.description.cues]
NO = ["angry"]
YES = ["glad", "happy"]

[policy]
skip_llm_above = 0.9
bert_floor = 0.5
bert_trust = 0.7
offsets = { NO = 0.1 }
tie_label = "NO"
"""
BASE = Contract.parse(SOURCE.encode())


def with_value(key: str, value: Any, base: str = SOURCE) -> Contract:
    """Give the contract with another value under one key, which may be new; None takes the key out."""
    whole = table = tomllib.loads(base)
    *path, last = key.split(".")
    for name in path:
        table = table.setdefault(name, {})
    if value is None:
        del table[last]
    else:
        table[last] = value
    return Contract.parse(tomlkit.dumps(whole).encode())


def with_item(key: str, added: Sequence[str] = (), removed: Sequence[str] = ()) -> Contract:
    """Give the contract with other items in one of its lists."""
    value: Any = tomllib.loads(SOURCE)
    for name in key.split("."):
        value = value.get(name, [])
    return with_value(key, [*(item for item in value if item not in removed), *added])
