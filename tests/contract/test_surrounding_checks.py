"""What may surround an answer: what would take a word off, or says nothing, is named at load."""

from typing import Any

import pytest

from polarity.contract import Contract
from polarity.errors import ContractError

from .review.successors import with_value

FORM = "{label}+{number}"
CODES = {"NO": 0, "EVEN": 1, "YES": 2}


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("fence_tags", ["yes"], "rules.fence_tags: 'yes' holds 'yes', which states YES"),
        ("fence_tags", ["YEP"], "rules.fence_tags: 'YEP' holds 'yep', which states YES"),
        ("fence_tags", ["not"], "rules.fence_tags: 'not' holds 'not', which takes back"),
        ("fence_tags", ["perhaps"], "rules.fence_tags: 'perhaps' holds 'perhaps', which abstains"),
        ("fence_tags", ["a b"], "rules.fence_tags.0: 'a b' is no tag"),
        ("fence_tags", ["json", "JSON"], "rules.fence_tags: 'JSON' stands twice in canonical form 'json'"),
        ("reasoning_tags", ["no"], "rules.reasoning_tags: 'no' holds 'no', which states NO"),
        ("reasoning_tags", ["think_never"], "'think_never' holds 'never', which takes back"),
        ("reasoning_tags", ["answer"], "'answer' is a tag around answers, not around thoughts"),
        ("reasoning_tags", ["<think>"], "rules.reasoning_tags.0: '<think>' is no tag"),
        ("end_tokens", ["</s>", "<yes>"], "rules.end_tokens: '<yes>' holds 'yes', which states YES"),
        ("notations", ["boxed", "not"], "rules.notations: 'not' holds 'not', which takes back"),
        ("notations", [r"\boxed"], r"rules.notations.0: '\\boxed' is no tag"),
        ("end_tokens", ["end"], "rules.end_tokens.0: 'end' is no end token: it must stand in <...> or [...]"),
        ("end_tokens", [""], "rules.end_tokens.0: '' is no end token"),
        ("next_examples", ["q"], "rules.next_examples: 'q' must end in a mark such as ':'"),
        ("openers", ["but"], "rules.openers: 'but' holds 'but', which takes back"),
        ("openers", ["this isn't"], 'holds "isn\'t", which takes back'),
        ("scores", ["{number} {label}"], "'{number} {label}' must begin with {label}"),
        ("scores", ["{label}"], "rules.scores.0: '{label}' must hold {label} and {number} exactly once each"),
        ("scores", ["{label}{number}"], "'{label}{number}' must part {label} from {number}"),
        ("score_floor", 1.5, "rules.score_floor: should be less than or equal to 1"),
        ("code_forms", ["{code} - {label}"], "rules.code_forms: ['{code} - {label}'] need rules.codes"),
        ("code_forms", ["{code} {code} {label}"], "must hold {label} and {code} exactly once each"),
        ("codes", {"NO": 0, "YES": 1}, "does not name each label exactly once"),
        ("codes", {**CODES, "MAYBE": 3}, "does not name each label exactly once"),
        ("codes", {**CODES, "YES": 0}, "gives one code to two labels"),
        ("codes", {**CODES, "YES": 1.5}, "rules.codes.YES: should be a whole number"),
        ("json_unknown_keys", "skip", "rules.json_unknown_keys: should be 'refuse' or 'ignore'"),
        ("json_nested", "yes", "rules.json_nested: should be true or false"),
        ("json_single_quotes", "yes", "rules.json_single_quotes: should be true or false"),
        ("tables", "yes", "rules.tables: should be true or false"),
        ("letter_forms", ["({letter})"], "must hold {label} and {letter} exactly once each"),
        ("letter_forms", ["{letter}{label}"], "must part {label} from {letter}"),
        ("ornaments", ["yes"], "'yes' is no picture"),
        ("ornaments", ["✔\ufe0f"], "is no picture: one emoji without its variation selector"),
        ("max_reasoning_chars", 0, "rules.max_reasoning_chars: should be greater than or equal to 1"),
        ("declines", ["hard to (say"], "rules.declines.0: 'hard to (say' has a bracket without its partner"),
        ("declines", ["[it]"], "rules.declines.0: '[it]' is empty in canonical form"),
        ("declines", ["(no|yes)"], "rules.declines: '(no|yes)' stands for 'yes', which states YES"),
    ],
)
def test_refused(key: str, value: Any, problem: str) -> None:
    """What may not be declared is named with its key, its value and the reason."""
    with pytest.raises(ContractError) as caught:
        with_value(f"rules.{key}", value)
    assert any(problem in found for found in caught.value.problems), caught.value.problems


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fence_tags", []),
        ("reasoning_tags", ["seed:think"]),
        ("end_tokens", ["</s>", "<|im_end|>", "[end of text]"]),
        ("scores", [FORM]),
        ("codes", CODES),
        ("codes", {"NO": -1, "EVEN": 0, "YES": 1}),
        ("declines", ["(hard|difficult) to [really] say"]),
    ],
)
def test_accepted(key: str, value: Any) -> None:
    """What takes nothing off that speaks is a contract."""
    found = getattr(with_value(f"rules.{key}", value).rules, key)
    assert value == (list(found) if isinstance(found, tuple) else found)


def test_an_ornament_that_speaks() -> None:
    """A picture that goes with one label is no ornament."""
    with pytest.raises(ContractError) as caught:
        Contract.parse(
            with_value("rules.ornaments", ["👍"])
            .source.replace("[rules]", '[rules.companions]\nYES = ["👍"]\n\n[rules]', 1)
            .encode()
        )
    assert ("rules.ornaments: '👍' is a companion of YES, and says something",) == caught.value.problems
