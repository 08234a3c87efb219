"""All that is wrong with a file, at once."""

import pytest

from polarity.contract.problems import UNFINISHED, all_problems
from tests.contract.review.successors import SOURCE

FAULTS = [
    # what stands in the file, what stands there instead, how the problem begins
    ('id = "answers"', 'id = "Answers!"', "id: "),
    ("[prompt]", "nonsense = 1\n[prompt]", "nonsense: unknown key"),
    ('cue = "A:"', "cue = 3", "prompt.cue: "),
    ('template = "Q: {text}"', 'template = "Q:"', "prompt.template: 'Q:' must hold {text}"),
    ("max_chars = 200", 'max_chars = "200"', "rules.max_chars: "),
    ('fields = ["q:", "a:"]', 'fields = ["q:", "Q:"]', "rules.fields: 'Q:' stands twice"),
    ('"[the] answer is {label}"', '"[the answer is {label}"', "rules.frames.0: "),
    ('(it|this) (is|seems) {label}"', '(it|this)"', "rules.frames.1: '(it|this)' must hold {label}"),
    ('contrasts = ["but", "yet"]', 'contrasts = ["(but"]', "rules.contrasts: '(but' has a bracket"),
    ('YES = ["you bet"]', 'YES = ["you bet", "nay"]', "rules.phrases.YES: 'nay' is already declared"),
    ('NO = ["nope"]', 'PERHAPS = ["nope"]', "rules.mentions: 'PERHAPS' is not one of the labels"),
    (
        'modifiers = ["surely", "very"]',
        'modifiers = ["never"]',
        "rules.modifiers: 'never' holds 'never', which",
    ),
    ("skip_llm_above = 0.9", "skip_llm_above = 9", "policy.skip_llm_above: "),
    ('tie_label = "NO"', 'tie_label = "PERHAPS"', "policy.tie_label: 'PERHAPS' is not one of the labels"),
    ('y = "YES"', 'y = "NO"', "binding: "),
]


def test_faults_of_every_kind_are_listed_at_once() -> None:
    """Fifteen faults in all tables, of single keys and of what they say together: each is one line."""
    source = SOURCE
    for there, instead, _ in FAULTS:
        assert 1 == source.count(there), there
        source = source.replace(there, instead)
    found = all_problems(source.encode())
    listed = [sum(problem.startswith(begin) for problem in found) for *_, begin in FAULTS]
    assert [1] * len(FAULTS) == listed, found
    assert UNFINISHED == found[-1]
    assert len(FAULTS) + 1 == len(found), found


@pytest.mark.parametrize(("there", "instead", "begin"), FAULTS)
def test_one_fault_is_one_problem(there: str, instead: str, begin: str) -> None:
    """What is taken out to look on is never a problem itself."""
    found = [line for line in all_problems(SOURCE.replace(there, instead).encode()) if line != UNFINISHED]
    assert 1 == len(found), found
    assert found[0].startswith(begin)


@pytest.mark.parametrize(
    "source", [SOURCE.encode(), b"id = ", b"\xff"], ids=["sound", "not TOML", "not UTF-8"]
)
def test_nothing_to_list(source: bytes) -> None:
    """A sound file has no problem; of what is no TOML nothing more can be said."""
    assert [] == all_problems(source)


def test_what_nothing_can_stand_in_for() -> None:
    """Without labels the rest cannot be checked, and the last line says so."""
    found = all_problems(SOURCE.replace('labels = ["NO", "EVEN", "YES"]', "").encode())
    assert ["labels: is missing", UNFINISHED] == found
