"""The mapper: the golden corpus, and properties that hold for any completion."""

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.review.corpus import CorpusRow, conform, described, label_of, read_corpus
from polarity.contract.rules import SLOT, texts
from polarity.types import Abstention, Completion, Failure, Outcome, Scores, Unmapped, Verdict

from .helpers import some_text_of

CONTRACT = load_contract()
CORPUS = read_corpus(Path(__file__).parent.parent.parent / "fixtures" / "completions.jsonl", CONTRACT)
ANSWERS = CONTRACT.file.answer_words

FRAMES = [some_text_of(frame, seed) for frame in CONTRACT.rules.frames for seed in range(8)]
# what a label statement can look like: the label's word alone, modified, framed
FORMS = [
    SLOT,
    *(f"{modifier} {SLOT}" for modifier in texts(CONTRACT.rules.modifiers)),
    *FRAMES,
]
STATEMENTS = st.tuples(st.sampled_from(CONTRACT.labels), st.sampled_from(FORMS)).map(
    lambda pair: (pair[0], pair[1].replace(SLOT, ANSWERS[pair[0]]))
)
ANY_CHARACTER = st.characters(exclude_categories=())  # surrogates and NUL too
PIECES = st.sampled_from(
    [*ANSWERS.values(), "not", "but", '"', "{", "}", "\n", " ", "mixed", "<think>", "```", "1", ":"]
)
ANY_TEXT = st.text(ANY_CHARACTER) | st.lists(PIECES | st.text(ANY_CHARACTER, max_size=3), max_size=8).map(
    " ".join
)
quick = settings(max_examples=100)


def mapped(text: str, **parts: Any) -> Outcome:
    """Map a completion by the default contract."""
    return mapper.map(Completion(text=text, **parts), CONTRACT)


@pytest.mark.parametrize("row", [row for row in CORPUS if row.expect], ids=lambda row: row.id)
def test_written_completions(row: CorpusRow) -> None:
    """Every completion that was written to test a rule has the outcome that a person wrote down."""
    outcome = mapper.map(row.completion, CONTRACT)
    assert row.expect == described(outcome)
    assert isinstance(outcome, Failure) or CONTRACT.ref == outcome.contract


def test_real_completions() -> None:
    """Of what a real model said, no verdict is wrong and 85 % of the stated labels are read."""
    found = conform((row for row in CORPUS if row.says), CONTRACT)
    assert [] == [miss.row.id for miss in found.misses if miss.kind != "lost"]
    assert found.recall is not None
    assert found.recall >= 0.85


@pytest.mark.parametrize(
    ("text", "rule", "span"),
    [
        (" **Positive** ", "exact/positive", (0, 8, "positive")),
        ("Mostly positive!", "modified/mostly", (0, 15, "mostly positive")),
        ("Not great.", "phrase/not great", (0, 9, "not great")),
        ("Mixed", "abstain/mixed", (0, 5, "mixed")),
        ("The sentiment is: positive", "frame/the sentiment is: {label}", (18, 26, "positive")),
        ("**Sentiment:**\n\nPositive", "frame/sentiment: {label}", (11, 19, "positive")),
        ("The answer is no good", None, (0, 21, "the answer is no good")),
        ("The sentiment is mostly positive", "frame/the sentiment is {label}", (17, 32, "mostly positive")),
        ('Label: "positive"', "frame/label: {label}", (8, 16, "positive")),
        ("this is a message", None, (0, 17, "this is a message")),  # the frame's two halves overlap
        ("Label: mixed", "frame/label: {label}", (7, 12, "mixed")),
    ],
)
def test_rule_and_span(text: str, rule: str | None, span: tuple[int, int, str]) -> None:
    """An outcome names the rule that fired and what of the canonical text it read."""
    outcome = mapped(text)
    assert not isinstance(outcome, Failure)
    assert rule == getattr(outcome, "rule", None)
    assert span == outcome.span


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        (Completion(text="positive", refusal="I will not judge this."), "refusal"),
        (Completion(text="positive", refusal="no", finish_reason="content_filter"), "filtered"),
        (Completion(text="", finish_reason="length"), "empty"),
        (Completion(text="\ufeff"), "empty"),
        (Completion(text='""'), "empty"),
        (Completion(text="positive" + " " * 4000), "too_long"),
        (Completion(text='{"label": "posi', finish_reason="length"), "truncated"),
        (Completion(text="I cannot say whether it is positive"), "refusal"),
        (Completion(text="~~positive~~"), "undeclared"),
        (Completion(text="!positive"), "undeclared"),
        (Completion(text="positive\u2028not"), "negated"),
        (Completion(text="positively wonderful, not neutral"), "negated"),
        (Completion(text="**not** positive"), "negated"),
        (Completion(text='{"label": "not positive"}'), "negated"),
        (Completion(text='{"label": ["positive"]}'), "undeclared"),
    ],
)
def test_unmapped(completion: Completion, reason: str) -> None:
    """Guards come before words, and no dress lets a denied or withdrawn label through."""
    outcome = mapper.map(completion, CONTRACT)
    assert Unmapped(reason=reason, contract=CONTRACT.ref) == _without_span(outcome)  # type: ignore[arg-type]


def _without_span(outcome: Outcome) -> Outcome:
    assert isinstance(outcome, Unmapped)
    return Unmapped(reason=outcome.reason, contract=outcome.contract)


@quick
@given(ANY_TEXT, st.sampled_from(["stop", "length", "content_filter", "tool_calls", "", "\x00"]))
def test_total_and_deterministic(text: str, finish_reason: str) -> None:
    """Any text with any finish reason has one outcome, and always the same one."""
    first, second = mapped(text, finish_reason=finish_reason), mapped(text, finish_reason=finish_reason)
    assert first == second
    assert isinstance(first, (Verdict, Abstention, Unmapped))


@quick
@given(STATEMENTS)
def test_statements_state_their_label(statement: tuple[str, str]) -> None:
    """A label's word, alone or in any declared form, is a verdict for that label."""
    label, text = statement
    assert label == label_of(mapped(text))


@quick
@given(
    STATEMENTS,
    st.sampled_from([str.upper, str.title, str.capitalize, str.swapcase]),
    st.sampled_from(["{}", '"{}"', "“{}”", "'{}'", "**{}**", "`{}`", "«{}».", "```\n{}\n```", '"**{}!**"']),
    st.text(" \t\n\r\f\v\u00a0\u2003\u3000", max_size=4),
    st.text(" \t\n\r\f\v\u00a0\u2003\u3000", max_size=4),
)
def test_dress_never_changes_the_label(
    statement: tuple[str, str], case: Any, quoting: str, before: str, after: str
) -> None:
    """Case, white space at the edges and quoting say nothing."""
    label, text = statement
    assert label == label_of(mapped(before + quoting.format(case(text)) + after))


@quick
@given(
    STATEMENTS,
    st.sampled_from(["not ", "NOT ", "**not** ", "not\n", "'not' ", "never ", "non-", "isn\u2019t "]),
)
def test_negation_never_leaves_the_label(statement: tuple[str, str], negator: str) -> None:
    """With a negator before its word, a label is never the verdict; nor is another."""
    label, text = statement
    word = ANSWERS[label]
    assert None is label_of(mapped(text.replace(word, negator + word)))


@quick
@given(STATEMENTS, st.data())
def test_one_wrong_character_never_gives_another_label(
    statement: tuple[str, str], data: st.DataObject
) -> None:
    """One replaced character may lose the label, never turn it into another."""
    label, text = statement
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(ANY_CHARACTER | st.sampled_from("abcdefghijklmnopqrstuvwxyz '.,:-!\n"))
    assert label_of(mapped(text[:at] + character + text[at + 1 :])) in (None, label)


@quick
@given(STATEMENTS, STATEMENTS, st.sampled_from([" ", ", ", "/", " or ", "\n", ". ", " and ", " - "]))
def test_two_labels_are_never_one(first: tuple[str, str], second: tuple[str, str], between: str) -> None:
    """An answer that states two different labels is a verdict for neither."""
    if first[0] != second[0]:
        assert None is label_of(mapped(first[1] + between + second[1]))


@pytest.mark.parametrize(
    "text", ["positive " * 12_000, "positive" + " " * 100_000, "\u0300" * 100_000, "{" * 100_000]
)
def test_long_text_is_bounded(text: str) -> None:
    """100 kB are refused as too long before any word is read."""
    started = time.thread_time()
    outcome = mapped(text)
    assert time.thread_time() - started < 0.2
    assert isinstance(outcome, Unmapped)
    assert ("too_long", None) == (outcome.reason, outcome.span)


@pytest.mark.parametrize(
    "text",
    [
        '*"' * 2000,
        "\ufdfa" * 4000,
        "\u0300\u0316" * 2000,
        "<think>" * 571,
        "[" * 4000,
        "a" + "_" * 3998 + "b",
        " ." * 2000,
        "a*" * 2000,
        "'n't " * 800,
    ],
)
def test_time_at_the_cap_is_bounded(text: str) -> None:
    """No text at the cap takes more than a moment."""
    started = time.thread_time()
    assert None is label_of(mapped(text))
    assert time.thread_time() - started < 1.0


def scored(
    probabilities: Mapping[str, float], source: Any = "logprobs", contract: Contract = CONTRACT
) -> Outcome:
    """Map a distribution."""
    return mapper.map(Scores(probabilities=probabilities, source=source), contract)


def test_logprobs_sum_aliases_and_normalise() -> None:
    """Tokens that are one label's aliases, in any dress, count together; coverage is their mass."""
    tokens = {
        " positive": 0.3,
        "Positive": 0.2,
        "POSITIVELY": 0.1,
        " negative": 0.2,
        "mostly": 0.1,
        "not": 0.05,
    }
    outcome = scored(tokens)
    assert isinstance(outcome, Verdict)
    assert ("POSITIVE", "exact/logprobs") == (outcome.label, outcome.rule)
    assert 0.8 == pytest.approx(outcome.coverage)
    assert {"NEGATIVE": 0.25, "NEUTRAL": 0.0, "POSITIVE": 0.75} == pytest.approx(dict(outcome.scores or {}))


@pytest.mark.parametrize(
    ("tokens", "kind", "coverage"),
    [
        ({"positive": 0.3, " mixed": 0.4, "unclear": 0.1}, Abstention, 0.3),
        ({"positive": 0.3, "neutral": 0.25, "mixed": 0.2, "unclear": 0.2}, Abstention, 0.55),
        ({"positive": 0.4, "mixed": 0.3}, Verdict, 0.4),
        ({"mixed": 0.4}, Abstention, 0.0),
        ({"positive": 0.05}, Verdict, 0.05),
        ({"positive": 0.049}, Unmapped, 0.049),
        ({"positive": 0.03, "mixed": 0.03}, Unmapped, 0.03),
        ({"positive": 0.3, "mixed": 0.3}, Unmapped, 0.3),
        ({"positive": 0.3, "negative": 0.3}, Unmapped, 0.6),
        ({"a" + "_" * 100_000 + "b": 0.9}, Unmapped, 0.0),
        ({"the": 0.9, "posi": 0.1}, Unmapped, 0.0),
        ({"very positive": 0.9, "not great": 0.1}, Unmapped, 0.0),
        ({"p\u200bositive": 0.9}, Unmapped, 0.0),
        ({}, Unmapped, 0.0),
    ],
)
def test_logprobs_abstain_and_floor(tokens: dict[str, float], kind: type, coverage: float) -> None:
    """Abstain words compete as one candidate; too little mass on declared words is undeclared."""
    outcome = scored(tokens)
    assert kind is type(outcome)
    assert not isinstance(outcome, Failure)
    assert coverage == pytest.approx(outcome.coverage)


def test_no_mass_is_undeclared_whatever_the_floor() -> None:
    """With a floor of 0, no mass at all is still no verdict."""
    source = CONTRACT.source.replace("coverage_floor = 0.05", "coverage_floor = 0.0")
    contract = Contract.parse(source.encode())
    assert Unmapped(reason="undeclared", contract=contract.ref, coverage=0.0) == scored(
        {"the": 0.9}, contract=contract
    )


def test_softmax_renames_by_the_binding() -> None:
    """A checkpoint's distribution is renamed, in the contract's order; the top one is the verdict."""
    outcome = scored({"positive": 0.2, "neutral": 0.1, "negative": 0.7}, "softmax")
    expected = {"NEGATIVE": 0.7, "NEUTRAL": 0.1, "POSITIVE": 0.2}
    assert outcome == Verdict(
        label="NEGATIVE", rule="binding/negative", contract=CONTRACT.ref, scores=expected
    )
    assert isinstance(outcome, Verdict)
    assert [*CONTRACT.labels] == [*(outcome.scores or {})]


@pytest.mark.parametrize(
    "names",
    [{"LABEL_0": 1.0}, {"positive": 1.0}, {"positive": 0.5, "neutral": 0.2, "negative": 0.2, "x": 0.1}],
)
def test_softmax_with_foreign_names(names: dict[str, float]) -> None:
    """Scores over names that the contract does not bind are undeclared, never an exception."""
    assert Unmapped(reason="undeclared", contract=CONTRACT.ref) == scored(names, "softmax")


@pytest.mark.parametrize("source", ["softmax", "logprobs"])
@pytest.mark.parametrize("p", [math.nan, math.inf, -0.1])
def test_scores_that_are_no_probabilities(source: str, p: float) -> None:
    """A broken number never becomes a verdict."""
    outcome = scored({"positive": p, "neutral": 0.2, "negative": 0.2}, source)
    assert isinstance(outcome, Failure)
    assert "bad_response" == outcome.reason


def test_failure_passes() -> None:
    """A failure said nothing: it is its own outcome."""
    failure = Failure(reason="timeout", detail="200 ms")
    assert failure is mapper.map(failure, CONTRACT)
