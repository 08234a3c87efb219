"""All that a language model's answers depend on, but for the text: what a cache tells questions apart by.

Whatever else is asked by must be put in here: else an old answer would stand for a new question.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from polarity.backends.answer_cache import key_of
from polarity.backends.embedded import EmbeddedServer
from polarity.contract import Contract
from polarity.settings import LlmSettings

# Settings that no answer depends on. A new one counts until it is put here.
BESIDE_THE_ANSWER = {
    "api_key",
    "cache",
    "cache_mb",
    "completion_price",
    "concurrency",
    "deadline_ms",
    "gguf",  # the weights stand by their hash
    "max_spend",
    "prompt_price",
    "requests_per_minute",
    "retries",
    "threads",  # the server's own number stands
    "tokens_per_minute",
}


def asked_by(settings: LlmSettings, contract: Contract, server: EmbeddedServer | None) -> Mapping[str, Any]:
    """Give what every answer depends on, as plain values.

    >>> from polarity.contract import load_contract
    >>> llm = LlmSettings(server="remote", base_url="http://127.0.0.1:8080/v1", api="completions")
    >>> found = asked_by(llm, load_contract(), None)
    >>> found["base_url"], found["strategy"], found["max_tokens"], "api_key" in found
    ('http://127.0.0.1:8080/v1', 'score', 8, False)
    """
    form = contract.prompt.as_chat if settings.api == "chat" else contract.prompt
    headers = {name: value.get_secret_value() for name, value in settings.extra_headers.items()}
    return {
        **settings.model_dump(mode="json", exclude=BESIDE_THE_ANSWER),
        "extra_headers": key_of(headers).hex(),
        "polarity": version("polarity"),
        "embedded": _embedded(server) if server else None,
        "stop": form.stop,
        "max_tokens": form.max_tokens,
        "max_text_tokens": contract.prompt.max_text_tokens,
        "words": None if settings.strategy == "free" else _words(contract),
    }


def _embedded(server: EmbeddedServer) -> Mapping[str, Any]:
    """Say what the embedded server's answers depend on: its threads decide on the last bits."""
    return {
        "weights": server.weights.sha256(),
        "release": version("xllamacpp"),
        "threads": server.threads,
    }


def _words(contract: Contract) -> str:
    """Give the hash of what decides whether a server is asked for more candidates."""
    stated = contract.statements.items()
    words = [[text, one.family, one.label] for text, one in stated if one.family in ("exact", "abstain")]
    begun = {text: sorted(labels) for text, labels in contract.beginnings.items()}
    whole = {"words": sorted(words, key=str), "begun": begun, "floor": contract.rules.coverage_floor}
    return key_of({**whole, "labels": contract.labels}).hex()
