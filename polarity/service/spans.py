"""OpenTelemetry spans: one for each request to label texts, and one below it for each of its stages.

They are made once a request has its response, of the times that were seen: the request does not wait for
it, and nothing of a text can be in them. What a collector does not take is dropped, never waited for.

What OpenTelemetry's own variables set holds, too: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`,
`OTEL_SERVICE_NAME`, ...
"""

import threading
import time
from importlib.metadata import version
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from polarity.service.counting import LABELLING
from polarity.service.seen import Seen

EXPORT_S: Final = 5.0  # for a batch, attempts included
END_S: Final = 5.0  # for what is left when the service ends
NANO: Final = 1_000_000_000
FAULT: Final = 500
PARENTS: Final = (b"traceparent", b"tracestate")  # W3C Trace Context


class Spans:
    """Sends spans to a collector, which takes OTLP over HTTP at `url`, on a thread of its own."""

    def __init__(self, url: str) -> None:
        own = {SERVICE_NAME: "polarity", SERVICE_VERSION: version("polarity")}
        resource = Resource.create(own).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url, timeout=EXPORT_S)))
        self._tracer = self._provider.get_tracer("polarity", version("polarity"))

    def note(self, seen: Seen, scope: Scope) -> None:
        """Make the spans of a request that has ended; of a probe or a page none."""
        if seen.route != LABELLING:
            return
        now_ns = time.time_ns()
        span = self._tracer.start_span(
            f"{seen.method} {seen.route}",
            _parent(scope),
            SpanKind.SERVER,
            {
                "http.request.method": seen.method,
                "http.route": seen.route,
                "http.response.status_code": seen.status,
                "polarity.request_id": seen.id,
                "polarity.texts": seen.texts,
                **({"polarity.code": seen.code} if seen.code else {}),
            },
            start_time=_at_ns(seen, seen.began_s, now_ns),
        )
        if seen.status >= FAULT:
            span.set_status(Status(StatusCode.ERROR, seen.code))
        below = set_span_in_context(span)
        for name, began_s, ended_s in seen.stages:
            stage = self._tracer.start_span(name, below, start_time=_at_ns(seen, began_s, now_ns))
            stage.end(_at_ns(seen, ended_s, now_ns))
        span.end(now_ns)

    def close(self) -> None:
        """Send what is left, as far as that can be done in `END_S`."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(END_S)


def _parent(scope: Scope) -> Context:
    """Read whose span a request's is below, where its caller traces, too."""
    carried = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in PARENTS}
    return TraceContextTextMapPropagator().extract(carried)


def _at_ns(seen: Seen, at_s: float, ended_ns: int) -> int:
    """Say when that was by the wall clock, by which the request ended at `ended_ns`."""
    return ended_ns - int(NANO * (seen.ended_s - at_s))
