"""A service with every part that counts something, and what it shows of that."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from polarity.classifier import build_classifier
from polarity.settings import Settings

from .helpers import service

TEXT, UNREADABLE = "love the app", "\u6211\u559c\u6b22"


def whole_settings(checkpoint: Path, folder: Path) -> Settings:
    """Name a real BERT, which is also in the shadow, caches, prices, a store, and a model that is away."""
    return Settings.model_validate(
        {
            "backend": "both",
            "bert": {"checkpoint": str(checkpoint), "result_cache": 10},
            "llm": {
                "server": "remote",
                "base_url": "http://127.0.0.1:9/v1",
                "prompt_price": 1.0,
                "cache": str(folder),
                "retries": 0,
            },
            "shadow": {"backend": "bert", "share": 1.0},
            "store": {"enabled": True, "url": f"sqlite:///{folder}/store.sqlite3"},
        }
    )


@contextmanager
def whole_service(checkpoint: Path, folder: Path) -> Iterator[Callable[[], str]]:
    """Run such a service, ask about one text twice and one that BERT cannot read; give what shows metrics."""
    settings = whole_settings(checkpoint, folder)
    with service(settings=settings, factory=build_classifier) as client:
        for text in (TEXT, TEXT, UNREADABLE):
            client.post("/polarity", json={"input": text, "explain": True})
        yield lambda: _shown(client)


def _shown(client: TestClient) -> str:
    answer = client.get("/metrics")
    assert 200 == answer.status_code
    return answer.text
