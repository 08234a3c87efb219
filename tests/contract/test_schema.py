"""A contract file with anything wrong in it does not load, and says what is wrong where."""

from pathlib import Path

import pytest

from polarity.contract import Contract, load_contract
from polarity.errors import ContractError

GOOD = """\
id = "answers"
version = "1.2.3"
labels = ["NO", "YES"]
binding = { n = "NO", y = "YES" }

[prompt]
template = "Q: {text}"
cue = "A:"
examples = [{ text = "Is it on?", label = "YES" }]

[rules]
modifiers = ["surely"]
frames = ["the answer is {label}"]
abstain = ["perhaps"]
negators = ["not"]

[rules.aliases]
NO = ["no"]
YES = ["yes", "aye"]

[rules.phrases]
NO = ["not at all"]

[policy]
skip_llm_above = 0.9
bert_floor = 0.5
bert_trust = 0.7
tie_label = "NO"
"""

FAULTS = [
    # what stands in the file, what stands there instead, the key named, the value named
    ('id = "answers"', 'id = "Answers!"', "id", "'Answers!'"),
    ('id = "answers"', "", "id", "is missing"),
    ("[policy]", "[extra]\n[policy]", "extra", "unknown key"),
    ('cue = "A:"', 'cue = "A:"\nclue = "B:"', "prompt.clue", "unknown key (got 'B:')"),
    ('cue = "A:"', "", "prompt.cue", "is missing"),
    ('cue = "A:"', "cue = 3", "prompt.cue", "(got 3)"),
    ("[rules]", '[rules]\nmax_chars = "4000"', "rules.max_chars", "(got '4000')"),
    ("[rules]", "[rules]\nmax_chars = true", "rules.max_chars", "(got True)"),
    ("[rules]", "[rules]\ncoverage_floor = 1.5", "rules.coverage_floor", "(got 1.5)"),
    ("[rules]", "[rules]\ncoverage_floor = nan", "rules.coverage_floor", "(got nan)"),
    ('abstain = ["perhaps"]', 'abstain = "perhaps"', "rules.abstain", "(got 'perhaps')"),
    ('abstain = ["perhaps"]', "abstain = [3]", "rules.abstain.0", "(got 3)"),
    ('abstain = ["perhaps"]', 'abstain = ["!"]', "rules.abstain", "'!' is empty in canonical form"),
    (
        'abstain = ["perhaps"]',
        'abstain = ["x", "X."]',
        "rules.abstain",
        "'X.' stands twice in canonical form 'x'",
    ),
    ('version = "1.2.3"', 'version = "1.2"', "version", "(got '1.2')"),
    ('version = "1.2.3"', 'version = "1.02.3"', "version", "(got '1.02.3')"),
    ('version = "1.2.3"', "version = 1", "version", "(got 1)"),
    ('labels = ["NO", "YES"]', 'labels = ["NO", "YES", "YES"]', "labels", "holds a label twice"),
    ('labels = ["NO", "YES"]', 'labels = ["NO", "FAILED"]', "labels", "'FAILED' is a reserved name"),
    ('labels = ["NO", "YES"]', 'labels = ["NO"]', "labels", "['NO']"),
    ('y = "YES"', 'y = "NO"', "binding", "'y': 'NO'"),
    ('y = "YES"', 'y = "YES", z = "YES"', "binding", "'z': 'YES'"),
    ('y = "YES"', 'y = "MAYBE"', "binding", "'MAYBE'"),
    ('NO = ["no"]', "NO = []", "rules.aliases", "'NO'"),
    ('NO = ["no"]', 'NO = ["no"]\nMAYBE = ["maybe"]', "rules.aliases", "'MAYBE' is not one of the labels"),
    ('NO = ["no"]', 'NO = ["no", " **AYE** "]', "rules.aliases.YES", "'aye' is already declared"),
    ('NO = ["no"]', 'NO = ["no", "surely yes"]', "rules.modifiers with rules.aliases.YES", "'surely yes'"),
    ('NO = ["not at all"]', 'NO = ["Surely AYE!"]', "rules.modifiers with rules.aliases.YES", "'surely aye'"),
    ('NO = ["not at all"]', 'NO = ["yes"]', "rules.phrases.NO", "'yes' is already declared"),
    ('NO = ["not at all"]', 'MAYBE = ["not at all"]', "rules.phrases", "'MAYBE'"),
    ('abstain = ["perhaps"]', 'abstain = ["Aye"]', "rules.abstain", "'aye' is already declared"),
    (
        'abstain = ["perhaps"]',
        'abstain = ["surely no"]',
        "rules.modifiers with rules.aliases.NO",
        "'surely no'",
    ),
    ('modifiers = ["surely"]', 'modifiers = ["Not"]', "rules.modifiers", "'not' holds 'not', which denies"),
    ("the answer is {label}", "the answer is not {label}", "rules.frames", "holds 'not', which denies"),
    ("the answer is {label}", "the answer isn't {label}", "rules.frames", 'holds "isn\'t", which denies'),
    ("the answer is {label}", "the answer", "rules.frames.0", "'the answer' must hold {label} exactly once"),
    ("the answer is {label}", "{label} or {label}", "rules.frames.0", "'{label} or {label}'"),
    ("Q: {text}", "Q:", "prompt.template", "'Q:' must hold {text} exactly once"),
    ('cue = "A:"', 'cue = "A:"\nmask = "YES"', "prompt.mask", "'YES' names a label itself"),
    ('cue = "A:"', 'cue = "A:"\nmask = "</s>"', "prompt.mask", "(got '</s>')"),
    ('label = "YES" }', 'label = "yes" }', "prompt.examples.0.label", "'yes' is not one of the labels"),
    ('label = "YES" }', 'label = "YES", x = 1 }', "prompt.examples.0.x", "unknown key"),
    ('tie_label = "NO"', 'tie_label = "NO"\noffsets = {MAYBE = 1.0}', "policy.offsets", "'MAYBE'"),
    ('tie_label = "NO"', 'tie_label = "NO"\noffsets = {NO = inf}', "policy.offsets.NO", "(got inf)"),
    (
        'tie_label = "NO"',
        'tie_label = "NO"\n[policy.fitted]\nn = 3',
        "policy.fitted.command",
        "is missing",
    ),
    ('tie_label = "NO"', 'tie_label = "MIXED"', "policy.tie_label", "'MIXED' is not one of the labels"),
    ("bert_floor = 0.5", "bert_floor = -0.1", "policy.bert_floor", "(got -0.1)"),
    ("bert_floor = 0.5", "bert_floor = 0.5\nbert_weight = inf", "policy.bert_weight", "(got inf)"),
    ("bert_floor = 0.5", "bert_floor = 0.5\nbert_weight = 0\nllm_weight = 0", "policy", "both 0"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a contract file is written."""
    return tmp_path / "answers.toml"


def test_good_file_loads(path: Path) -> None:
    """The file that the faults below are put into is sound itself."""
    path.write_text(GOOD)
    assert ("NO", "YES") == load_contract(path).labels


@pytest.mark.parametrize(("there", "instead", "key", "value"), FAULTS)
def test_fault_names_file_key_and_value(path: Path, there: str, instead: str, key: str, value: str) -> None:
    """Every fault is a ContractError with a line that names the file, the key and the value."""
    assert 1 == GOOD.count(there)
    path.write_text(GOOD.replace(there, instead))
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    lines = [line for line in str(caught.value).split("\n") if line.startswith(f"{path}: {key}: ")]
    assert 1 == len(lines), str(caught.value)
    assert value in lines[0]


def test_every_problem_is_listed(path: Path) -> None:
    """One load shows all problems, so that a person mends the file once."""
    path.write_text(GOOD.replace('tie_label = "NO"', 'tie_label = "X"').replace('y = "YES"', 'y = "NO"'))
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert ["binding", "policy.tie_label"] == [problem.split(":")[0] for problem in caught.value.problems]


@pytest.mark.parametrize(
    "source",
    [b"id = ", b"\xff\xfe", b"id = 'a'\nid = 'b'", b"a = " + b"[" * 5000, b"a = " + b"9" * 5000],
    ids=["broken", "not UTF-8", "key twice", "nested without end", "number without end"],
)
def test_not_toml(path: Path, source: bytes) -> None:
    """Bytes that are no TOML are a ContractError that names the file."""
    path.write_bytes(source)
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert str(caught.value).startswith(f"{path}: not TOML: ")


@pytest.mark.parametrize(
    ("name", "reason"), [("absent.toml", "No such file or directory"), (".", "Is a directory")]
)
def test_unreadable_file(tmp_path: Path, name: str, reason: str) -> None:
    """A file that cannot be read is a ContractError that names it and says why."""
    path = tmp_path / name
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert str(caught.value).startswith(f"{path}: cannot be read: {reason}")


def test_answer_word_is_the_first_alias() -> None:
    """The word that the prompt teaches for a label is its first alias, in canonical form."""
    contract = Contract.parse(GOOD.replace('"yes", "aye"', '" YEP.", "aye"').encode())
    assert {"NO": "no", "YES": "yep"} == contract.file.answer_words
