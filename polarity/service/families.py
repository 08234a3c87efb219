"""The metrics, by what they are made of: each function reads one object that counts, and gives its families.

Names follow Prometheus's conventions: a prefix, base units, `_total` for what only grows. Labels are from
closed sets, and those known beforehand are there from the start, as 0: a rate sees the first one, too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, get_args

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from polarity.backends.breaker import Condition, State
from polarity.backends.numbers import Numbers
from polarity.contract import Contract
from polarity.service.counting import Counts, Durations
from polarity.service.problems import Code
from polarity.service.shadow import LeftOut, ShadowCounts
from polarity.settings import LlmSettings
from polarity.statistics.cost import cost
from polarity.types import Abstention, Failure, Unmapped, Verdict

if TYPE_CHECKING:
    from polarity.store import Recorder

KINDS: Final = tuple(kind.kind for kind in (Verdict, Abstention, Unmapped, Failure))

Counted = Mapping[Any, float]  # by tuples of as many strings as there are labels


def counter(name: str, what: str, labels: Sequence[str], counted: Counted) -> Metric:
    """Make a family of what only grows; without labels its key is the empty tuple."""
    family = CounterMetricFamily(name, what, labels=labels)
    for values, count in counted.items():
        family.add_metric(values, count)
    return family


def gauge(name: str, what: str, labels: Sequence[str], measured: Counted) -> Metric:
    """Make a family of what goes up and down."""
    family = GaugeMetricFamily(name, what, labels=labels)
    for values, value in measured.items():
        family.add_metric(values, value)
    return family


def histogram(name: str, what: str, label: str, durations: Iterable[tuple[str, Durations]]) -> Metric:
    """Make a family of durations, in seconds."""
    family = HistogramMetricFamily(name, what, labels=[label])
    for value, found in durations:
        buckets = [("+Inf" if most == float("inf") else str(most), count) for most, count in found.up_to()]
        family.add_metric([value], buckets, sum_value=found.total_s)
    return family


def of_requests(counts: Counts) -> Iterator[Metric]:
    """What requests came to, and how long they took."""
    yield counter(
        "polarity_requests",
        "Responses, by route and status.",
        ["route", "status"],
        {(route, str(status)): count for (route, status), count in counts.requests.items()},
    )
    codes = dict.fromkeys(get_args(Code), 0) | counts.problems
    yield counter(
        "polarity_problems",
        "Responses that are problems, by their stable code.",
        ["code"],
        {(code,): count for code, count in codes.items()},
    )
    yield histogram(
        "polarity_request_duration_seconds",
        "From the head of a POST /polarity to the end of its response, by status.",
        "status",
        ((str(status), found) for status, found in counts.durations.items()),
    )
    yield histogram(
        "polarity_stage_duration_seconds",
        "Stages of POST /polarity: read, bert, llm, map, write.",
        "stage",
        counts.stages.items(),
    )


def of_decisions(counts: Counts, contract: Contract, backends: Iterable[str]) -> Iterator[Metric]:
    """What texts came to: labels, what decided, what each backend said and how it was read."""
    yield counter("polarity_texts", "Texts that were to be labelled.", [], {(): counts.texts})
    labels = dict.fromkeys(contract.labels, 0) | counts.labels
    yield counter(
        "polarity_labels",
        "Texts that got a label, by label.",
        ["label"],
        {(label,): count for label, count in labels.items()},
    )
    yield counter(
        "polarity_decisions",
        "Texts by what decided, as in a response's decided_by; undecided:REASON where nothing did.",
        ["decided_by"],
        {(name,): count for name, count in counts.decisions.items()},
    )
    answers = {(name, kind): 0 for name in backends for kind in KINDS} | counts.answers
    yield counter(
        "polarity_answers",
        "Answers of each backend, by what the contract read in them.",
        ["backend", "outcome"],
        answers,
    )
    yield counter(
        "polarity_unmapped", "Answers that state no label, by reason.", ["backend", "reason"], counts.unmapped
    )
    yield counter(
        "polarity_failures", "Texts without an answer, by reason.", ["backend", "reason"], counts.failures
    )


def of_engine(numbers: Numbers) -> Iterator[Metric]:
    """What BERT's engine has done, and what waits for it."""
    grown = {
        "calls": ("Calls that were let in.", numbers.calls),
        "calls_refused": ("Calls that were not let in, since too much was waiting.", numbers.refused),
        "calls_left": ("Calls whose caller went before the end.", numbers.left),
        "batches": ("Batches that were scored.", numbers.batches),
        "rows": ("Readings in them: a text that is read in windows is several.", numbers.rows),
        "rows_failed": ("Readings that broke.", numbers.failed),
        "tokens": ("Tokens that were read, without padding.", numbers.tokens),
        "padded_tokens": ("The same, if each batch were one table.", numbers.padded_tokens),
        "waited_seconds": ("From a call's coming to its first batch, of all calls.", numbers.waited_s),
        "worked_seconds": ("Time in which the network had any batch.", numbers.worked_s),
    }
    for name, (what, value) in grown.items():
        yield counter(f"polarity_bert_{name}", what, [], {(): value})
    waiting = numbers.waiting_tokens
    yield gauge("polarity_bert_waiting_tokens", "Tokens let in and not done.", [], {(): waiting})
    speed = numbers.tokens_per_s or 0.0
    yield gauge(
        "polarity_bert_tokens_per_second",
        "How quickly tokens get done while all threads are busy, reckoned by batches of late.",
        [],
        {(): speed},
    )


def of_server(condition: Condition, prices: LlmSettings) -> Iterator[Metric]:
    """How asking the language model's server goes, and what was used."""
    states = {(state,): float(state == condition.circuit.state) for state in get_args(State)}
    yield gauge("polarity_llm_circuit", "1 for the state of the circuit breaker.", ["state"], states)
    yield gauge(
        "polarity_llm_requests_under_way", "Requests that the server has now.", [], {(): condition.under_way}
    )
    yield gauge(
        "polarity_llm_requests_limit", "Requests that it may have at once, now.", [], {(): condition.at_once}
    )
    used = condition.used
    yield counter(
        "polarity_llm_tokens",
        "Tokens that the server counted, those of attempts that failed estimated.",
        ["kind"],
        {("prompt",): used.prompt_tokens, ("completion",): used.completion_tokens},
    )
    spent = cost(used, prices.prompt_price, prices.completion_price)
    if spent is not None:
        what = "What that cost, in the money of llm.prompt_price."
        yield counter("polarity_llm_cost", what, [], {(): spent})


def of_caches(looked_up: Mapping[str, tuple[int, int]]) -> Iterator[Metric]:
    """Texts that were found in a cache and not, by backend."""
    for at, name, what in ((0, "hits", "found"), (1, "misses", "not found")):
        found = {(backend,): float(counts[at]) for backend, counts in looked_up.items()}
        yield counter(f"polarity_cache_{name}", f"Texts whose answer was {what}.", ["backend"], found)


def of_store(recorder: "Recorder") -> Iterator[Metric]:
    """How what is decided gets into the store."""
    up = float(recorder.failure is None)
    yield gauge("polarity_store_up", "0 while the store cannot be written to.", [], {(): up})
    yield gauge("polarity_store_waiting", "Decisions that are not written yet.", [], {(): recorder.waiting})
    yield counter("polarity_store_written", "Decisions that were written.", [], {(): recorder.written})
    yield counter("polarity_store_lost", "Decisions that never will be.", [], {(): recorder.lost})


def of_shadow(counts: ShadowCounts) -> Iterator[Metric]:
    """What became of the texts of the sample that a candidate is asked about, by its name."""
    name = counts.candidate
    grown = {
        "asked": ("Texts that the candidate was asked about.", counts.asked),
        "failed": ("Of these, texts that it gave no label.", counts.failed),
        "agreed": ("Of these, texts that it gave the caller's label.", counts.agreed),
        "seconds": ("What its answers took, all together.", counts.seconds),
        "cost": ("What its answers cost, in the money of its prices.", counts.cost),
    }
    for word, (what, value) in grown.items():
        yield counter(f"polarity_shadow_{word}", what, ["candidate"], {(name,): value})
    reasons = dict.fromkeys(get_args(LeftOut), 0) | counts.left_out
    what = "Texts of the sample that it was not asked about, by reason."
    left_out = {(name, reason): float(count) for reason, count in reasons.items()}
    yield counter("polarity_shadow_left_out", what, ["candidate", "reason"], left_out)
    up = float(counts.state == "ready")
    yield gauge("polarity_shadow_up", "0 while it is not asked.", ["candidate"], {(name,): up})
    waiting = {(name,): float(counts.waiting)}
    yield gauge("polarity_shadow_waiting", "Texts that wait for it.", ["candidate"], waiting)


def of_version(version: str, backend: str, contract: Contract | None) -> Metric:
    """Say which version and contract answer: always 1, as Prometheus has it."""
    family = InfoMetricFamily("polarity", "What answers.")
    known = {"version": version, "backend": backend}
    if contract is not None:
        ref = contract.ref
        known |= {"contract": ref.id, "contract_version": ref.version, "contract_sha256": ref.sha256}
    family.add_metric([], known)
    return family
