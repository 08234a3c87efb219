"""Texts without a label, and backends without an answer: what the caller is told, and what the log."""

import logging
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from polarity.errors import BackendError, BackendRejected, CallRefused, Overloaded
from polarity.policy import missing_reason
from polarity.service.problems import Code, ProblemError, ProblemItem
from polarity.service.schemas import Reason
from polarity.service.views import answers_view
from polarity.statistics.counted import counted
from polarity.types import Decision, Failure, Result, Undecided, Unmapped, Verdict

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 5
MAX_NAMED: Final = 10
MAX_DETAIL: Final = 300
CODES: Final[Mapping[str, Code]] = {
    "unavailable": "unavailable",
    "timeout": "deadline",
    "unmapped": "unmapped",
    "abstained": "unmapped",
    "text_too_long": "text_too_long",
    "text_refused": "text_refused",
    "unreadable": "text_unreadable",
}
PRECEDENCE: Final[tuple[Code, ...]] = (
    *("unavailable", "deadline"),
    *("text_too_long", "text_refused", "text_unreadable", "unmapped"),
)
LASTING: Final[frozenset[Reason]] = frozenset(
    {"unauthorized", "unknown_model", "quota_used_up", "budget_spent", "rejected", "bad_response"}
)  # to come back would not help: somebody must change a setting, or pay


def log_failures(results: Sequence[Result]) -> None:
    """Warn once of all the failures of a request, in the words that callers do not see."""
    failures = Counter(
        f"{name}: {failure.reason} ({failure.detail[:MAX_DETAIL]!a})"
        for result in results
        for name, (failure, _) in result.answers.items()
        if isinstance(failure, Failure)
    )
    if failures:
        most = [f"{count} x {failure}" for failure, count in failures.most_common(MAX_NAMED)]
        log.warning("answers that failed: %d: %s", failures.total(), "; ".join(most))


def decided(results: Sequence[Result], *, explain: bool) -> list[Decision]:
    """Hand back the decisions, if all are.

    Raises:
        ProblemError: some text has no label. Where texts failed for several reasons, the one that
            waiting can mend names the problem; each failed text is listed with its own.
    """
    failed = {at: result for at, result in enumerate(results) if isinstance(result, Undecided)}
    if not failed:
        return [result for result in results if isinstance(result, Decision)]
    items = [_item(at, result, explain=explain) for at, result in failed.items()]
    codes = {item.code for item in items}
    code = next(code for code in PRECEDENCE if code in codes)
    raise ProblemError(
        code,
        f"{len(failed)} of {counted(len(results), 'texts')} got no label: {named(failed)}",
        errors=items,
        retry_after=RETRY_AFTER_S if code == "unavailable" and may_pass(items) else None,
    )


def may_pass(items: Iterable[ProblemItem]) -> bool:
    """Say whether one of the unavailable backends may answer later, by itself.

    >>> may_pass([ProblemItem(code="unavailable", detail="llm: unauthorized", reason="unauthorized")])
    False
    """
    return any(item.code == "unavailable" and item.reason not in LASTING for item in items)


def unusable(error: BackendError) -> ProblemError:
    """Make the problem of a request that no backend can answer."""
    item = ProblemItem(code="unavailable", detail="no backend can answer", reason=error.reason)
    wait = None if isinstance(error, BackendRejected) else RETRY_AFTER_S
    return ProblemError("unavailable", "no backend can answer now", errors=[item], retry_after=wait)


def refused(error: CallRefused) -> ProblemError:
    """Make the problem of a request that a backend does not take, now or as large as it is.

    >>> refused(Overloaded("9000 tokens are waiting, 8000 may", retry_after_s=1.2)).headers
    {'Retry-After': '2'}
    """
    if isinstance(error, Overloaded):
        return ProblemError("overloaded", str(error), retry_after=math.ceil(error.retry_after_s))
    return ProblemError("too_many_tokens", f"{error}: send fewer or shorter texts")


def named(indices: Iterable[int]) -> str:
    """Name some indices, and count the rest.

    >>> named([1, 4]), named(range(12))
    ('index 1, 4', 'index 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more')
    """
    first = list(indices)
    more = f" and {len(first) - MAX_NAMED} more" if len(first) > MAX_NAMED else ""
    return f"index {', '.join(map(str, first[:MAX_NAMED]))}{more}"


def _item(index: int, result: Undecided, *, explain: bool) -> ProblemItem:
    return ProblemItem(
        code=CODES[result.reason],
        detail=_why(result),
        reason=_reason(result),
        index=index,
        answers=answers_view(result.answers) if explain else None,
    )


def _reason(result: Undecided) -> Reason | None:
    """Give the reason of the outcome by which the policy could not decide: the first of its kind."""
    outcomes = [answer.outcome for answer in result.answers.values()]
    match result.reason:
        case "abstained" | "unreadable" | "timeout" | "text_too_long" | "text_refused":
            return result.reason
        case "no_text":  # of a file's row: a request has none
            return None
        case "unmapped":
            return next((outcome.reason for outcome in outcomes if isinstance(outcome, Unmapped)), None)
        case "unavailable":
            return next((outcome.reason for outcome in outcomes if isinstance(outcome, Failure)), None)


def _why(result: Undecided) -> str:
    """Say why a text has no label; of a fault only its kind, since details name addresses."""
    if result.reason in ("unmapped", "abstained", "unreadable"):
        return result.detail
    missing = {
        name: missing_reason(answer.outcome)
        for name, answer in result.answers.items()
        if not isinstance(answer.outcome, Verdict)
    }
    return ", ".join(f"{name}: {reason}" for name, reason in missing.items()) or result.reason
