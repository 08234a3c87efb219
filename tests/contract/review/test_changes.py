"""What changed between two contracts: each key once, with the version that it needs.

The promise behind the versions is tested as such: below a major version no verdict is lost.
"""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from polarity.contract import Contract, load_contract, mapper
from polarity.contract.review.changes import changes
from polarity.contract.review.levels import Level
from polarity.errors import ContractError
from polarity.types import Completion, RawOutput, Scores, Verdict
from tests.calibrations import calibration, with_calibrations
from tests.properties import examples

from .successors import BASE, SOURCE, with_item, with_value

PATCH, MINOR, MAJOR = Level


@pytest.mark.parametrize(
    ("key", "value", "expected", "reason"),
    [
        ("description", "No or yes.", PATCH, "means nothing to the mapper"),
        ("labels", ["YES", "EVEN", "NO"], MAJOR, "in another order, which is that of the scale"),
        ("binding.e", None, MAJOR, "is gone"),
        ("bindings.two", {"neg": "NO", "pos": "YES"}, MINOR, "binds another checkpoint"),
        ("prompt.cue", "Answer:", MINOR, "asks the model otherwise"),
        ("prompt.stop", ["#", "\n"], MINOR, "asks the model otherwise"),
        ("prompt.examples", [{"text": "Is it on?", "label": "NO"}], MINOR, "asks the model otherwise"),
        ("rules.max_chars", 300, MINOR, "lets longer answers in"),
        ("rules.max_chars", 100, MAJOR, "shuts longer answers out"),
        ("rules.coverage_floor", 0.2, MAJOR, "shuts out scores of less coverage"),
        ("rules.coverage_floor", 0.05, MINOR, "lets in scores of less"),
        ("rules.max_reasoning_chars", 900, MINOR, "lets longer reasoning in"),
        ("rules.json_unknown_keys", "ignore", MINOR, "lets objects with other keys in"),
        ("rules.json_nested", True, MINOR, "opens what is nested"),
        ("rules.json_single_quotes", True, MINOR, "opens objects in single quotes"),
        ("rules.tables", True, MINOR, "reads tables as objects"),
        ("rules.score_floor", 0.6, MAJOR, "shuts out labels with smaller numbers"),
        ("rules.score_floor", 0.4, MINOR, "lets in labels with smaller numbers"),
        ("rules.description", None, MAJOR, "no longer accounts for an answer"),
        ("policy.bert_floor", 0.6, MINOR, "decides otherwise"),
        ("policy.tie_label", "YES", MINOR, "decides otherwise"),
        ("policy.offsets.YES", 0.2, MINOR, "decides otherwise"),
    ],
)
def test_a_changed_value(key: str, value: object, expected: Level, reason: str) -> None:
    """A number is judged by the way it went; everything else by what its table does."""
    if key == "binding.e":  # a bijection: taken out and put in again under another name
        new = Contract.parse(SOURCE.replace('e = "EVEN"', 'x = "EVEN"').encode())
        (first, second) = changes(BASE, new)
        assert ("binding.e", MAJOR, "binding.x", MAJOR) == (first.key, first.level, second.key, second.level)
        return
    (change,) = changes(BASE, with_value(key, value))
    assert (key, expected) == (change.key, change.level)
    assert reason in change.reason


@pytest.mark.parametrize(
    ("key", "added", "removed", "expected", "reason"),
    [
        ("rules.aliases.YES", ["aye"], [], MINOR, "'aye' now states its label"),
        ("rules.aliases.YES", ["yes sir"], [], MINOR, "'yes sir' now states its label"),
        ("rules.aliases.YES", [], ["aye aye"], MAJOR, "'aye aye' no longer states its label"),
        ("rules.phrases.NO", ["no way"], [], MINOR, "'no way' now states its label"),
        ("rules.phrases.NO", ["surely aye aye now"], [], MINOR, "now states"),
        ("rules.phrases.NO", [], ["not (at all|ever)"], MAJOR, "'not at all' no longer states its label"),
        ("rules.phrases.NO", ["not at all"], ["not (at all|ever)"], MAJOR, "'not ever' no longer states"),
        ("rules.phrases.NO", ["not (ever|at all)"], ["not (at all|ever)"], PATCH, "written otherwise"),
        ("rules.phrases.NO", ["it seems yes"], [], MAJOR, "it was YES by frame/it seems {label}"),
        ("rules.phrases.EVEN", ["so so"], [], MINOR, "'so so' now states its label"),
        ("rules.abstain", ["no idea"], [], MINOR, "'no idea' is now an abstention"),
        ("rules.abstain", ["unclear"], [], MINOR, "'unclear' is now an abstention"),
        ("rules.abstain", ["this seems no"], [], MAJOR, "it was NO by frame/this seems {label}"),
        ("rules.abstain", [], ["perhaps"], MAJOR, "'perhaps' is no longer an abstention"),
        ("rules.modifiers", ["quite"], [], MINOR, "'quite' now accounts"),
        ("rules.modifiers", [], ["very"], MAJOR, "'very' no longer accounts"),
        ("rules.frames", ["i say {label}"], [], MINOR, "'i say {label}' now accounts"),
        ("rules.frames", ["this is {label}"], [], PATCH, "written otherwise"),
        ("rules.frames", [], ["(it|this) (is|seems) {label}"], MAJOR, "'it is {label}' no longer accounts"),
        (
            "rules.frames",
            ["(it|that|this) (is|seems) {label} [now]"],
            ["(it|this) (is|seems) {label}"],
            MINOR,
            "'that is {label}' now accounts",
        ),
        (
            "rules.frames",
            ["(it|this) is {label} [now]"],
            ["(it|this) (is|seems) {label}"],
            MAJOR,
            "'it seems {label}' no longer accounts",
        ),
        ("rules.preambles", ["sure"], [], MINOR, "'sure' now accounts"),
        ("rules.preambles", ["the man is glad"], [], MAJOR, "by description/glad, and is now passed over"),
        ("rules.preambles", [], ["well"], MAJOR, "'well' no longer accounts"),
        ("rules.separators", ["\n"], [], MINOR, r"'\n' now accounts"),
        ("rules.separators", [], ["."], MAJOR, "'.' no longer accounts"),
        ("rules.mentions.NO", ["never ever"], [], MAJOR, "may now void"),
        ("rules.mentions.NO", [], ["nope"], MINOR, "no longer voids"),
        ("rules.retractions", ["wait"], [], MAJOR, "may now void"),
        ("rules.retractions", [], ["hmm"], MINOR, "no longer voids"),
        ("rules.contrasts", ["though"], [], MAJOR, "may now void"),
        ("rules.contrasts", [], ["yet"], MAJOR, "no longer stops"),
        ("rules.negators", ["without"], [], MAJOR, "now denies"),
        ("rules.negators", [], ["never"], MAJOR, "no longer denies"),
        ("rules.refusals", ["i cannot"], [], MAJOR, "may now void"),
        ("rules.refusals", [], ["sorry"], MINOR, "no longer voids"),
        ("rules.fields", ["text:"], [], MAJOR, "may now void an answer"),
        ("rules.fields", [], ["a:"], MINOR, "no longer voids an answer"),
        ("rules.json_keys", ["label"], [], MINOR, "now accounts"),
        ("rules.json_side_keys", [], ["score"], MAJOR, "no longer accounts"),
        ("rules.json_reason_keys", ["because"], [], MINOR, "now accounts"),
        ("rules.notations", ["boxed"], [], MINOR, "'boxed' now accounts"),
        ("rules.letter_forms", ["({letter}) {label}"], [], MINOR, "'({letter}) {label}' now accounts"),
        ("rules.ornaments", ["✅"], [], MINOR, "'✅' now accounts"),
        ("rules.end_tokens", ["</s>"], [], MINOR, "'</s>' now accounts"),
        ("rules.next_examples", ["q:"], [], MINOR, "'q:' now accounts"),
        ("rules.openers", ["the"], [], MINOR, "'the' now accounts"),
        ("rules.scores", ["{label} ({number})"], [], MINOR, "'{label} ({number})' now accounts"),
        ("rules.declines", ["(hard|difficult) to say [it]"], [], MAJOR, "'hard to say' may now void"),
        ("rules.description.subjects", ["he"], [], MAJOR, "may now void"),
        ("rules.tails", [], ["with"], MAJOR, "no longer accounts"),
        ("rules.description.denied.NO", [], ["glad"], MAJOR, "no longer accounts"),
        ("rules.description.cues.NO", ["sad"], [], MAJOR, "may now void a description"),
        ("rules.description.cues.YES", [], ["happy"], MAJOR, "no longer shows its label"),
    ],
)
def test_a_changed_list(key: str, added: list[str], removed: list[str], expected: Level, reason: str) -> None:
    """A list is judged by the texts it gained and lost; the reason names one."""
    (change,) = changes(BASE, with_item(key, added, removed))
    assert (key, expected) == (change.key, change.level)
    assert reason in change.reason
    assert (tuple(added), tuple(removed)) == (change.added, change.removed)


def test_a_calibration_is_told_by_its_name() -> None:
    """Its numbers may give stored scores another label; where they are from is no change of what it does."""
    offsets = {"NO": 0.5, "EVEN": 0.0, "YES": -0.5}
    old = with_calibrations(BASE, calibration(offsets), calibration(offsets, name="other"))
    new = with_calibrations(BASE, calibration(offsets, name="other"), calibration(offsets | {"NO": 0.25}))
    (change,) = changes(old, new)
    assert ("prompt.calibration.offsets.small.gguf/completions", MAJOR) == (change.key, change.level)
    assert (("NO 0.5",), ("NO 0.25",)) == (change.removed, change.added)
    fitted = new.prompt.calibration[0].fitted.model_copy(update={"seed": 1})
    again = new.prompt.calibration[0].model_copy(update={"fitted": fitted})
    (change,) = changes(new, with_calibrations(BASE, again, new.prompt.calibration[1]))
    assert PATCH == change.level
    added = changes(BASE, old)
    assert {MAJOR, PATCH} == {change.level for change in added}


@pytest.mark.parametrize(
    ("key", "was", "now", "expected"),
    [
        ("json_unknown_keys", "ignore", "refuse", MAJOR),
        ("json_nested", True, False, MAJOR),
        ("max_reasoning_chars", 900, 500, MAJOR),
        ("max_reasoning_chars", 900, None, MAJOR),
        ("end_tokens", ["</s>"], [], MAJOR),
        ("declines", ["it is (hard|difficult)"], ["it is (difficult|hard)"], PATCH),
        ("declines", ["it is (hard|difficult)"], ["it is hard"], MINOR),
        ("codes", {"NO": 0, "EVEN": 1, "YES": 2}, {"NO": 0, "EVEN": 1, "YES": 3}, MAJOR),
    ],
)
def test_what_surrounds_a_label(key: str, was: object, now: object, expected: Level) -> None:
    """What takes less off, or ignores less, may lose a verdict; what voids less cannot."""
    old, new = with_value(f"rules.{key}", was), BASE if now is None else with_value(f"rules.{key}", now)
    (change,) = changes(old, new)
    assert expected == change.level


def test_a_text_that_moves_to_another_label() -> None:
    """It is taken from one key and added to the other: a stored label would be another one now."""
    new = Contract.parse(
        SOURCE.replace('NO = ["not (', 'NO = ["you bet", "not (').replace('YES = ["you bet"]', "").encode()
    )
    found = {change.key: change for change in changes(BASE, new)}
    assert {"rules.phrases.NO", "rules.phrases.YES"} == set(found)
    assert "'you bet' now states its label; it was YES by phrase/you bet" == found["rules.phrases.NO"].reason


@pytest.mark.parametrize("key", ["rules.modifiers", "rules.frames", "rules.abstain", "rules.separators"])
def test_another_order_is_a_patch(key: str) -> None:
    """A list in another order stands for the same."""
    _, name = key.split(".")
    (change,) = changes(BASE, with_value(key, list(getattr(BASE.rules, name)[::-1])))
    assert (PATCH, "in another order", (), ()) == (change.level, change.reason, change.added, change.removed)


@pytest.mark.parametrize("source", [SOURCE, f"# a comment\n{SOURCE}", SOURCE.replace("1.2.3", "1.2.4")])
def test_layout_and_version_are_no_changes(source: str) -> None:
    """Comments and the version say nothing of what a contract means."""
    assert [] == changes(BASE, Contract.parse(source.encode()))


def test_a_contract_does_not_differ_from_itself() -> None:
    """Also one with thousands of declared texts."""
    assert [] == changes(load_contract(), load_contract())


OPENINGS = ("", "well, ", "it is ")
STATED = ("no", "yes", "very yes", "you bet", "not ever", "perhaps", "the man is glad", "she is so angry")
JOINTS = (". ", ", because ", "\n", " with ", " ")
REASONS = ("it is no", "never yep", "hmm", "not nope", "but yet", "q: no", "she was happy", "sorry")
AROUND = (
    *(
        "{} (0.9)",
        "{} (0.9) it is",
        "{} (0.9), because",
        "{}</s>",
        "{}\n\nq: no",
        "{}. [end of text]",
        "[{}] it is",
    ),
    *("```well\n{}\n```", "```\n{}\n```", "{} it is no", '{{"answer": "{}", "why": "no yes thing"}}'),
)
TEXTS = [
    *(opening + stated for opening in OPENINGS for stated in STATED),
    *(
        f"{opening}{stated}{joint}{reason}"
        for opening in OPENINGS
        for stated in STATED
        for joint in JOINTS
        for reason in REASONS
    ),
    *(around.format(stated) for stated in STATED for around in AROUND),
    *(
        f'{{"answer": "{stated}", "{key}": "{reason}"}}'
        for stated in STATED
        for key in ("why", "score")
        for reason in REASONS
    ),
]
RAWS: list[RawOutput] = [
    *(Completion(text=text) for text in TEXTS),
    *(
        Scores(probabilities={"yes": p, "even": 0.2, other: 0.3}, source="logprobs")
        for p in (0.02, 0.25, 0.4)
        for other in ("nay", "glad", "perhaps", "well", "nope")
    ),
]
VERDICTS = [(raw, before.label) for raw in RAWS if isinstance(before := mapper.map(raw, BASE), Verdict)]
KEYS = [
    *(f"rules.{name}" for name in ("modifiers", "frames", "abstain", "preambles", "separators", "tails")),
    *(f"rules.{name}" for name in ("retractions", "negators", "contrasts", "refusals", "fields")),
    *(f"rules.{name}" for name in ("json_keys", "json_side_keys", "json_reason_keys")),
    *(f"rules.{name}" for name in ("openers", "scores", "end_tokens", "next_examples", "fence_tags")),
    *(f"rules.{name}.{label}" for name in ("aliases", "phrases", "mentions") for label in ("NO", "YES")),
    *(f"rules.description.{name}" for name in ("subjects", "links", "fillers", "cues.NO", "cues.YES")),
]
ITEMS = sorted(
    {word for text in (*STATED, *REASONS) for word in (text, *text.split())} | {"aye", "yes glad", "well"}
)
EXTRA = {
    "rules.frames": ["{label} indeed", "well: {label}", "she is {label}"],
    "rules.separators": ["\n", " -", ":", " ("],
    "rules.scores": ["{label} ({number})", "{label} {number}"],
    "rules.end_tokens": ["</s>", "[end of text]"],
    "rules.next_examples": ["q:", "a:", "well:"],
    "rules.fence_tags": ["well", "md"],
    "rules.openers": ["it", "q", "she"],
}


@st.composite
def successors(draw: st.DrawFn) -> Contract:
    """Draw a contract that differs from the small one in one list."""
    key = draw(st.sampled_from(KEYS))
    there: Any = BASE.file.model_dump()
    for name in key.split("."):
        there = there.get(name, ())
    added = draw(st.lists(st.sampled_from(EXTRA.get(key, ITEMS)), max_size=2, unique=True))
    removed = draw(st.lists(st.sampled_from(there), max_size=1)) if there else []
    try:
        return with_item(key, added, removed)
    except ContractError:
        assume(condition=False)
        raise


@pytest.mark.slow
@given(successors())
@examples(30)
def test_below_a_major_version_no_verdict_is_lost(new: Contract) -> None:
    """Whatever one list gains or loses: if no change is called major, each verdict keeps its label.

    Only where a newly declared statement stands in the answer itself, a corpus has to show it.
    """
    assume(max([PATCH, *(change.level for change in changes(BASE, new))]) < MAJOR)
    stated = set(new.statements) - set(BASE.statements)
    for raw, label in VERDICTS:
        if any(text in str(raw).lower() for text in stated):
            continue
        after = mapper.map(raw, new)
        assert isinstance(after, Verdict), (raw, label, after)
        assert label == after.label, (raw, label, after)
