"""One answer word and nothing else: how a server is made to keep to the contract's words. Pure.

Servers differ in how they are told, and many take such a request and do not keep to it. So each way is
tried first with a canary: its only word is one that no model says by itself, and the model is asked for
another one. Where the canary comes back, the way is enforced, by whatever means; see `proving`.

| way | told by | servers |
|---|---|---|
| `grammar` | `grammar`, GBNF | llama.cpp |
| `choice` | `structured_outputs.choice` | vLLM |
| `guided_choice` | `guided_choice` | older vLLM |
| `json_schema` | `response_format` | OpenAI, llama.cpp under chat, vLLM, SGLang, Ollama |

The ways that let the model say the bare word, as the prompt teaches it, come first; JSON is last.
"""

import json
from collections.abc import Sequence
from typing import Any, Literal, get_args

from polarity.contract import Contract

Way = Literal["grammar", "choice", "guided_choice", "json_schema"]
WAYS: tuple[Way, ...] = get_args(Way)
CANARY = "quolvix"
DECOY = "Reply with the word kettle and with nothing else."
BEST_KEY = "label"
END = 2  # tokens behind a bare word
SPACES = 16  # tokens of white space that a schema lets pass


def ways(contract: Contract) -> list[Way]:
    """List the ways whose answers the contract can read: JSON only where it opens it by a key."""
    return [way for way in WAYS if way != "json_schema" or contract.rules.json_keys]


def words(contract: Contract, api: Literal["completions", "chat"]) -> list[str]:
    """Give what may be answered: one word a label. A completion's begins with a blank, as its examples do.

    >>> from polarity.contract import load_contract
    >>> words(load_contract(), "completions")
    [' negative', ' neutral', ' positive']
    """
    blank = " " if api == "completions" else ""
    return [f"{blank}{word}" for word in contract.file.answer_words.values()]


def key(contract: Contract) -> str:
    """Name the key that the word stands under in JSON: one that the contract reads a label from."""
    keys = contract.rules.json_keys
    return BEST_KEY if BEST_KEY in keys or not keys else keys[0]


def constraint(way: Way, words: Sequence[str], key: str = BEST_KEY) -> dict[str, Any]:
    """Write what a request must hold so that one of the words is answered.

    >>> constraint("grammar", ["yes", "no"])
    {'grammar': 'root ::= "yes" | "no"'}
    >>> constraint("choice", ["yes", "no"])
    {'structured_outputs': {'choice': ['yes', 'no']}}
    """
    if way == "choice":
        return {"structured_outputs": {"choice": list(words)}}
    if way == "guided_choice":
        return {"guided_choice": list(words)}
    if way == "grammar":
        return {"grammar": f"root ::= {' | '.join(json.dumps(word, ensure_ascii=False) for word in words)}"}
    schema = {
        "type": "object",
        "properties": {key: {"type": "string", "enum": [word.strip() for word in words]}},
        "required": [key],
        "additionalProperties": False,
    }
    return {"response_format": {"type": "json_schema", "json_schema": _named(schema)}}


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": "answer", "strict": True, "schema": schema}


def most_tokens(way: Way, words: Sequence[str], key: str = BEST_KEY) -> int:
    """Give the tokens that the longest answer may take: no token is less than a byte.

    >>> most_tokens("grammar", ["positive", "neutral"]), most_tokens("json_schema", ["positive", "neutral"])
    (10, 37)
    """
    if way != "json_schema":
        return max(len(word.encode()) for word in words) + END
    return max(len(json.dumps({key: word.strip()}, ensure_ascii=False).encode()) for word in words) + SPACES


def is_canary(way: Way, text: str, key: str = BEST_KEY) -> bool:
    """Say whether an answer is the canary, exactly.

    >>> is_canary("grammar", " quolvix"), is_canary("json_schema", '{"label": "quolvix"}')
    (True, True)
    >>> is_canary("json_schema", "quolvix"), is_canary("choice", "kettle")
    (False, False)
    """
    if way != "json_schema":
        return text.strip() == CANARY
    try:
        return bool(json.loads(text) == {key: CANARY})
    except (ValueError, RecursionError):
        return False
