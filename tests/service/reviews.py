"""A service with decisions to review."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from polarity.settings import Settings
from polarity.store import DecisionEntry, open_store
from tests.review.helpers import agreed, asked, both, candidate, llm
from tests.review.helpers import bert as bert_said
from tests.store.helpers import recorded, wait_until

from .helpers import bert, service

HEADERS = {"Authorization": "Bearer k"}
HOSTILE = '<img src=x onerror=alert(1)> </script><script>alert(2)</script> & "quoted"'


def decisions() -> list[DecisionEntry]:
    """Give eight decisions: one is suspected of each kind, one is hostile."""
    return [
        asked(0, both(bert_said("POSITIVE", 0.6), llm("NEGATIVE")), text="Well, that was a surprise."),
        asked(1, both(bert_said("POSITIVE", 0.6), llm(None, "not my cup of tea")), text="Not for me."),
        asked(2, both(bert_said("NEUTRAL", 0.5), llm(None, HOSTILE)), text=HOSTILE),
        candidate(3, "NEGATIVE"),
        agreed(3),
        *(agreed(at) for at in range(4, 8)),
    ]


@contextmanager
def reviewed_service(
    folder: Path,
    entries: Sequence[DecisionEntry] | None = None,
    *,
    keys: Sequence[str] = ("k",),
    **review: object,
) -> Iterator[TestClient]:
    """Run the service over a store that holds decisions."""
    url = f"sqlite:///{folder / 'store.sqlite3'}"
    with open_store(url) as store:
        recorded(store, *(decisions() if entries is None else entries))
    settings = Settings.model_validate(
        {
            "service": {"api_keys": keys},
            "store": {"enabled": True, "url": url},
            "review": {"audit_share": 1.0, "read_twice": 0.0, **review},
        }
    )
    with service(bert(), settings=settings) as client:
        recorder = client.app.state.runtime.storing.recorder  # type: ignore[attr-defined]  # it is ours
        wait_until(lambda: recorder.store is not None)
        yield client


def drawn(client: TestClient) -> None:
    """Draw what there is."""
    assert client.post("/review/draw", headers=HEADERS, json={}).json()["is_drawn"]
