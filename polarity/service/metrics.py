"""`GET /metrics`: what the objects of a running service have counted, in Prometheus's text format.

Whoever works counts in objects of its own, for a few additions, and knows nothing of Prometheus. They are
read when somebody asks, which costs a request nothing.
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import Metric

from polarity.backends.breaker import Condition
from polarity.backends.numbers import Numbers
from polarity.backends.result_cache import CacheNumbers
from polarity.classifier import Classifier
from polarity.service.families import (
    gauge,
    of_caches,
    of_decisions,
    of_engine,
    of_requests,
    of_server,
    of_shadow,
    of_store,
    of_version,
)
from polarity.service.runtime import Runtime
from polarity.settings import Settings


class Metrics:
    """Every metric of one service; a registry of its own, since a process may hold several services."""

    MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)  # memory, processor time, descriptors

    def written(self) -> bytes:
        """Write them all down, as they stand now."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Say nothing when it is registered: nothing is loaded then."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every family; those of the models once they are loaded."""
        runtime, loaded = self._runtime, self._runtime.loaded
        settings = loaded.settings if loaded else runtime.settings
        classifier = loaded.classifier if loaded else None
        yield of_version(version("polarity"), settings.backend, classifier.contract if classifier else None)
        counts = runtime.counting.counts
        yield from of_requests(counts)
        yield gauge("polarity_in_flight", "Requests under way.", [], {(): runtime.in_flight})
        most = "Requests that may be under way."
        yield gauge("polarity_in_flight_limit", most, [], {(): settings.most_in_flight})
        if recorder := runtime.storing.recorder:
            yield from of_store(recorder)
        if shadow := runtime.shadow:
            yield from of_shadow(shadow.counts)
        if classifier:
            yield from of_decisions(counts, classifier.contract, classifier.backends)
            yield from _of_backends(classifier, settings)


def _of_backends(classifier: Classifier, settings: Settings) -> Iterator[Metric]:
    """Read what backends show of themselves, each as far as it does."""
    found = classifier.backends.items()
    up = {(name,): float(getattr(backend, "is_up", True)) for name, backend in found}
    yield gauge("polarity_backend_up", "0 while a backend's process is started again.", ["backend"], up)
    looked_up: dict[str, tuple[int, int]] = {}
    for name, backend in found:
        if isinstance(numbers := getattr(backend, "numbers", None), Numbers):
            yield from of_engine(numbers)
        if isinstance(condition := getattr(backend, "condition", None), Condition):
            yield from of_server(condition, settings.llm)
        results = getattr(backend, "results", None)
        if isinstance(numbers := getattr(results, "numbers", None), CacheNumbers):
            looked_up[name] = numbers.hits, numbers.misses
        elif isinstance(hits := getattr(backend, "hits", None), int):
            looked_up[name] = hits, getattr(backend, "misses", 0)
    yield from of_caches(looked_up)
