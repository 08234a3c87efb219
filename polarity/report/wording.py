"""The report's sentences and figures, in words that need no statistics."""

from collections import Counter
from shlex import quote

from polarity.comparison import (
    ABSTAINED,
    UNMAPPED,
    kind_of,
)
from polarity.policy import missing_reason
from polarity.report.content import Report
from polarity.statistics.cost import cost, money
from polarity.statistics.counted import counted
from polarity.stored import Origin
from polarity.types import Abstention, Failure, Outcome, Unmapped, Verdict

PRICES = ("llm.prompt_price", "llm.completion_price")
NAMES = {"bert": "BERT", "llm": "the LLM"}
# Landis and Koch 1977, "The measurement of observer agreement for categorical data", table 2.
KAPPA_WORDS = (
    (0.80, "almost perfect"),
    (0.60, "substantial"),
    (0.40, "moderate"),
    (0.20, "fair"),
    (0.00, "slight"),
)


def percent(part: int, whole: int) -> str:
    """Round `part` of a positive `whole` to per cent, but never to all or nothing.

    >>> percent(61, 80), percent(999, 1000), percent(1, 1000), percent(5, 5)
    ('76 %', '>99 %', '<1 %', '100 %')
    """
    rounded = (200 * part + whole) // (2 * whole)  # a half goes up
    if not rounded and part:
        return "<1 %"
    return ">99 %" if rounded == 100 and part < whole else f"{rounded} %"  # noqa: PLR2004 - per cent


def name(backend: str) -> str:
    """Call a backend what a reader calls it, in the middle of a sentence."""
    return NAMES.get(backend, backend)


def title(backend: str) -> str:
    """Call a backend what a reader calls it, alone or at the start of a sentence.

    >>> title("llm")
    'LLM'
    """
    return name(backend).removeprefix("the ")


def origin(of: Origin) -> str:
    """Say where the raw outputs of a remapped report are from."""
    ref = of.contract
    return (
        f"the models answered on {of.created:%Y-%m-%d, %H:%M %Z}, asked under contract "
        f"{ref.id} {ref.version} ({ref.sha256[:12]})"
    )


def headline(report: Report) -> list[str]:
    """Say the result in one to five sentences; the last is the judgement, unless nothing was to be judged."""
    sentence = report.judgement.sentence
    return [*_result(report), sentence] if sentence else _result(report)


def _result(report: Report) -> list[str]:
    summary, (left, right) = report.summary, map(name, report.subject.sides)
    if not summary.compared:
        failed = f"Nothing could be compared: {_failures(report)}."
        return [failed if summary.n else "There was nothing to compare."]
    sentences = [
        (
            f"{start(left)} and {right} gave the same answer for {summary.agreements:,} of "
            f"{counted(summary.compared, 'messages')} ({percent(summary.agreements, summary.compared)})."
        ),
    ]
    if summary.disagreement:
        sentences.append(f"The rest: {_mapping(report)} and {_model(report)}.")
    if summary.failures:
        sentences.append(f"{start(_failures(report))}; these are not counted above.")
    if report.left_out.rows:
        sentences.append(f"Left out, and counted nowhere: {counted(report.left_out.rows, 'rows')}.")
    return sentences


def start(sentence: str) -> str:
    """Begin a sentence.

    >>> start("the LLM")
    'The LLM'
    """
    return sentence[:1].upper() + sentence[1:]


def _mapping(report: Report) -> str:
    """Count mapping disagreements, and by their cause."""
    causes: Counter[str] = Counter()
    names = report.summary.categories
    for left, row in zip(names, report.summary.matrix, strict=True):
        for right, count in zip(names, row, strict=True):
            if count and kind_of(left, right) == "mapping":
                causes[_mapping_cause(left, right, report)] += count
    count = report.summary.mapping_disagreements
    found = [f"in {part:,} {cause}" if part < count else cause for cause, part in causes.most_common()]
    return counted(count, "mapping disagreements") + (f" ({'; '.join(found)})" if found else "")


def _model(report: Report) -> str:
    count = report.summary.model_disagreements
    return counted(count, "model disagreements") + (" (both gave a label, not the same one)" if count else "")


def _mapping_cause(left: str, right: str, report: Report) -> str:
    silent = (ABSTAINED, UNMAPPED)
    if left in silent and right in silent:
        return "neither gave a label"
    found, side = (left, report.subject.left) if left in silent else (right, report.subject.right)
    unread = " could not read the text" if side.backend == "bert" else "'s words could not be mapped"
    return name(side.called) + (unread if found == UNMAPPED else " declined to choose")


def _failures(report: Report) -> str:
    counts = (
        (report.summary.left_failures, report.subject.left.called),
        (report.summary.right_failures, report.subject.right.called),
    )
    failed = ((name(backend), counted(count, "messages")) for count, backend in counts if count)
    return " and ".join(f"{who} gave no answer for {what}" for who, what in failed)


def tokens(report: Report) -> list[str]:
    """Say how many tokens each side read and wrote, and what the LLM's cost where prices were set."""
    summary, settings = report.summary, report.subject.settings
    found = ((report.subject.left, summary.left_usage), (report.subject.right, summary.right_usage))
    sentences = []
    for side, usage in found:
        if any(usage):
            read, wrote = f"read {usage.prompt_tokens:,} tokens", f"wrote {usage.completion_tokens:,}"
            said = f"{start(name(side.called))} {read} and {wrote}"
            prices = [_price(settings.get(key)) if side.backend == "llm" else None for key in PRICES]
            priced = cost(usage, *prices)
            sentences.append(f"{said}." if priced is None else f"{said}, at a cost of {money(priced)}.")
            if usage.cached:
                sentences.append(f"Of its answers {usage.cached:,} came from the cache.")
    return sentences


def _price(setting: object) -> float | None:
    return float(setting) if isinstance(setting, int | float) else None


def suggest_command(report: Report) -> str:
    """Spell the command that suggests how the contract could read what it could not."""
    named = report.subject.settings.get("contract")
    option = f" --contract {quote(str(named))}" if named else ""
    return f"polarity contract suggest {quote(str(report.stored or 'report.json'))}{option}"


def kappa_word(kappa: float) -> str:
    """Name the strength of agreement that a kappa stands for.

    >>> kappa_word(1.0), kappa_word(0.41), kappa_word(-0.1)
    ('perfect', 'moderate', 'no better than chance')
    """
    if kappa == 1:
        return "perfect"
    rounded = round(kappa, 2)  # the bands are declared in hundredths
    return next((word for above, word in KAPPA_WORDS if rounded > above), "no better than chance")


def what_happened(outcome: Outcome) -> str:
    """Say an outcome in a few words: its label, or why there is none.

    >>> what_happened(Failure(reason="timeout"))
    'no answer: timeout'
    """
    match outcome:
        case Verdict(label=label):
            return label
        case Abstention():
            return "declined to choose"
        case Unmapped():
            return f"not mapped: {missing_reason(outcome)}"
        case Failure():
            return f"no answer: {missing_reason(outcome)}"
