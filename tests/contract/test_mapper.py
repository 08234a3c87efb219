"""The mapper: the golden corpus, and properties that hold for any completion."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.declared import texts
from polarity.contract.review.corpus import conform, described, label_of, read_corpus
from polarity.contract.sentences import LABEL
from polarity.types import Abstention, Completion, Failure, Outcome, Unmapped, Verdict

from .helpers import some_text_of

CONTRACT = load_contract()
FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
CORPUS = read_corpus(FIXTURES / "completions.jsonl", CONTRACT)
ANSWERS = CONTRACT.file.answer_words

FRAMES = [
    some_text_of(frame, seed, CONTRACT.rules.parts) for frame in CONTRACT.rules.frames for seed in range(20)
]
# what a label statement can look like: the label's word alone, modified, framed
FORMS = [
    LABEL,
    *(f"{modifier} {LABEL}" for modifier in texts(CONTRACT.rules.modifiers)),
    *FRAMES,
]
STATEMENTS = st.tuples(st.sampled_from(CONTRACT.labels), st.sampled_from(FORMS)).map(
    lambda pair: (pair[0], pair[1].replace(LABEL, ANSWERS[pair[0]]))
)
ANY_CHARACTER = st.characters(exclude_categories=())  # surrogates and NUL too
PIECES = st.sampled_from(
    [*ANSWERS.values(), "not", "but", '"', "{", "}", "\n", " ", "mixed", "<think>", "```", "1", ":"]
)
ANY_TEXT = st.text(ANY_CHARACTER) | st.lists(PIECES | st.text(ANY_CHARACTER, max_size=3), max_size=8).map(
    " ".join
)


def mapped(text: str, **parts: Any) -> Outcome:
    """Map a completion by the default contract."""
    return mapper.map(Completion(text=text, **parts), CONTRACT)


def test_written_completions() -> None:
    """Every completion that was written to test a rule has the outcome that a person wrote down."""
    rows = [row for row in CORPUS if row.expect]
    outcomes = {row.id: mapper.map(row.completion, CONTRACT) for row in rows}
    assert {row.id: row.expect for row in rows} == {
        name: described(found) for name, found in outcomes.items()
    }
    assert {CONTRACT.ref} == {
        outcome.contract for outcome in outcomes.values() if not isinstance(outcome, Failure)
    }


@pytest.mark.parametrize(
    ("corpus", "recall"),
    [
        ("completions", 0.85),
        ("completions_larger", 0.85),
        ("completions_held", 0.85),
        ("completions_third", 0.9),
        ("completions_fourth", 0.85),
    ],
)
def test_real_completions(corpus: str, recall: float) -> None:
    """Of what real models said, no verdict is wrong and most of the stated labels are read."""
    rows = read_corpus(FIXTURES / f"{corpus}.jsonl", CONTRACT)
    found = conform((row for row in rows if row.says), CONTRACT)
    assert [] == [miss.row.id for miss in found.misses if miss.kind != "lost"]
    assert found.recall is not None
    assert found.recall >= recall


@pytest.mark.parametrize(
    ("text", "rule", "span"),
    [
        (" **Positive** ", "exact/positive", (0, 8, "positive")),
        ("Overall: a positive", "frame/overall: a {label}", (11, 19, "positive")),
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
        (Completion(text='{"label": ["positive", "negative"]}'), "undeclared"),
    ],
)
def test_unmapped(completion: Completion, reason: str) -> None:
    """Guards come before words, and no dress lets a denied or withdrawn label through."""
    outcome = mapper.map(completion, CONTRACT)
    assert Unmapped(reason=reason, contract=CONTRACT.ref) == _without_span(outcome)  # type: ignore[arg-type]


def _without_span(outcome: Outcome) -> Outcome:
    assert isinstance(outcome, Unmapped)
    return Unmapped(reason=outcome.reason, contract=outcome.contract)


@given(ANY_TEXT, st.sampled_from(["stop", "length", "content_filter", "tool_calls", "", "\x00"]))
def test_total_and_deterministic(text: str, finish_reason: str) -> None:
    """Any text with any finish reason has one outcome, and always the same one."""
    first, second = mapped(text, finish_reason=finish_reason), mapped(text, finish_reason=finish_reason)
    assert first == second
    assert isinstance(first, (Verdict, Abstention, Unmapped))


@given(STATEMENTS)
def test_statements_state_their_label(statement: tuple[str, str]) -> None:
    """A label's word, alone or in any declared form, is a verdict for that label."""
    label, text = statement
    assert label == label_of(mapped(text))


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


@given(
    STATEMENTS,
    st.sampled_from(["not ", "NOT ", "**not** ", "not\n", "'not' ", "never ", "non-", "isn\u2019t "]),
)
def test_negation_never_leaves_the_label(statement: tuple[str, str], negator: str) -> None:
    """With a negator before its word, a label is never the verdict; nor is another."""
    label, text = statement
    word = ANSWERS[label]
    assert None is label_of(mapped(text.replace(word, negator + word)))


@given(STATEMENTS, st.data())
def test_one_wrong_character_never_gives_another_label(
    statement: tuple[str, str], data: st.DataObject
) -> None:
    """One replaced character may lose the label, never turn it into another."""
    label, text = statement
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(ANY_CHARACTER | st.sampled_from("abcdefghijklmnopqrstuvwxyz '.,:-!\n"))
    assert label_of(mapped(text[:at] + character + text[at + 1 :])) in (None, label)


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


THOUGHT = "They say a few things about it. " * 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<think>{THOUGHT * 3}</think>\n\nPositive", "POSITIVE"),
        (f"\ufeff\n<reasoning>{THOUGHT * 3}negative</reasoning>Positive", "POSITIVE"),
        (f"<think>{THOUGHT * 100}</think>Positive", None),  # longer than the limit for blocks
        (f"<think>{THOUGHT * 3}</think>Positive. {THOUGHT * 2}", None),  # the answer is too long
        (f"<think>{THOUGHT * 3}Positive", None),
        (f"<b>{THOUGHT * 3}</b>Positive", None),
        (f"Positive <think>{THOUGHT * 3}</think>", None),
    ],
    ids=["think", "reasoning", "too long", "long answer", "unclosed", "no block", "behind"],
)
def test_a_closed_reasoning_block_has_a_limit_of_its_own(text: str, expected: str | None) -> None:
    """A page of thought before the answer does not make it too long; all else is held to the cap."""
    assert expected == label_of(mapped(text))


def test_without_a_limit_of_its_own_a_block_counts_as_the_answer_does() -> None:
    """A contract that declares none keeps its cap over the whole."""
    old = Contract.parse(CONTRACT.source.replace("max_reasoning_chars", "# max_reasoning_chars").encode())
    assert label_of(mapper.map(Completion(text="<think>Hm.</think>Positive"), old))
    outcome = mapper.map(Completion(text=f"<think>{THOUGHT * 3}</think>Positive"), old)
    assert "too_long" == getattr(outcome, "reason", None)


def test_what_the_server_keeps_apart_is_never_read() -> None:
    """Reasoning beside the answer neither gives a label nor voids one."""
    assert None is label_of(mapped("", reasoning="Positive"))
    assert "POSITIVE" == label_of(mapped("Positive", reasoning="It is not positive, but negative."))


def test_failure_passes() -> None:
    """A failure said nothing: it is its own outcome."""
    failure = Failure(reason="timeout", detail="200 ms")
    assert failure is mapper.map(failure, CONTRACT)
