"""Spans, as a collector gets them."""

import gzip
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from polarity.settings import Settings

from .helpers import Scripted, bert, fails, service, settings_of

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(ThreadingHTTPServer):
    """Keeps what it is sent, by each body; answers with a status."""

    def __init__(self, status: int = 200) -> None:
        self.bodies: list[bytes] = []
        self.status = status
        super().__init__(("127.0.0.1", 0), Taking)

    @property
    def url(self) -> str:
        """Where it takes spans."""
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    @property
    def spans(self) -> list[Span]:
        """Every span that came."""
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class Taking(BaseHTTPRequestHandler):
    """Takes one body a request."""

    server: Collector

    def do_POST(self) -> None:
        """Keep it, unpacked."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.bodies.append(gzip.decompress(body) if packed else body)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _collector(status: int = 200) -> Iterator[Collector]:
    with Collector(status) as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


def _settings(url: str, *backends: Scripted) -> Settings:
    return settings_of(*backends, spans_url=url)


def _values(span: Span) -> dict[str, object]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_request_is_a_span_and_its_stages_stand_below() -> None:
    """Under the caller's own span, if it has one; with times that lie within each other, and no text."""
    backends = bert(0.6), Scripted("llm", fails("timeout"))
    with _collector() as collector:
        with service(*backends, settings=_settings(collector.url, *backends)) as client:
            carried = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            answer = client.post("/polarity", json={"input": ["my-secret", "b"]}, headers=carried)
            client.get("/livez")
        spans = {span.name: span for span in collector.spans}
    whole = spans.pop("POST /polarity")
    assert (TRACE, PARENT) == (whole.trace_id.hex(), whole.parent_span_id.hex())
    assert {
        "http.request.method": "POST",
        "http.route": "/polarity",
        "http.response.status_code": 200,
        "polarity.request_id": answer.json()["id"],
        "polarity.texts": 2,
    } == _values(whole)
    assert {"read", "bert", "llm", "map", "write"} == set(spans)
    assert {whole.span_id} == {span.parent_span_id for span in spans.values()}
    for span in spans.values():
        assert whole.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= whole.end_time_unix_nano
    assert not any(b"my-secret" in body for body in collector.bodies)
    assert any(b"service.name" in body and b"polarity" in body for body in collector.bodies)


def test_a_request_that_fails_is_an_error_with_its_code() -> None:
    """What is the caller's fault is none; without a caller's span it is the first of its trace."""
    llm = Scripted("llm", fails("connection"))
    with _collector() as collector:
        with service(llm, settings=_settings(collector.url, llm)) as client:
            client.post("/polarity", json={"input": "a"})
            client.post("/polarity", content=b"{")
        whole = [span for span in collector.spans if span.name == "POST /polarity"]
    assert [(2, "unavailable"), (0, "malformed_json")] == [
        (span.status.code, _values(span)["polarity.code"]) for span in whole
    ]
    assert [b"", b""] == [span.parent_span_id for span in whole]


@pytest.mark.parametrize("carried", ["", "00-zz", "\xff", f"00-{TRACE}-{PARENT}-01-extra", "0" * 5000])
def test_a_callers_span_that_is_none_harms_nobody(carried: str) -> None:
    """The request is answered and begins a trace of its own."""
    with _collector() as collector:
        with service(bert(), settings=_settings(collector.url, bert())) as client:
            headers = {b"traceparent": carried.encode("latin-1")}
            assert 200 == client.post("/polarity", json={"input": "a"}, headers=headers).status_code
        (whole,) = (span for span in collector.spans if span.name == "POST /polarity")
    assert b"" == whole.parent_span_id


@pytest.mark.slow
@pytest.mark.parametrize("status", [None, 400, 500])
def test_a_collector_that_takes_nothing_harms_nobody(status: int | None) -> None:
    """Away, refusing or broken: requests are answered, and the service ends."""
    with _collector(status or 200) as collector:
        url = collector.url if status else "http://127.0.0.1:9/v1/traces"
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        with service(bert(), settings=_settings(url, bert())) as client:
            assert 200 == client.post("/polarity", json={"input": "a"}).status_code
        assert bool(status) == bool(collector.bodies)


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    """The extra need not be installed, and no thread waits for spans."""
    with service(bert()) as client:
        client.post("/polarity", json={"input": "a"})
        names = {thread.name for thread in threading.enumerate()}
    assert [] == [name for name in names if "Otel" in name]
