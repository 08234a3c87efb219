"""`GET /metrics`, as Prometheus reads it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from prometheus_client.parser import text_string_to_metric_families

from .helpers import Scripted, bert, fails, says, service
from .showing import TEXT, whole_service

# Every label that a metric may have: none of them is a caller's to choose.
LABELS = {
    "backend",
    "candidate",
    "code",
    "contract",
    "contract_sha256",
    "contract_version",
    "decided_by",
    "kind",
    "label",
    "le",
    "outcome",
    "reason",
    "route",
    "stage",
    "state",
    "status",
    "version",
}


@pytest.fixture(scope="module")
def shown(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a service with every part shows once it has been asked."""
    with whole_service(tiny_checkpoint, tmp_path_factory.mktemp("cache")) as written:
        yield written()


def _samples(text: str) -> dict[str, float]:
    """Give the value of each sample by its name and labels, as they are written."""
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


@pytest.mark.slow
def test_every_part_shows_what_it_has_done(shown: str) -> None:
    """Of three requests for two texts: BERT worked twice and remembered once, and the server was away."""
    found = _samples(shown)
    expected = {
        'polarity_requests_total{route="/polarity",status="200"}': 2,
        "polarity_texts_total": 3,
        "polarity_bert_calls_total": 2,
        "polarity_bert_batches_total": 2,
        "polarity_bert_rows_total": 2,
        'polarity_cache_hits_total{backend="bert"}': 1,
        'polarity_cache_misses_total{backend="bert"}': 2,
        'polarity_cache_hits_total{backend="llm"}': 0,
        'polarity_cache_misses_total{backend="llm"}': 3,
        'polarity_answers_total{backend="llm",outcome="failure"}': 3,
        'polarity_failures_total{backend="llm",reason="connection"}': 3,
        'polarity_unmapped_total{backend="bert",reason="unreadable"}': 1,
        'polarity_llm_circuit{state="closed"}': 1,
        'polarity_llm_circuit{state="open"}': 0,
        "polarity_llm_requests_limit": 4,
        'polarity_backend_up{backend="bert"}': 1,
        "polarity_in_flight": 0,
        "polarity_store_up": 1,
        'polarity_shadow_left_out_total{candidate="bert",reason="full"}': 0,
        "polarity_store_lost_total": 0,
        'polarity_request_duration_seconds_count{status="200"}': 2,
        'polarity_stage_duration_seconds_bucket{le="+Inf",stage="llm"}': 3,
    }
    assert expected == {name: found[name] for name in expected}
    assert found["polarity_bert_tokens_total"] > 0
    assert 3 <= found["polarity_store_waiting"] + found["polarity_store_written_total"]
    assert found["polarity_llm_cost_total"] == found['polarity_llm_tokens_total{kind="prompt"}'] / 1e6 > 0
    assert found["process_resident_memory_bytes"] > 1e6


@pytest.mark.slow
def test_labels_are_from_closed_sets_and_no_text_is_among_them(shown: str) -> None:
    """No family has a label that is not known, and none has more children than a closed set allows."""
    families = list(text_string_to_metric_families(shown))
    assert LABELS >= {label for family in families for sample in family.samples for label in sample.labels}
    assert [] == [family.name for family in families if len(family.samples) > 150]
    assert TEXT not in shown
    assert all(family.documentation for family in families)


@pytest.mark.slow
@pytest.mark.skipif(which("promtool") is None, reason="promtool, of Debian's package prometheus, is not here")
def test_prometheus_own_linter_finds_nothing(shown: str) -> None:
    """Names, units, help and types are as Prometheus has them."""
    line = ["promtool", "check", "metrics"]
    done = subprocess.run(line, input=shown, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_what_texts_came_to_is_shown() -> None:
    """Labels, what decided and how each answer was read; what may come is there as 0."""
    llm = Scripted("llm", says("It is not great, and I cannot say."))
    with service(bert(0.6), llm) as client:
        client.post("/polarity", json={"input": ["a", "b"]})
        found = _samples(client.get("/metrics").text)
    assert (2, 0) == tuple(
        found[f'polarity_labels_total{{label="{name}"}}'] for name in ("POSITIVE", "NEUTRAL")
    )
    assert 2 == found['polarity_answers_total{backend="llm",outcome="unmapped"}']
    assert 0 == found['polarity_answers_total{backend="llm",outcome="abstention"}']
    (reason,) = (name for name in found if name.startswith("polarity_unmapped_total"))
    assert 2 == found[reason]
    (decided,) = (name for name in found if name.startswith("polarity_decisions_total"))
    assert decided.startswith('polarity_decisions_total{decided_by="bert:')


def test_a_service_that_is_loading_shows_what_it_can() -> None:
    """Requests and memory are known before any model is."""

    def failing(_: object) -> None:
        raise MemoryError

    with service(bert(), factory=failing) as client:  # type: ignore[arg-type]  # it raises
        client.post("/polarity", json={"input": "a"})
        found = _samples(client.get("/metrics").text)
    assert 1 == found['polarity_problems_total{code="unavailable"}']
    assert 0 == found['polarity_problems_total{code="internal"}']
    assert [] == [name for name in found if name.startswith(("polarity_labels", "polarity_bert"))]


def test_with_keys_metrics_need_one() -> None:
    """How many are angry is the owner's business; nobody else is told."""
    with service(bert(), api_keys=["k"]) as client:
        refused = client.get("/metrics")
        answer = client.get("/metrics", headers={"Authorization": "Bearer k"})
    assert (401, "unauthorized") == (refused.status_code, refused.json()["code"])
    assert (200, "text/plain; version=0.0.4; charset=utf-8") == (
        answer.status_code,
        answer.headers["content-type"],
    )


def test_two_services_in_a_process_count_apart() -> None:
    """Nothing is counted in a place that both have."""
    with service(bert()) as one, service(Scripted("llm", fails("timeout"))) as other:
        one.post("/polarity", json={"input": "a"})
        first, second = (_samples(client.get("/metrics").text) for client in (one, other))
    assert (1, 0) == (first["polarity_texts_total"], second["polarity_texts_total"])
